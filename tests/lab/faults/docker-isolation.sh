# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="the two containers are on different networks"
cause=docker-isolation
variants="request request6"
# over IPv6 this engine has no rules of its own unless it is told to
[[ $variant == *6 ]] && args=(-6) engine='{"experimental": true, "ip6tables": true}'
expect=("${BY_RULE[@]}"
	'lost("icmp")'
	'.drop.netns == "host"'
	'.drop.netfilter | like({table: $table, chain: $chain})'
	'.drop.netfilter | like({backend: "iptables-nft", owner: "docker", purpose: $purpose})'
	'.cause.text | contains("stock")')

scene()
{
	lab_network "$LAB_NETWORK"
	lab_network stock
	lab_container web "$LAB_NETWORK"
	lab_container db stock
}

facts()
{
	# since 28 an address is reached through its own network alone
	if lab_host "$ipt" -t raw -S | grep -q "! -i $(lab_bridge stock)"; then
		docker_rule "! -i $(lab_bridge stock) -j DROP"
		fact purpose direct-access
	else
		docker_rule "-o $(lab_bridge stock) -j DROP"
		fact purpose isolation
	fi
}
