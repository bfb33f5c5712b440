#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# accuracy.sh: makes every fault here, and writes docs/accuracy.md: injected cause against reported
# cause, with its confidence. Of virtual machines it takes what tests/vm/all.sh left. The exit status
# is 0 if no wrong verdict was called exact. With --table it only writes, from the records that the
# tests of faults leave; they have to be there of every fault.
cd "$(dirname "$0")/.." || exit 2
records=build/accuracy.tsv
machines=${VM_DIR:-build/vm}/results

run()
{
	: >"$records"
	ONLY=fault/ tests/run.sh functional
}

# The last record of each fault that there is, in the order of what was injected.
latest()
{
	awk -F '\t' 'NR == FNR { is[$1] = 1; next } $1 in is { last[$1] = $0 }
		END { for (name in last) print last[name] }' <(tests/lab/faults.sh) "$records" |
		sort -t $'\t' -k 2,2 -k 1,1
}

# One row for each injected cause: how often it was reported, with which confidence, and what was
# reported in its place.
table()
{
	echo "| injected | faults | found | exact | likely | possible | skipped | reported in its place |"
	echo "| --- | --- | --- | --- | --- | --- | --- | --- |"
	awk -F '\t' '
		function row() {
			if (last)
				printf "| %s | %d | %d | %d | %d | %d | %d | %s |\n",
					last == "none" ? "nothing" : "`" last "`", n, found, as["exact"],
					as["likely"], as["possible"], skipped, other
		}
		$2 != last { row(); last = $2; n = found = skipped = 0; other = ""; split("", as) }
		{ n++ }
		$3 == "skipped" { skipped++; next }
		$3 == $2 { found++; as[$4]++ }
		$3 != $2 { other = other (other ? ", " : "") "`" $3 "` (" $4 ") for " $1 }
		END { row() }' "$latest"
}

wrong_exact()
{
	awk -F '\t' '$3 != $2 && $4 == "exact"' "$latest" | wc -l
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
	echo "## Here: kernel $(uname -r)"
	echo
	table
	echo
	echo "$(grep -c . "$latest") faults, $(grep -c $'\tskipped\t' "$latest") of them cannot be made here," \
		"$(awk -F '\t' '$3 == $2' "$latest" | wc -l) were explained as injected."
	echo "Wrong verdicts called exact: $(wrong_exact)."
	others
}

[[ ${1-} == --table ]] || run
latest=$(mktemp)
trap 'rm -f "$latest"' EXIT
latest >"$latest"
missing=$(($(tests/lab/faults.sh | wc -l) - $(grep -c . "$latest")))
if ((missing)); then
	echo "accuracy.sh: $missing faults have no record: make accuracy" >&2
	exit 2
fi
mkdir -p docs
document >docs/accuracy.md
(($(wrong_exact) == 0))
