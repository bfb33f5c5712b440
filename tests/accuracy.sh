#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# accuracy.sh: makes every fault here, and writes docs/accuracy.md: injected cause against reported
# cause, with its confidence; for this kernel, and for the virtual machines that faults were made in.
# The exit status is 0 if no wrong verdict was called exact. With --table it only writes, from the
# records that the tests of faults leave; they have to be there of every fault here.
cd "$(dirname "$0")/.." || exit 2
records=build/accuracy.tsv

run()
{
	[[ ! -e $records ]] || sed -i '/^here\t/d' "$records"
	ONLY=fault/ tests/run.sh functional
}

# latest MACHINE: its last record of each fault that there is, in the order of what was injected.
latest()
{
	awk -F '\t' -v machine="$1" '
		NR == FNR { is[$1] = 1; next }
		$1 == machine && $2 in is { last[$2] = $0 }
		END { for (name in last) print last[name] }' <(tests/lab/faults.sh) "$records" |
		cut -f 2- | sort -t $'\t' -k 2,2 -k 1,1
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
	awk -F '\t' '$3 != $2 && $3 != "skipped" && $4 == "exact"' "$latest" | wc -l
}

# machine NAME TITLE
machine()
{
	latest "$1" >"$latest"
	echo
	echo "## $2"
	echo
	table
	echo
	echo "$(grep -c . "$latest") faults, $(grep -c $'\tskipped\t' "$latest") of them cannot be made there," \
		"$(awk -F '\t' '$3 == $2' "$latest" | wc -l) were explained as injected." \
		"Wrong verdicts called exact: $(wrong_exact)."
	wrong=$((wrong + $(wrong_exact)))
}

document()
{
	local kernel
	echo "# How often it is right"
	echo
	echo "Written by \`make accuracy\`, from faults that are made for real between containers of a real"
	echo "engine: which cause was injected, which one was reported, and how sure dockdrop called itself."
	machine here "Kernel $(uname -r)"
	for kernel in $(cut -f 1 "$records" | grep -vx here | sort -Vu); do
		machine "$kernel" "Kernel $kernel, in a virtual machine"
	done
}

[[ ${1-} == --table ]] || run
wrong=0
latest=$(mktemp)
trap 'rm -f "$latest"' EXIT
missing=$(($(tests/lab/faults.sh | wc -l) - $(latest here | wc -l)))
if ((missing)); then
	echo "accuracy.sh: $missing faults have no record: make accuracy" >&2
	exit 2
fi
mkdir -p docs
document >docs/accuracy.md
((wrong == 0))
