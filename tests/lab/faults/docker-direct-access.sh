# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="the engine lets nobody reach a published port at the container's own address"
cause=docker-direct-access
variants="port port6"
args=(--tcp 80)
[[ $variant == *6 ]] && args+=(-6)
expect=("${BY_RULE[@]}" 'lost("tcp")'
	'.drop.netfilter | like({hook: "PREROUTING", table: "raw", chain: "PREROUTING", owner: "docker"})'
	'.cause.remedy | any(contains("docker port db"))')

scene()
{
	lab_routed
}

# As engines of 28.0 and 28.1 write it; this one may be older.
apply()
{
	at host "$ipt" -t raw -I PREROUTING -d "$to_ip" ! -i "$(lab_bridge stock)" -p tcp --dport 80 -j DROP
}

facts()
{
	iptables_rule host raw PREROUTING "--dport 80"
}
