#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# support.sh RESULTS: prints docs/support.md, from what tests/run.sh recorded of the machines and
# what dockdrop said there of its own features. What is not known is "-".
source "$(dirname "$0")/vm.sh"
results=$1

# feature KERNEL FILTER: a text from "dockdrop features --json" in that machine.
feature()
{
	jq -r "$2 // \"-\"" "$VM_DIR/$1/features.json" 2>/dev/null || echo -
}

# tested KERNEL RESULT: how many cases had it.
tested()
{
	grep -c "^$2"$'\t'"vm $1:" "$results"
}

machines()
{
	local kernel
	echo "| kernel | Debian | Docker Engine | probes | rules are told by | passed | failed | skipped |"
	echo "| --- | --- | --- | --- | --- | --- | --- | --- |"
	for kernel in $(vm_kernels | sort -V); do
		vm_machine "$kernel"
		# shellcheck disable=SC2154 # set by vm_machine
		echo "| $(feature "$kernel" '.kernel? // .host?.kernel?') | $suite | $engine |" \
			"$(feature "$kernel" '.probe?.kind?') | $(feature "$kernel" '.rules?.scheme?') |" \
			"$(tested "$kernel" pass) | $(tested "$kernel" fail) | $(tested "$kernel" skip) |"
	done
}

programs()
{
	local kernel
	echo "| kernel | program | kind | instructions | load time, us |"
	echo "| --- | --- | --- | --- | --- |"
	for kernel in $(vm_kernels | sort -V); do
		jq -r --arg kernel "$kernel" '.programs[]? | "| " + ([$kernel, .name, .kind,
			.instructions, .load_us] | map(. // "-" | tostring) | join(" | ")) + " |"' \
			"$VM_DIR/$kernel/features.json" 2>/dev/null
	done
}

cat <<END
# Where it was tested

Written by \`make test-vm\`, which runs the functional tests in virtual machines with Debian's own kernels and engines.

$(machines)

Emulated processors: times are to be compared with each other only.

$(programs)
END
