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
	echo "| kernel | Debian | Docker Engine | probes | rules are told by | attach, detach, ms | passed | failed | skipped |"
	echo "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
	for kernel in $(vm_kernels | sort -V); do
		vm_machine "$kernel"
		# shellcheck disable=SC2154 # set by vm_machine
		echo "| $(feature "$kernel" '.host.kernel') | $suite | $engine |" \
			"$(feature "$kernel" '.host.attach') | $(feature "$kernel" '.scheme') |" \
			"$(feature "$kernel" '"\(.attach_us / 1000 | round), \(.detach_us / 1000 | round)"') |" \
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

NETFILTER='^(nf-|docker-|container-firewall|ct-|nfqueue)'

# faults OPERATOR: for each fault whose name matches, ~, or does not match, !~, the above: how many of its
# variants passed in each machine, of those that could be made there.
faults()
{
	local kernels
	mapfile -t kernels < <(vm_kernels | sort -V)
	echo "| fault |$(printf ' %s |' "${kernels[@]}")"
	echo "| --- |$(printf ' --- |%.0s' "${kernels[@]}")"
	awk -F '\t' -v kernels="${kernels[*]}" -v pattern="$NETFILTER" '
	match($2, /^vm [^:]*: fault\//) {
		kernel = substr($2, 4, index($2, ":") - 4)
		fault = substr($2, RLENGTH + 1)
		sub(/:.*/, "", fault)
		if (!(fault '"$1"' pattern))
			next
		seen[fault]
		passed[fault, kernel] += $1 == "pass"
		tried[fault, kernel] += $1 != "skip"
	}
	END {
		n = split(kernels, names, " ")
		for (fault in seen) {
			line = "| " fault " |"
			for (i = 1; i <= n; i++)
				line = line (tried[fault, names[i]] ? " " passed[fault, names[i]] " of " \
					tried[fault, names[i]] : " -") " |"
			print line
		}
	}' "$results" | sort
}

cat <<END
# Where it was tested

Written by \`make test-vm\`, which runs the functional tests in virtual machines with Debian's own kernels and engines.
With \`FIRST=1\` it takes only the first variant of each fault in each direction.

$(machines)

## Rules and other droppers of netfilter

A test passes if handle, number and text of the rule are right, or who dropped that is no rule.

$(faults '~')

## Everything else

$(faults '!~')

## What the programs cost

Emulated processors: times are to be compared with each other only.

$(programs)
END
