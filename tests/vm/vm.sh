# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0
# What the scripts of the virtual machines share. Source it.

VM_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
VM_DIR=$(realpath -m "${VM_DIR:-$VM_TOP/build/vm}")
VM_CPUS=${VM_CPUS:-1}
VM_SECONDS=${VM_SECONDS:-900} # no machine may take longer
# Where a guest finds the project: build/vm/dockdrop has its loader and its libraries there.
VM_GUEST_TOP=/dockdrop

vm_die()
{
	echo "vm: $*" >&2
	exit 2
}

# Prints the kernels that there are machines for.
vm_kernels()
{
	grep -v '^#' "$VM_TOP/tests/vm/machines" | cut -f 1
}

# vm_machine KERNEL: fills $suite, $engine and $packages.
vm_machine()
{
	IFS=$'\t' read -r suite engine packages < <(
		sed -n "s/^${1//./\\.}\t//p" "$VM_TOP/tests/vm/machines")
	[[ -n $suite ]] || vm_die "no machine $1; there are: $(vm_kernels | paste -sd ' ')"
}

# vm_project FILE: a disk with what a guest has of the project, without an engine but the guest's
# own, and with the libraries of this machine.
vm_project()
{
	local tree
	tree=$(mktemp -d)
	chmod 755 "$tree"
	mkdir -p "$tree/build/lab" "$tree/lib" "$tree/user/core"
	cp "$VM_TOP"/user/core/*.def "$tree/user/core"
	cp -r "$VM_TOP"/{Makefile,README.md,tests} "$tree"
	cp "$VM_TOP"/build/lab/{image.tar,fakeengine,flood,bpfdrop,ctfill,gate,hold,txoff,tc_drop.bpf.o,xdp_drop.bpf.o} \
		"$tree/build/lab"
	cp "$VM_TOP/build/vm/dockdrop" "$tree/build"
	ldd "$VM_TOP/build/dockdrop" | grep -o '/[^ ]*' | xargs cp -Lt "$tree/lib"
	ln -s / "$tree/build/lab/root"
	rm -f "$1"
	truncate -s 192M "$1"
	mke2fs -q -t ext4 -O ^has_journal -m 0 -d "$tree" "$1"
	rm -rf "$tree"
}

# qemu OPTION...: with its own loader, libraries and firmware.
qemu()
{
	local root=$VM_DIR/emulator/tree libraries
	libraries=$(find "$root"/usr/lib/x86_64-linux-gnu -maxdepth 2 -name '*.so*' -printf '%h\n' |
		sort -u | paste -sd :)
	exec timeout --kill-after 10 "$VM_SECONDS" "$root/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" --library-path "$libraries" \
		"$root/usr/bin/qemu-system-x86_64" -L "$root/usr/share/seabios" -L "$root/usr/share/qemu" \
		-M q35 -nodefaults -display none -nic none -no-reboot "$@"
}

# How the machines are made to run: $VM_ACCEL. $VM_SLOW is by how much tests have to be patient.
vm_accelerate()
{
	# a fifth level of page tables costs time at every miss
	VM_ACCEL=(-accel 'tcg,thread=multi' -cpu 'max,-la57')
	VM_SLOW=10
	[[ -w /dev/kvm ]] && vm_kvm_works "$1" || return 0
	VM_ACCEL=(-accel kvm -cpu host)
	VM_SLOW=1
}

# A device file proves nothing: a kernel has to get as far as missing its disk.
vm_kvm_works()
{
	local log answer=$VM_DIR/kvm
	if [[ ! -e $answer ]]; then
		log=$(mktemp)
		# QEMU may end by a signal, which is not to be told
		(
			(VM_SECONDS=5 qemu -accel kvm -cpu host -m 512 -serial "file:$log" \
				-kernel "$VM_DIR/$1/vmlinuz" -append "console=ttyS0 panic=-1")
			true
		) >/dev/null 2>&1 </dev/null
		grep -c 'Kernel panic' "$log" >"$answer"
		rm -f "$log"
	fi
	(($(<"$answer")))
}

# vm_start KERNEL PROJECT DIR OPTION...: starts the machine in the background; it is told what to do
# by vm_say, what it prints comes on standard output. DIR takes its console and its answers.
vm_start()
{
	local kernel=$1 project=$2
	VM_WORK=$3
	shift 3
	mkfifo "$VM_WORK/ear"
	exec 7<>"$VM_WORK/ear"
	qemu "${VM_ACCEL[@]}" -smp "$VM_CPUS" -m 2048 \
		-kernel "$VM_DIR/$kernel/vmlinuz" -initrd "$VM_DIR/$kernel/initrd" \
		-append "console=ttyS0 quiet panic=-1 mitigations=off transparent_hugepage=never" \
		-drive "file=$VM_DIR/$kernel/root.img,format=raw,if=virtio,snapshot=on,cache=unsafe" \
		-drive "file=$project,format=raw,if=virtio,snapshot=on,cache=unsafe" \
		-serial "file:$VM_WORK/console" -chardev stdio,id=talk,signal=off -serial chardev:talk \
		-serial "file:$VM_WORK/answers" "$@" <&7 7<&- 8>&- &
	VM_PID=$!
	VM_QUESTION=0
}

# vm_say LINE: once the machine has done all that it was told before. Fails when it has died.
vm_say()
{
	local i
	((++VM_QUESTION))
	for ((i = 0; ; i++)); do
		[[ -d /proc/$VM_PID ]] || return 1
		# again and again: what is said before it listens is lost
		((i % 5)) || echo "ready $VM_QUESTION" >&7
		grep -qsx "ready $VM_QUESTION" "$VM_WORK/answers" && break
		sleep 0.1
	done
	echo "$1" >&7
}

# vm_end: waits for the machine. Its last command's exit status is left in $VM_STATUS; 125 if it
# did not get that far.
vm_end()
{
	wait "$VM_PID" || true
	exec 7>&-
	VM_STATUS=$(sed -n 's/^status //p' "$VM_WORK/answers")
	VM_STATUS=${VM_STATUS:-125}
}
