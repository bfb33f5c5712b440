# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="all is well"
cause=''
variants="icmp tcp udp to-host from-host icmp6 tcp6 udp6 to-host6 from-host6 routed6 routed-tcp6"
variants+=" programs programs-tcp6 programs-udp"
verdict=delivered
status=0
[[ $variant == *6 ]] && args=(-6)
case $variant in
*tcp*) args+=(--tcp 80) ;;
*udp*) args+=(--udp 7) ;;
to-host*) dst=host ;;
from-host*) src=host ;;
esac
# The engine's rules keep the networks apart over IPv4 alone.
scene()
{
	if [[ $variant == routed* ]]; then
		lab_network "$LAB_NETWORK"
		lab_network stock
		lab_container web "$LAB_NETWORK"
		lab_container db stock
	else
		lab_scene
	fi
}

missing()
{
	[[ $variant != programs* ]] || lab_has_cgroups || echo "no cgroup2 is mounted here"
}

# Much is attached, and nothing of it stops anything.
apply()
{
	local object="$LAB_BUILD/tc_drop.bpf.o"
	[[ $variant == programs* ]] || return 0
	lab_gate "$(lab_cgroup web)" pass >/dev/null
	at host tc qdisc add dev "$from_veth" clsact
	at host tc filter add dev "$from_veth" ingress pref 1 bpf direct-action object-file "$object" section pass
	at host tc filter add dev "$from_veth" ingress pref 2 bpf direct-action object-file "$object" section pass
	at db tc qdisc add dev eth0 root handle 9: tbf rate 1mbit burst 10kb limit 10kb
	at db tc qdisc add dev eth0 clsact
	at db tc filter add dev eth0 ingress bpf direct-action object-file "$object" section pass
}

expect=('.drop == null and .cause == null'
	'.probes | length == 3 and all(.result == "delivered" and .rtt_us > 0)'
	'.probes[0].hops | length > 4'
	'.probes[0].hops | map(.direction) | unique == ["reply", "request"]'
	'.probes[0].hops | map(.t_us) | . == sort')
