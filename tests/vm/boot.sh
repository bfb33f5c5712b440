#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# boot.sh KERNEL COMMAND...: boots that machine with the current build, runs the command in the
# project's directory there, as root, streams its output and exits with its status; 125 if the
# machine did not get that far. The machine is as new each time.
set -eu
source "$(dirname "$0")/vm.sh"

(($# >= 2)) || vm_die "boot.sh KERNEL COMMAND..."
kernel=$1
shift
vm_machine "$kernel"
MAKEFLAGS='' make -C "$VM_TOP" --silent build/dockdrop build/vm/dockdrop lab
"$VM_TOP/tests/vm/root.sh" emulator
"$VM_TOP/tests/vm/root.sh" "$kernel"
work=$(mktemp -d)
trap 'kill "$VM_PID" 2>/dev/null || true; rm -rf "$work"' EXIT
vm_accelerate "$kernel"
vm_project "$work/project"
vm_start "$kernel" "$work/project" "$work"
vm_say "export LAB_SLOW=$VM_SLOW JOBS=${JOBS-} ONLY=${ONLY-}" && vm_say "run ${*@Q}" || true
vm_end
if ((VM_STATUS == 125)); then
	echo "vm: machine $kernel ended before its command:" >&2
	tail -n 20 "$work/console" >&2
fi
exit "$VM_STATUS"
