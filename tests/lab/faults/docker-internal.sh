# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="the destination is on an --internal network, the sender is not"
cause=docker-internal
variants="request request6"
# over IPv6 this engine has no rules of its own unless it is told to
[[ $variant == *6 ]] && args=(-6) engine='{"experimental": true, "ip6tables": true}'
expect=("${BY_RULE[@]}"
	'lost("icmp")'
	'.drop.netns == "host"'
	'.drop.netfilter | like({hook: "FORWARD", table: "filter", chain: "DOCKER-ISOLATION-STAGE-1"})'
	'.drop.netfilter | like({backend: "iptables-nft", owner: "docker", purpose: "internal"})'
	'.cause.text | contains("vault")')

scene()
{
	lab_network "$LAB_NETWORK"
	lab_network vault --internal
	lab_container web "$LAB_NETWORK"
	lab_container db vault
}

facts()
{
	iptables_rule host filter DOCKER-ISOLATION-STAGE-1 "-o $(lab_bridge vault) -j DROP"
}
