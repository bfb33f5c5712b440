# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="the host's own OUTPUT or INPUT chain, between the host and a container"
cause=nf-rule-drop
variants="output input-reply"
src=host
expect=("${BY_RULE[@]}"
	'lost("icmp")'
	'.drop.netns == "host"'
	'.drop.netfilter | like({family: "ip", hook: $chain, table: "filter", chain: $chain})'
	'.drop.netfilter | like({backend: "iptables-nft", owner: "user"})')

apply()
{
	chain=${variant%-reply}
	chain=${chain^^}
	at host iptables -A "$chain" -s "$from_ip" -d "$to_ip" -p icmp -j DROP
}

facts()
{
	fact chain "$chain"
	iptables_rule host filter "$chain" DROP
}
