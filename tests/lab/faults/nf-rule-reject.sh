# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="a rule rejects: the sender is told so"
cause=nf-rule-reject
variants="icmp tcp nft"
verdict=refused
expect=("${BY_RULE[@]}"
	'on_bridge and .drop.netns == "host"'
	'.drop.netfilter | like({hook: "FORWARD", owner: "user"})')
case $variant in
icmp)
	expect+=('lost("icmp")' '.drop.netfilter.backend == "iptables-nft"')
	apply() { at host iptables -I DOCKER-USER -s "$from_ip" -p icmp -j REJECT; }
	facts() { iptables_rule host filter DOCKER-USER REJECT; }
	;;
tcp)
	args=(--tcp 80)
	expect+=('lost("tcp")' '.drop.netfilter.backend == "iptables-nft"')
	apply() { at host iptables -I DOCKER-USER -p tcp --dport 80 -j REJECT --reject-with tcp-reset; }
	facts() { iptables_rule host filter DOCKER-USER REJECT; }
	;;
nft)
	expect+=('lost("icmp")' '.drop.netfilter | like({family: "inet", backend: "nftables", chain: "guard"})')
	apply()
	{
		at host nft add table inet shop
		at host nft add chain inet shop guard '{ type filter hook forward priority 10; }'
		at host nft add rule inet shop guard ip saddr "$from_ip" reject
	}
	facts() { nft_rule host inet shop guard reject; }
	;;
esac
