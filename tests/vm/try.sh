#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# try.sh KERNEL PROGRAM [ARGUMENT]: runs a program of the functional tests in a machine that
# tests/vm/stage.sh has prepared, and that is thrown away afterwards.
set -eu
source "$(dirname "$0")/vm.sh"

# Prints which of the saved states the program starts from.
starts_from()
{
	local fault=$VM_TOP/tests/lab/faults/${2-}
	fault=${fault%:*}.sh
	if [[ -e $fault ]] && ! grep -q '^scene()' "$fault" || grep -qx lab_scene "$VM_TOP/$1"; then
		echo scene
	else
		echo engine
	fi
}

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
