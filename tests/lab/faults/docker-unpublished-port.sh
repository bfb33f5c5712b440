# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="the engine lets in from outside of a network only what is published"
cause=docker-unpublished-port
variants="icmp tcp reply icmp6 tcp6 reply6"
protocol=icmp
[[ $variant == tcp* ]] && protocol=tcp args=(--tcp 80)
# over IPv6 this engine has no rules of its own unless it is told to
[[ $variant == *6 ]] && args+=(-6) engine='{"experimental": true, "ip6tables": true}'
expect=("${BY_RULE[@]}" 'lost($protocol)'
	'.drop.netfilter | like({hook: "FORWARD", table: "filter", chain: "DOCKER", owner: "docker"})'
	'.cause.remedy | any(startswith("docker network connect \(if $direction == "reply" then $network else "stock" end) "))')

scene()
{
	lab_routed
}

# As engines of 28.0 and later write it, who go to it before they let anything through.
apply()
{
	out=$(lab_bridge stock)
	[[ $variant == reply* ]] && out=$bridge
	at host "$ipt" -A DOCKER ! -i "$out" -o "$out" -j DROP
	at host "$ipt" -I FORWARD -o "$out" -j DOCKER
}

facts()
{
	fact network "$LAB_NETWORK"
	fact protocol "$protocol"
	iptables_rule host filter DOCKER "! -i $out -o $out"
}
