# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="an iptables rule drops the ping, of IPv4 in DOCKER-USER"
cause=nf-rule-drop
variants="request reply request6 reply6"
chain=DOCKER-USER
# an engine without ip6tables makes no chains for it
[[ $variant == *6 ]] && args=(-6) chain=FORWARD
expect=("${BY_RULE[@]}"
	'lost("icmp") and on_bridge'
	'.drop.netns == "host"'
	'.drop.count == 3'
	'.drop.netfilter | like({family: $fam, hook: "FORWARD", table: "filter", chain: $chain})'
	'.drop.netfilter | like({backend: "iptables-nft", owner: "user"})'
	'.cause.remedy[0] == "\($ipt) -D \($chain) \($index)"')

apply()
{
	warm6
	at host "$ipt" -I "$chain" -s "$from_ip" -d "$to_ip" -p "$icmp" -j DROP
}

facts()
{
	fact chain "$chain"
	iptables_rule host filter "$chain" DROP
}
