#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stage.sh KERNEL: boots the machine with the current build, starts its engine, places the two
# containers that most faults start from, and saves the machine's state at both moments, as
# engine.state and scene.state in VM_DIR/KERNEL. tests/vm/try.sh continues from there. Fails with
# the reason on standard error.
set -eu
source "$(dirname "$0")/vm.sh"

# save NAME: once the machine has done what it was told.
save()
{
	vm_say "" || return
	printf '%s\n' "migrate file:$state/$1.state" "info migrate" cont >&6
	until grep -qs 'tatus:.*completed' "$work/monitor"; do
		[[ -d /proc/$VM_PID ]] || return 1
		sleep 0.1
	done
	: >"$work/monitor"
}

stage()
{
	mkfifo "$work"/monitor.{in,out}
	exec 6<>"$work/monitor.in"
	cat "$work/monitor.out" >>"$work/monitor" &
	vm_start "$kernel" "$state/project" "$work" -mon chardev=monitor \
		-chardev "pipe,id=monitor,path=$work/monitor"
	echo "migrate_set_parameter max-bandwidth 100G" >&6
	vm_say "export LAB_SLOW=$VM_SLOW" || return
	vm_say "lend lab_open" || return
	save engine || return
	vm_say "lend lab_scene" || return
	save scene || return
}

kernel=$1 state=$VM_DIR/$1
vm_machine "$kernel"
"$VM_TOP/tests/vm/root.sh" emulator
"$VM_TOP/tests/vm/root.sh" "$kernel"
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
rm -f "$state"/*.state "$VM_DIR/kvm"
vm_accelerate "$kernel"
vm_project "$state/project"
stage || true
kill "$VM_PID" || true
wait "$VM_PID" || true
if [[ ! -s $state/scene.state ]]; then
	tail -n 20 "$work/console" >&2
	vm_die "machine $kernel does not start its engine"
fi
