#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# accuracy.sh: makes every fault here, and writes docs/accuracy.md: injected cause against reported
# cause, with its confidence. Of virtual machines it takes what tests/vm/all.sh left. The exit status
# is 0 if no wrong verdict was called exact. With --table it only writes, from the last run's records.
cd "$(dirname "$0")/.." || exit 2
records=build/accuracy.tsv
machines=${VM_DIR:-build/vm}/results

run()
{
	: >"$records"
	# each record is one short line, and is added at once
	ACCURACY=$PWD/$records ONLY=${ONLY-fault/} tests/run.sh functional
}

# of RECORDS: one row for each injected cause: how often it was reported, with which confidence, and
# what was reported in its place.
table()
{
	echo "| injected | faults | found | exact | likely | possible | reported in its place |"
	echo "| --- | --- | --- | --- | --- | --- | --- |"
	sort "$1" | awk -F '\t' '
		$2 != last { row(); last = $2; n = found = exact = likely = possible = 0; other = "" }
		{ n++ }
		$3 == $2 { found++; exact += $4 == "exact"; likely += $4 == "likely"; possible += $4 == "possible" }
		$3 != $2 { other = other (other ? ", " : "") "`" $3 "` (" $4 ", fault " $1 ")" }
		function row() {
			if (last)
				printf "| %s | %d | %d | %d | %d | %d | %s |\n", last == "none" ? "nothing" : "`" last "`",
					n, found, exact, likely, possible, other
		}
		END { row() }' <(sort -t $'\t' -k 2,2 -k 1,1 "$1")
}

wrong_exact()
{
	awk -F '\t' '$3 != $2 && $4 == "exact"' "$records" | wc -l
}

# In a machine a fault passes if the cause and the confidence are those that it expects.
others()
{
	local kernel
	[[ -s $machines ]] || return 0
	echo
	echo "## In virtual machines"
	echo
	echo "A fault is right if cause and confidence are those that it expects; skipped are those that the"
	echo "machine's kernel or engine cannot make."
	echo
	echo "| kernel | right | not right | skipped | which were not right |"
	echo "| --- | --- | --- | --- | --- |"
	for kernel in $(sed -n 's/^[a-z]*\tvm \([0-9.]*\): fault.*/\1/p' "$machines" | sort -Vu); do
		awk -F '\t' -v kernel="$kernel" 'index($2, "vm " kernel ": fault/") == 1 {
			n[$1]++
			sub(/^.*fault\//, "", $2)
			if ($1 == "fail")
				failed = failed (failed ? ", " : "") "`" $2 "`"
		}
		END { printf "| %s | %d | %d | %d | %s |\n", kernel, n["pass"], n["fail"], n["skip"], failed }' \
			"$machines"
	done
}

document()
{
	echo "# How often it is right"
	echo
	echo "Written by \`make accuracy\`, from faults that are made for real between containers of a real"
	echo "engine: which cause was injected, which one was reported, and how sure dockdrop called itself."
	echo
	echo "## Here: kernel $(uname -r), $(build/dockdrop features --json 2>/dev/null |
		jq -r '"probes " + (.probe.kind // "-")')"
	echo
	table "$records"
	echo
	echo "Faults: $(wc -l <"$records"), of them explained as injected: $(awk -F '\t' '$3 == $2' "$records" | wc -l)."
	echo "Wrong verdicts called exact: $(wrong_exact)."
	others
}

[[ ${1-} == --table ]] || run
[[ -s $records ]] || { echo "accuracy.sh: nothing was recorded" >&2; exit 2; }
mkdir -p docs
document >docs/accuracy.md
(($(wrong_exact) == 0))
