#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# engine.sh BUILD DIR KIND CONFIG: the lab's engine. lab.sh runs it as the first process of its own
# network, mount and PID namespaces: when it dies, all of it is gone. BUILD holds the programs, DIR the
# state, KIND is docker, again, rootless or podman, CONFIG is dockerd's daemon.json.
set -eu
root=$1/root dir=$2 kind=$3
[[ $kind != podman ]] || root=$1/podman/root

ip link set lo up
# A sysfs of this network namespace, with the machine's cgroups over it. It has no securityfs, so
# that the engine loads no AppArmor profile into the machine's kernel.
mkdir "$dir/cgroup"
mount --rbind /sys/fs/cgroup "$dir/cgroup"
mount -t sysfs sysfs /sys
mount --rbind "$dir/cgroup" /sys/fs/cgroup
mount -t tmpfs tmpfs /run

# Not the machine's /etc/docker/daemon.json, nor its choice of iptables.
echo "$4" >"$dir/daemon.json"
mkdir "$dir/bin"
for tool in iptables ip6tables; do
	ln -s "$(command -v $tool-nft)" "$dir/bin/$tool"
done

# The loader's own list, since dockerd starts itself anew with an empty environment.
shopt -s nullglob
ldconfig -C "$dir/ld.so.cache" "$root"/{,usr/}lib/*-linux-gnu
mount --bind "$dir/ld.so.cache" /etc/ld.so.cache
export PATH="$dir/bin:$root/usr/bin:$root/usr/sbin:$PATH"

# vfs works on every file system; the images are small
# With $LAB_RESTARTS the engine is started anew whenever it ends, but not while there is a file DIR/hold;
# its containers live on if its configuration says so.
docker()
{
	while [[ -n ${LAB_RESTARTS-} ]]; do
		(unset LAB_RESTARTS && docker "$@")
		rm -f "$dir/pid"
		sleep 2
		while [[ -e $dir/hold ]]; do sleep 0.1; done
	done
	exec dockerd --config-file "$dir/daemon.json" --data-root "$dir/data" --exec-root "$dir/exec" \
		--pidfile "$dir/pid" --host "unix://$dir/sock" --storage-driver vfs \
		--exec-opt native.cgroupdriver=cgroupfs "$@"
}

# As RootlessKit starts it: it wants a program that publishes ports, and writes to no cgroup.
rootless()
{
	ln -s /bin/true "$dir/bin/rootlesskit-docker-proxy"
	export ROOTLESSKIT_STATE_DIR=$dir XDG_RUNTIME_DIR=$dir HOME=$dir
	docker --rootless
}

podman()
{
	export HOME=$dir CONTAINERS_CONF=$dir/containers.conf
	mkdir -p "$dir/.config/containers"
	echo '{"default": [{"type": "insecureAcceptAnything"}]}' >"$dir/.config/containers/policy.json"
	cat >"$CONTAINERS_CONF" <<-END
		[network]
		network_backend = "netavark"
		network_config_dir = "$dir/networks"
		[engine]
		cgroup_manager = "cgroupfs"
		events_logger = "none"
		helper_binaries_dir = ["$root/usr/lib/podman"]
		conmon_path = ["$root/usr/bin/conmon"]
		runtime = "runc"
		[engine.runtimes]
		runc = ["$1/root/usr/sbin/runc"]
	END
	exec "$root/usr/bin/podman" --root "$dir/data" --runroot "$dir/run" --tmpdir "$dir/tmp" \
		--storage-driver vfs system service --time 0 "unix://$dir/sock"
}

# Started again whenever it ends; with live-restore its containers go on meanwhile.
again()
{
	while :; do
		(docker --cgroup-parent "/${dir##*/}") || true
	done
}

case $kind in
again) again ;;
docker) docker --cgroup-parent "/${dir##*/}" ;;
rootless) rootless ;;
podman) podman "$1" ;;
esac
