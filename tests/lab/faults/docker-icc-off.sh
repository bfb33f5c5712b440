# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="the network was made with inter-container communication disabled"
cause=docker-icc-off
variants="request request6"
# over IPv6 this engine has no rules of its own unless it is told to
[[ $variant == *6 ]] && args=(-6) engine='{"experimental": true, "ip6tables": true}'
expect=("${BY_RULE[@]}"
	# over IPv6 the neighbours do not find each other
	'if $fam == "ip6" then .drop.packet.protocol == "nd" else lost("icmp") end'
	'on_bridge'
	'.drop.netns == "host"'
	'.drop.netfilter | like({hook: "FORWARD", table: "filter", chain: $chain})'
	'.drop.netfilter | like({backend: "iptables-nft", owner: "docker", purpose: "icc"})')

scene()
{
	lab_network "$LAB_NETWORK" --opt com.docker.network.bridge.enable_icc=false
	lab_container web "$LAB_NETWORK"
	lab_container db "$LAB_NETWORK"
}

facts()
{
	docker_rule "-i $bridge -o $bridge -j DROP"
}
