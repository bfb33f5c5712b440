#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stage.sh KERNEL: boots the machine with the current build, starts its engine, places the two
# containers that most faults start from, and saves the machine's state at each of these moments, as
# boot.state, engine.state, scene.state, and scene6.state for IPv6, in VM_DIR/KERNEL.
# tests/vm/try.sh continues from there.
set -eu
source "$(dirname "$0")/vm.sh"
source "$VM_TOP/tests/lab/tap.sh"

# monitor WORDS COMMAND...: again and again until the emulator has said WORDS.
monitor()
{
	: >"$work/monitor"
	until grep -qs "$1" "$work/monitor"; do
		[[ -d /proc/$VM_PID ]] || return 1
		printf '%s\n' "${@:2}" >&6
		sleep 0.3
	done
}

# save NAME: once the machine has done what it was told.
save()
{
	vm_say "" || return
	echo "migrate -d file:$state/$1.state" >&6
	monitor 'tatus:.*completed' "info migrate" || return
	monitor 'status: running' cont "info status"
}

# start OPTION...: with a monitor that is told what to save.
start()
{
	rm -f "$work"/{monitor.in,monitor.out,ear,answers}
	mkfifo "$work"/monitor.{in,out}
	exec 6<>"$work/monitor.in"
	cat "$work/monitor.out" >>"$work/monitor" &
	vm_start "$kernel" "$state/project" "$work" -mon chardev=monitor \
		-chardev "pipe,id=monitor,path=$work/monitor" "$@" >/dev/null
	echo "migrate_set_parameter max-bandwidth 100G" >&6
}

quit()
{
	echo quit >&6
	wait "$VM_PID"
}

stage()
{
	start
	vm_say "export LAB_SLOW=$VM_SLOW" || return
	save boot || return
	vm_say "lend lab_open" || return
	save engine || return
	vm_say "lend lab_scene" || return
	save scene || return
	quit
	start -incoming "file:$state/engine.state"
	vm_say "export LAB_IPV=6; lend lab_scene" || return
	save scene6 || return
	quit
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
	"$VM_TOP/tests/vm/try.sh" "$kernel" tests/vm/features.sh >"$state/features.json" || true
	ok "$works"
else
	tail -n 50 "$work/console" | not_ok "$works"
fi
tap_end
