#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stage.sh KERNEL: boots the machine with the current build, starts its engine, places the two
# containers that most faults start from, and saves the machine's state at both moments, as
# engine.state and scene.state in VM_DIR/KERNEL. tests/vm/try.sh continues from there.
set -eu
source "$(dirname "$0")/vm.sh"
source "$VM_TOP/tests/lab/tap.sh"

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
		-chardev "pipe,id=monitor,path=$work/monitor" >/dev/null
	echo "migrate_set_parameter max-bandwidth 100G" >&6
	vm_say "export LAB_SLOW=$VM_SLOW" || return
	vm_say "lend lab_open" || return
	save engine || return
	vm_say "lend lab_scene" || return
	save scene || return
	echo quit >&6
	wait "$VM_PID"
}

# root KERNEL|emulator: without it there is nothing to test, which is no failure of dockdrop's.
root()
{
	local why
	why=$("$VM_TOP/tests/vm/root.sh" "$1" 3>&1 1>&2 2>&3) && return
	skip "$works" "${why##*$'\n'}"
	exit 1
}

(($# == 1)) || vm_die "stage.sh KERNEL"
kernel=$1 state=$VM_DIR/$1
vm_machine "$kernel"
works="runs Docker Engine $engine on Debian $suite"
root emulator
root "$kernel"
echo "Starting the machine with kernel $kernel, Debian $suite, Docker Engine $engine" >&2
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
rm -f "$state"/*.state "$VM_DIR/kvm" "$VM_DIR/console-$kernel.log"
vm_accelerate "$kernel"
vm_project "$state/project"
if stage; then
	"$VM_TOP/tests/vm/try.sh" "$kernel" build/dockdrop features --json >"$state/features.json" 2>/dev/null || true
	ok "$works"
else
	tail -n 50 "$work/console" | not_ok "$works"
fi
tap_end
