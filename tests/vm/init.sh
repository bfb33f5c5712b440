#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The first process of a guest, on the project's disk: runs the command of tests/vm/boot.sh there,
# its output on the second serial port and its exit status on the third, and switches off.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
top=$(cd "$(dirname "$0")/../.." && pwd)

mounted()
{
	mountpoint -q "$2" || mount -t "$1" "$1" "$2"
}

file_systems()
{
	mount -o remount,rw /
	mounted proc /proc
	mounted sysfs /sys
	mounted devtmpfs /dev
	mounted cgroup2 /sys/fs/cgroup
	mounted tmpfs /run
	mounted tmpfs /tmp
	mkdir -p /dev/shm /dev/pts
	mounted tmpfs /dev/shm
	mounted devpts /dev/pts
	# the kernel makes no links in /dev; runc and bash want them
	[[ -e /dev/fd ]] || ln -s /proc/self/fd /dev/fd
}

file_systems
ulimit -l unlimited
ip link set lo up
stty -F /dev/ttyS1 raw
stty -F /dev/ttyS2 raw
cd "$top" || exit
setsid bash tests/vm/command </dev/null >/dev/ttyS1 2>&1
echo $? >/dev/ttyS2
sync
busybox poweroff -f
