#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# root.sh KERNEL|emulator: makes what a machine boots from, in VM_DIR/KERNEL: vmlinuz, initrd and
# root.img; or the emulator. Each is made once, from Debian's packages, and kept. Nothing of it is
# installed on this machine.
set -eu
source "$(dirname "$0")/vm.sh"

COMMON=(
	containerd docker.io runc
	arptables bpftool busybox-static ebtables iproute2 iptables jq kmod libcap2-bin nftables
	procps util-linux
	linux-image-cloud-amd64
)

# The archive that this machine's apt uses.
mirror()
{
	apt-get indextargets --format '$(SITE)' | grep -v security | head -n 1
}

# bootstrap SUITE TREE PACKAGE...
bootstrap()
{
	local suite=$1 tree=$2 packages
	shift 2
	packages=$(IFS=,; echo "$*")
	echo "Making a root of Debian $suite, once" >&2
	# all suites of these years are made alike; debootstrap need not know their names
	debootstrap --variant=minbase --include="$packages" "$suite" "$tree" "$(mirror)" \
		/usr/share/debootstrap/scripts/sid >"$tree.log" 2>&1 || {
		tail -n 5 "$tree.log" "$tree/debootstrap/debootstrap.log" >&2
		vm_die "debootstrap of $suite failed"
	}
	rm -rf "$tree".log "$tree"/var/cache/apt "$tree"/usr/share/{doc,man,locale}
}

# All modules that some machine could need take seconds to unpack under emulation.
small_initrd()
{
	echo MODULES=list >"$1/etc/initramfs-tools/conf.d/dockdrop"
	printf '%s\n' virtio_pci virtio_blk ext4 >>"$1/etc/initramfs-tools/modules"
	chroot "$1" update-initramfs -u >/dev/null 2>&1
}

# The guest's first process comes from the project's disk, so that a root need not know it.
first_process()
{
	mkdir "$1$VM_GUEST_TOP"
	cat >"$1/sbin/init" <<-END
	#!/bin/sh
	mount -t ext4 /dev/vdb $VM_GUEST_TOP && exec $VM_GUEST_TOP/tests/vm/init.sh
	END
	chmod +x "$1/sbin/init"
}

guest()
{
	local tree=$work/tree suite engine packages
	vm_machine "$1"
	# shellcheck disable=SC2086 # words
	bootstrap "$suite" "$tree" "${COMMON[@]}" $packages
	small_initrd "$tree"
	first_process "$tree"
	cp "$tree"/boot/vmlinuz-* "$work/vmlinuz"
	cp "$tree"/boot/initrd.img-* "$work/initrd"
	rm -rf "$tree/boot"
	truncate -s 2G "$work/root.img"
	mke2fs -q -t ext4 -O ^has_journal -m 0 -d "$tree" "$work/root.img"
	rm -rf "$tree"
}

# QEMU 7.2, Debian 12's own, crashes guests at random (cmpxchg16b).
emulator()
{
	bootstrap trixie "$work/tree" qemu-system-x86
}

mkdir -p "$VM_DIR"
exec 8>"$VM_DIR/lock.$1"
flock 8
[[ ! -e $VM_DIR/$1 ]] || exit 0
((EUID == 0)) || vm_die "making a root needs root"
"$VM_TOP/tests/lab/deps.sh" debootstrap e2fsprogs
work=$(mktemp -d "$VM_DIR/new.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
chmod 755 "$work"
if [[ $1 == emulator ]]; then
	emulator
else
	guest "$1"
fi
mv "$work" "$VM_DIR/$1"
