#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Two engines on one host, whose containers do not know of each other: what is the other's is nobody's fault,
# and a packet between the two is followed by its address.
source "$(dirname "$0")/../lab/lab.sh"
source "$LAB_TOP/tests/lab/tap.sh"

lab_open
first=$LAB_URL second=unix://$LAB_DIR/second/sock

# A second dockerd beside the first, whose docker0 it would take over, or take away, if it had no other.
second_engine()
{
	lab_host ip link add docker1 type bridge
	lab_host ip addr add 172.30.255.1/24 dev docker1
	lab_host ip link set docker1 up
	mkdir "$LAB_DIR/second"
	echo '{}' >"$LAB_DIR/second/daemon.json"
	{ PATH=$LAB_BUILD/root/usr/bin:$LAB_BUILD/root/usr/sbin:$PATH lab_host dockerd --config-file "$LAB_DIR/second/daemon.json" --bridge docker1 \
		--data-root "$LAB_DIR/second/data" --exec-root "$LAB_DIR/second/exec" --pidfile "$LAB_DIR/second/pid" \
		--host "$second" --storage-driver vfs --exec-opt native.cgroupdriver=cgroupfs \
		--cgroup-parent "/${LAB_DIR##*/}"; } >"$LAB_DIR/second/log" 2>&1 &
	LAB_URL=$second wait_for 30 lab_docker version >/dev/null 2>&1
}

# quiet NAME URL [ARGUMENT]...
quiet()
{
	local status
	within 60 "$DOCKDROP" doctor --host "$2" --json "${@:3}" >"$LAB_DIR/doctor" 2>"$LAB_DIR/stderr"
	status=$?
	if ((status == 0)) && [[ ! -s $LAB_DIR/stderr ]] &&
		jq -e '[.findings[] | select(.check != "log")] == []' "$LAB_DIR/doctor" >/dev/null; then
		ok "nothing is wrong: $1"
	else
		{ echo "exit status $status"; cat "$LAB_DIR/stderr"; jq -c '.findings[]' "$LAB_DIR/doctor"; } |
			not_ok "nothing is wrong: $1"
	fi
}

# traced NAME CONDITION URL SRC DST
traced()
{
	within 60 "$DOCKDROP" trace --host "$3" --json "${@:4}" >"$LAB_DIR/trace" 2>"$LAB_DIR/stderr"
	if jq -e "$2" "$LAB_DIR/trace" >/dev/null && [[ ! -s $LAB_DIR/stderr ]]; then
		ok "$1"
	else
		{ cat "$LAB_DIR/stderr"; jq 'del(.probes)' "$LAB_DIR/trace"; } | not_ok "$1"
	fi
}

lab_scene
if ! second_engine; then
	tail -n 5 "$LAB_DIR/second/log" | not_ok "a second engine starts"
	tap_end
fi
LAB_URL=$second
lab_docker import "$LAB_BUILD/image.tar" lab >/dev/null
lab_network theirs
lab_docker run --detach --name other --network theirs --publish 8088:80 lab serve >/dev/null
lab_docker run --detach --name another --network theirs lab serve >/dev/null
other=$(lab_ip other)
LAB_URL=$first

quiet "the first engine, beside a second" "$first"
quiet "two of the first" "$first" web db
quiet "the second engine" "$second"
quiet "two of the second" "$second" other another
traced "two of the first" '.verdict == "delivered"' "$first" web db
traced "two of the second" '.verdict == "delivered"' "$second" other another
# neither keeps the other's networks apart from its own, but both drop what they do not know
at host iptables -I FORWARD -d "$other" -j DROP
traced "from one of the first to one of the second, by its address" \
	'.verdict == "dropped" and .cause.id == "nf-rule-drop" and .drop.netfilter.chain == "FORWARD"' "$first" web "$other"
tap_end
