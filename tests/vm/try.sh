#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# try.sh KERNEL PROGRAM [ARGUMENT]: runs a program of the functional tests in a machine that
# tests/vm/stage.sh has prepared, and that is thrown away afterwards.
set -eu
source "$(dirname "$0")/vm.sh"

# Prints which of the saved states the program starts from.
starts_from()
{
	if [[ $1 == tests/lab/try.sh ]]; then
		fault_starts_from "$2"
	elif grep -qE "^(LAB_CONFIG|LAB_KIND)=" "$VM_TOP/$1"; then
		echo boot # an engine of its own
	elif grep -qx LAB_IPV=6 "$VM_TOP/$1"; then
		echo scene6
	elif grep -qx lab_scene "$VM_TOP/$1"; then
		echo scene
	elif grep -qx lab_open "$VM_TOP/$1"; then
		echo engine
	else
		echo boot
	fi
}

fault_starts_from()
(
	set +u # a file of a fault is read before all it depends on is known
	source "$VM_TOP/tests/lab/lab.sh"
	source "$VM_TOP/tests/lab/fault.sh"
	fault_load "$1" || vm_die "no fault $1"
	if [[ $engine != '{}' ]]; then
		echo boot
	elif [[ $(declare -f scene | tr -d ' \n') != 'scene(){lab_scene}' ]]; then
		echo engine
	elif ((ipv == 6)); then
		echo scene6
	else
		echo scene
	fi
)

kernel=$1
shift
work=$(mktemp -d)
trap 'kill "$VM_PID" 2>/dev/null || true; rm -rf "$work"' EXIT
trap 'exit 143' TERM
vm_accelerate "$kernel"
vm_start "$kernel" "$VM_DIR/$kernel/project" "$work" \
	-incoming "file:$VM_DIR/$kernel/$(starts_from "$@").state"
vm_say "run ${*@Q}" || true
vm_end
if ((VM_STATUS)); then
	{ echo "== $*"; cat "$work/console"; } >>"$VM_DIR/console-$kernel.log"
	echo "the machine's console: $VM_DIR/console-$kernel.log"
fi
if ((VM_STATUS == 125)); then
	echo "the machine died:"
	tail -n 50 "$work/console"
fi
exit "$VM_STATUS"
