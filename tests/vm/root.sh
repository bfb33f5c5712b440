#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# root.sh KERNEL|emulator: makes what a machine boots from, in VM_DIR/KERNEL: vmlinuz, initrd and
# root.img; or the emulator. Each is made once, from Debian's packages, and kept. Nothing of it is
# installed on this machine.
set -eu
source "$(dirname "$0")/vm.sh"

COMMON=(
	containerd docker.io runc
	arptables bpftool busybox-static conntrack ebtables iproute2 iptables jq kmod libcap2-bin nftables
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
	echo "Making a root of Debian $suite, once"
	# all suites of these years are made alike; debootstrap need not know their names
	debootstrap --variant=minbase --include="$packages" "$suite" "$tree" "$(mirror)" \
		/usr/share/debootstrap/scripts/sid >"$tree.log" 2>&1 || {
		tail -qn 5 "$tree.log" "$tree/debootstrap/debootstrap.log"
		vm_die "debootstrap of $suite failed"
	}
	rm -rf "$tree".log "$tree"/var/cache/apt "$tree"/usr/share/{doc,man,locale}
}

# initrd TREE FILE: what finds the two disks and hands over to the project's first process. The
# suite's own is larger, which takes seconds under emulation, and made in different ways.
initrd()
{
	local tree=$1 new=$1/initrd module n=10
	mkdir -p "$new"/{bin,dev,modules,root}
	cp "$tree/bin/busybox" "$new/bin"
	# in the order in which they are to be loaded
	chroot "$tree" modprobe --set-version "$(ls "$tree/lib/modules")" --show-depends --all \
		crc32c_generic virtio_pci virtio_blk ext4 2>/dev/null | sed -n 's/^insmod //p' | awk '!seen[$1]++' |
		while read -r module; do
			if [[ $module == *.xz ]]; then
				"$tree/bin/busybox" xzcat "$tree/$module"
			else
				cat "$tree/$module"
			fi >"$new/modules/$((n++)).ko"
		done
	cat >"$new/init" <<-END
	#!/bin/busybox sh
	busybox mount -t devtmpfs dev /dev
	for module in /modules/*; do
		busybox insmod "\$module"
	done
	busybox mount -t ext4 -o ro /dev/vda /root
	busybox mount -t ext4 -o ro /dev/vdb /root$VM_GUEST_TOP
	exec busybox switch_root /root $VM_GUEST_TOP/tests/vm/init.sh
	END
	chmod +x "$new/init"
	(cd "$new" && find . | ../bin/busybox cpio -o -H newc) >"$2" 2>/dev/null
	rm -rf "$new"
}

guest()
{
	local tree=$work/tree suite packages
	vm_machine "$1"
	# shellcheck disable=SC2086 # words
	bootstrap "$suite" "$tree" "${COMMON[@]}" $packages
	initrd "$tree" "$work/initrd"
	cp "$tree"/boot/vmlinuz-* "$work/vmlinuz"
	rm "$tree"/boot/initrd*
	mkdir "$tree$VM_GUEST_TOP"
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
"$VM_TOP/tests/lab/deps.sh" debootstrap e2fsprogs || vm_die "debootstrap cannot be installed"
work=$(mktemp -d "$VM_DIR/new.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
chmod 755 "$work"
if [[ $1 == emulator ]]; then
	emulator
else
	guest "$1"
fi
mv "$work" "$VM_DIR/$1"
