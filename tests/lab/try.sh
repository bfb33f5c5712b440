#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# try.sh NAME[:VARIANT]: makes one fault and checks that dockdrop explains it.
source "$(dirname "$0")/lab.sh"
source "$LAB_TOP/tests/lab/fault.sh"
source "$LAB_TOP/tests/lab/tap.sh"

name=fault/$1
[[ $LAB_KIND == docker ]] || name+=" ($LAB_KIND)"
fault_load "$1" || lab_die "no fault $1"
lab_open
reason=$(missing)
if [[ -n $reason ]]; then
	skip "$name" "$reason"
	[[ $LAB_KIND != docker ]] || fault_record "$1"
	tap_end
fi
fault_place
fault_apply

complaints()
{
	((got == status)) || echo "exit status $got instead of $status"
	[[ ! -s $LAB_DIR/stderr ]] || echo "it wrote to standard error"
	fault_check "$LAB_DIR/document"
	fault_check_doctor "$doctor" "$LAB_DIR/doctor" "$LAB_DIR/document"
	# Only now: it changes what the neighbour tables know.
	if fault_symptom >/dev/null 2>&1; then
		[[ $verdict == delivered || -n $works ]] || echo "the lab is wrong: $symptom works in spite of the fault"
	else
		[[ $verdict != delivered ]] || echo "the lab is wrong: $symptom fails"
	fi
}

fault_doctor --json >"$LAB_DIR/doctor" 2>"$LAB_DIR/doctor-stderr"
doctor=$?
fault_trace --json >"$LAB_DIR/document" 2>"$LAB_DIR/stderr"
got=$?
[[ $LAB_KIND != docker ]] || fault_record "$1" "$LAB_DIR/document"
wrong=$(complaints)
if [[ -z $wrong ]]; then
	ok "$name"
	tap_end
fi
{
	echo "$wrong"
	cat "$LAB_DIR/stderr" "$LAB_DIR/doctor-stderr"
	jq 'del(.probes, .drop.stack?, .tool, .engine, .request)' "$LAB_DIR/document" || cat "$LAB_DIR/document"
	jq -r '.probes[0].hops[]? | [.t_us, .direction, .netns, .device, .layer, .event, .function, .hook,
		.reason, .note] | map(tostring) | join(" ")' "$LAB_DIR/document"
} 2>&1 | not_ok "$name"
exit 1
