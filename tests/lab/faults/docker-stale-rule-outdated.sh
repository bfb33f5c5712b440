# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="a leftover of Docker's is about an --internal network that had this bridge before"
cause=docker-stale-rule
expect=("${BY_RULE[@]}"
	'lost("icmp") and on_bridge'
	'.drop.netfilter | like({hook: "FORWARD", table: "filter", chain: "DOCKER-ISOLATION-STAGE-1"})'
	'.drop.netfilter | like({backend: "iptables-nft", owner: "docker", purpose: "internal"})'
	'.cause.text | contains($bridge) and contains("--internal")'
	'.cause.remedy[0] == "iptables -D DOCKER-ISOLATION-STAGE-1 ! -s 172.31.0.0/16 -o \($bridge) -j DROP"')

apply()
{
	at host iptables -I DOCKER-ISOLATION-STAGE-1 ! -s 172.31.0.0/16 -o "$bridge" -j DROP
}

facts()
{
	iptables_rule host filter DOCKER-ISOLATION-STAGE-1 172.31.0.0/16
}
