#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# dockdrop doctor on what the kernel and the engine keep: names, connections that are tracked, forwarding of IPv6.
# Each is made to happen, is found, and is gone when what the doctor says was done.
source "$(dirname "$0")/../lab/lab.sh"
source "$LAB_TOP/tests/lab/tap.sh"
source "$LAB_TOP/tests/lab/doctor.sh"

# ---- names: the default network has no DNS

names()
{
	lab_docker run -d --name old lab serve >/dev/null
	lab_docker run -d --name new lab sleep 1000 >/dev/null
	lab_docker run -d --name linked --link old lab sleep 1000 >/dev/null
	lab_docker exec new ping -c 1 -W 1 old >/dev/null 2>&1 && lab_die "the default network has names"
	quiet "a container with a --link" linked old
	quiet "the default network of a whole host"
	finds names-unresolved note new old
	cured names-unresolved 0 new old
	lab_docker exec new ping -c 1 -W 1 old >/dev/null && ok "and the name is known" ||
		not_ok "and the name is known" </dev/null
	lab_docker rm -f old new linked >/dev/null
}

# ---- IPv6 that is not forwarded

forwarding6()
{
	LAB_IPV=6 lab_network six
	lab_container six1 six sleep 1000
	lab_container six2 six sleep 1000
	wait_for 10 lab_is_settled6 || lab_die "IPv6 is not ready"
	quiet "a network with IPv6"
	at host sysctl -q -w net.ipv6.conf.all.forwarding=0
	finds forwarding-off broken
	doctor six1 six2 -6
	same "which two neighbours can do without" '["forwarding-off"] 0' "$(found) $status"
	if [[ -e /proc/sys/net/ipv6/conf/all/force_forwarding ]]; then
		at host sysctl -q -w "net.ipv6.conf.$(lab_bridge six).force_forwarding=1"
		quiet "a bridge that forwards all the same"
		at host sysctl -q -w "net.ipv6.conf.$(lab_bridge six).force_forwarding=0"
	fi
	doctor
	cured forwarding-off
	lab_docker rm -f six1 six2 >/dev/null
	lab_docker network rm six >/dev/null
}

lab_open
doctor_open
names
forwarding6
tap_end
