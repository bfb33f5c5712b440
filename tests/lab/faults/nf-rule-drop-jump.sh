# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="DOCKER-USER jumps to a chain of the user's, which drops"
cause=nf-rule-drop
variants="request reply"
expect=("${BY_RULE[@]}"
	'lost("icmp") and on_bridge'
	'.drop.netfilter | like({family: "ip", hook: "FORWARD", table: "filter", chain: "SHOP"})'
	'.drop.netfilter | like({backend: "iptables-nft", owner: "user"})'
	'$index == 2')

apply()
{
	at host iptables -N SHOP
	at host iptables -A SHOP -p tcp -j ACCEPT
	at host iptables -A SHOP -s "$from_ip" -j DROP
	at host iptables -I DOCKER-USER -j SHOP
}

facts()
{
	iptables_rule host filter SHOP DROP
}
