#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The first process of a guest, on the project's disk. Runs the lines that come on the second serial
# port; answers go to the third. Its disks are never written to, so that a machine can be stopped
# at any moment and continued many times.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
cd "$(dirname "$0")/../.." || exit
source tests/lab/lab.sh

mounted()
{
	mountpoint -q "$2" || mount -t "$1" "$1" "$2"
}

writable()
{
	mkdir -p "/run/rw$1" "/run/work$1"
	mount -t overlay -o "lowerdir=$1,upperdir=/run/rw$1,workdir=/run/work$1" overlay "$1"
}

file_systems()
{
	mounted proc /proc
	mounted sysfs /sys
	mounted devtmpfs /dev
	mounted cgroup2 /sys/fs/cgroup
	mounted tmpfs /run
	mounted tmpfs /tmp
	writable /etc
	writable /var
	mkdir -p /dev/shm /dev/pts
	mounted tmpfs /dev/shm
	mounted devpts /dev/pts
	# the kernel makes no links in /dev; runc and bash want them
	[[ -e /dev/fd ]] || ln -s /proc/self/fd /dev/fd
}

ready()
{
	echo "ready $1" >&4
}

# run COMMAND...: the last thing that the machine does.
run()
{
	"$@" </dev/null >&3 2>&1
	echo "status $?" >&4
	exec 3>&- 4>&-
	busybox poweroff -f
}

# A lab that is open, for programs that are run later.
lend()
{
	"$@"
	export LAB_DIR LAB_URL LAB_KEEPER LAB_PID LAB_LENT="${LAB_LENT-} $1"
}

file_systems
ulimit -l unlimited
ip link set lo up
stty -F /dev/ttyS1 raw -echo
stty -F /dev/ttyS2 raw -echo
exec 3<>/dev/ttyS1 4>/dev/ttyS2
while read -r line; do
	eval "$line"
done <&3
