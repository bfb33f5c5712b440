#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# boot.sh KERNEL COMMAND...: boots that machine with the current build, runs the command in the
# project's directory there, as root, streams its output and exits with its status. The machine is
# as new each time. VM_SECONDS is how long all of it may take, 3600 by default.
set -eu
source "$(dirname "$0")/vm.sh"

VM_CPUS=${VM_CPUS:-$(nproc)}

# What a guest has of the project. Its own engine, and the libraries of the building machine.
project()
{
	local tree=$work/project
	mkdir -p "$tree/build/lab"
	cp -r "$VM_TOP"/{Makefile,README.md,tests} "$tree"
	cp "$VM_TOP"/build/lab/{image.tar,fakeengine,tc_drop.bpf.o} "$tree/build/lab"
	cp "$VM_TOP/build/vm/dockdrop" "$tree/build"
	ln -s / "$tree/build/lab/root"
	mkdir "$tree/lib"
	ldd "$VM_TOP/build/dockdrop" | grep -o '/[^ ]*' | xargs cp -Lt "$tree/lib"
	{
		printf 'export'
		printf ' %q' LAB_SLOW="$slow" JOBS="${JOBS:-$VM_CPUS}" ONLY="${ONLY-}"
		printf '\nexec'
		printf ' %q' "$@"
		echo
	} >"$tree/tests/vm/command"
	truncate -s 192M "$work/project.img"
	mke2fs -q -t ext4 -O ^has_journal -m 0 -d "$tree" "$work/project.img"
}

# emulate OPTION...: QEMU with its own loader, libraries and firmware.
emulate()
{
	local root=$VM_DIR/emulator/tree libraries
	libraries=$(find "$root"/usr/lib/x86_64-linux-gnu -maxdepth 2 -name '*.so*' -printf '%h\n' |
		sort -u | paste -sd :)
	"$root/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" --library-path "$libraries" \
		"$root/usr/bin/qemu-system-x86_64" -L "$root/usr/share/seabios" -L "$root/usr/share/qemu" \
		-M q35 -nodefaults -display none -nic none -no-reboot "$@"
}

# Emulated machines are slow: $slow is by how much tests have to be patient.
accelerator()
{
	accel=(-accel 'tcg,thread=multi' -cpu max)
	slow=10
	[[ -w /dev/kvm ]] && kvm_works || return 0
	accel=(-accel kvm -cpu host)
	slow=1
}

# A device file proves nothing: the kernel has to get as far as missing its disk.
kvm_works()
{
	emulate -accel kvm -cpu host -m 512 -serial "file:$work/kvm" -kernel "$VM_DIR/$kernel/vmlinuz" \
		-append "console=ttyS0 panic=-1" >/dev/null 2>&1 </dev/null &
	local qemu=$!
	for ((i = 0; i < 50; i++)); do
		grep -qs 'Kernel panic' "$work/kvm" && break
		[[ -d /proc/$qemu ]] || break
		sleep 0.1
	done
	kill -KILL $qemu 2>/dev/null
	wait $qemu 2>/dev/null
	grep -qs 'Kernel panic' "$work/kvm"
}

boot()
{
	emulate "${accel[@]}" -smp "$VM_CPUS" -m 3072 \
		-kernel "$VM_DIR/$kernel/vmlinuz" -initrd "$VM_DIR/$kernel/initrd" \
		-append "root=/dev/vda rw console=ttyS0 quiet panic=-1 mitigations=off" \
		-drive "file=$VM_DIR/$kernel/root.img,format=raw,if=virtio,snapshot=on,cache=unsafe" \
		-drive "file=$work/project.img,format=raw,if=virtio,cache=unsafe" \
		-serial "file:$console" -chardev stdio,id=out,signal=off -serial chardev:out \
		-serial "file:$work/status" </dev/null
}

(($# >= 2)) || vm_die "boot.sh KERNEL COMMAND..."
kernel=$1
shift
vm_machine "$kernel"
MAKEFLAGS='' make -C "$VM_TOP" --silent build/dockdrop build/vm/dockdrop lab
"$VM_TOP/tests/vm/root.sh" emulator
"$VM_TOP/tests/vm/root.sh" "$kernel"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
console=$VM_DIR/console-$kernel.log
accelerator
project "$@"
boot
status=$(<"$work/status")
if [[ -z $status ]]; then
	echo "vm: machine $kernel ended before its command; its console: $console" >&2
	exit 125
fi
exit "$status"
