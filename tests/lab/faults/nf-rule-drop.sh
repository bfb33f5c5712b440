# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="an iptables rule in DOCKER-USER drops the ping"
cause=nf-rule-drop
variants="request reply"
expect=("${BY_RULE[@]}"
	'lost("icmp") and on_bridge'
	'.drop.netns == "host"'
	'.drop.count == 3'
	'.drop.netfilter | like({family: "ip", hook: "FORWARD", table: "filter", chain: "DOCKER-USER"})'
	'.drop.netfilter | like({backend: "iptables-nft", owner: "user"})'
	'.cause.remedy[0] == "iptables -D DOCKER-USER \($index)"')

apply()
{
	at host iptables -I DOCKER-USER -s "$from_ip" -d "$to_ip" -p icmp -j DROP
}

facts()
{
	iptables_rule host filter DOCKER-USER DROP
}
