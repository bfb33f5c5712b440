# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="a rule rejects the answer: the sender hears nothing"
cause=nf-rule-reject
variants="reply tcp-reply reply6 tcp6-reply"
chain=DOCKER-USER
[[ $variant == *6* ]] && args=(-6) chain=FORWARD
expect=("${BY_RULE[@]}"
	'on_bridge and .drop.netns == "host"'
	'.drop.netfilter | like({hook: "FORWARD", chain: $chain, backend: "iptables-nft", owner: "user"})')
[[ $variant == tcp* ]] && args+=(--tcp 80)

apply()
{
	warm6
	at host "$ipt" -I "$chain" -s "$from_ip" -j REJECT
}

facts()
{
	fact chain "$chain"
	iptables_rule host filter "$chain" REJECT
}
