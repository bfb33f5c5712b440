#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# engine.sh ROOT DIR CONFIG: the lab's engine. lab.sh runs it as the first process of its own network,
# mount and PID namespaces: when it dies, all of it is gone. ROOT holds the programs, DIR the state,
# CONFIG is its daemon.json.
set -eu
root=$1 dir=$2

ip link set lo up
# A sysfs of this network namespace, with the machine's cgroups over it. It has no securityfs, so
# that the engine loads no AppArmor profile into the machine's kernel.
mkdir "$dir/cgroup"
mount --rbind /sys/fs/cgroup "$dir/cgroup"
mount -t sysfs sysfs /sys
mount --rbind "$dir/cgroup" /sys/fs/cgroup
mount -t tmpfs tmpfs /run

# Not the machine's /etc/docker/daemon.json, nor its choice of iptables.
echo "$3" >"$dir/daemon.json"
mkdir "$dir/bin"
for tool in iptables ip6tables; do
	ln -s "$(command -v $tool-nft)" "$dir/bin/$tool"
done

# The loader's own list, since dockerd starts itself anew with an empty environment.
ldconfig -C "$dir/ld.so.cache" "$root"/lib/*-linux-gnu
mount --bind "$dir/ld.so.cache" /etc/ld.so.cache
export PATH="$dir/bin:$root/usr/bin:$root/usr/sbin:$PATH"
# vfs works on every file system; the images are small
exec dockerd --config-file "$dir/daemon.json" --data-root "$dir/data" --exec-root "$dir/exec" \
	--pidfile "$dir/pid" --host "unix://$dir/sock" --storage-driver vfs \
	--exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "/${dir##*/}"
