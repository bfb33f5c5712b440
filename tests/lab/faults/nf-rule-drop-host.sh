# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="the host's own OUTPUT or INPUT chain, between the host and a container"
cause=nf-rule-drop
variants="output input-reply output6 input6-reply"
src=host
[[ $variant == *6* ]] && args=(-6)
expect=("${BY_RULE[@]}"
	'lost("icmp")'
	'.drop.netns == "host"'
	'.drop.netfilter | like({family: $fam, hook: $chain, table: "filter", chain: $chain})'
	'.drop.netfilter | like({backend: "iptables-nft", owner: "user"})')

apply()
{
	local what=(-p icmp)
	chain=${variant%-reply}
	chain=${chain%6}
	chain=${chain^^}
	# not Neighbour Discovery
	[[ $variant != output6 ]] || what=(-p icmpv6 --icmpv6-type echo-request)
	[[ $variant != input6-reply ]] || what=(-p icmpv6 --icmpv6-type echo-reply)
	at host "$ipt" -A "$chain" -s "$from_ip" -d "$to_ip" "${what[@]}" -j DROP
}

facts()
{
	fact chain "$chain"
	iptables_rule host filter "$chain" DROP
}
