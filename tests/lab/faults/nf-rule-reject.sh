# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="a rule rejects: the sender is told so"
cause=nf-rule-reject
variants="icmp tcp nft icmp6 tcp6 nft6"
chain=DOCKER-USER
[[ $variant == *6 ]] && args=(-6) chain=FORWARD
verdict=refused
expect=("${BY_RULE[@]}"
	'on_bridge and .drop.netns == "host"'
	'.drop.netfilter | like({hook: "FORWARD", owner: "user"})')
case $variant in
icmp*)
	expect+=('lost("icmp")' '.drop.netfilter.backend == "iptables-nft"')
	apply() { warm6 && at host "$ipt" -I "$chain" -s "$from_ip" -p "$icmp" -j REJECT; }
	facts() { iptables_rule host filter "$chain" REJECT; }
	;;
tcp*)
	args+=(--tcp 80)
	expect+=('lost("tcp")' '.drop.netfilter.backend == "iptables-nft"')
	apply() { at host "$ipt" -I "$chain" -p tcp --dport 80 -j REJECT --reject-with tcp-reset; }
	facts() { iptables_rule host filter "$chain" REJECT; }
	;;
nft*)
	expect+=('lost("icmp")' '.drop.netfilter | like({family: "inet", backend: "nftables", chain: "guard"})')
	apply()
	{
		warm6
		at host nft add table inet shop
		at host nft add chain inet shop guard '{ type filter hook forward priority 10; }'
		at host nft add rule inet shop guard "$fam" saddr "$from_ip" reject
	}
	facts() { nft_rule host inet shop guard reject; }
	;;
esac
