# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="a rule rejects the answer: the sender hears nothing"
cause=nf-rule-reject
variants="reply tcp-reply"
expect=("${BY_RULE[@]}"
	'on_bridge and .drop.netns == "host"'
	'.drop.netfilter | like({hook: "FORWARD", chain: "DOCKER-USER", backend: "iptables-nft", owner: "user"})')
[[ $variant == tcp-reply ]] && args=(--tcp 80)

apply()
{
	at host iptables -I DOCKER-USER -s "$from_ip" -j REJECT
}

facts()
{
	iptables_rule host filter DOCKER-USER REJECT
}
