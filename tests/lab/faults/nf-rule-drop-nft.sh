# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="a native nftables rule, which no iptables command shows"
cause=nf-rule-drop
variants="inet ip bridge inet-reply bridge-reply inet-6 ip6 bridge-6 inet-6-reply bridge-6-reply"
family=${variant%%-*}
[[ $variant == *6* ]] && args=(-6)
expect=("${BY_RULE[@]}"
	'lost("icmp") and on_bridge'
	'.drop.netns == "host"'
	'.drop.netfilter | like({family: $family, hook: "FORWARD", table: "shop", chain: "guard"})'
	'.drop.netfilter | like({backend: "nftables", owner: "user"})'
	'$index == 2'
	'.cause.remedy[0] == "nft delete rule \($family) shop guard handle \($handle)"')

apply()
{
	warm6
	at host nft add table "$family" shop
	at host nft add chain "$family" shop guard '{ type filter hook forward priority 10; }'
	at host nft add rule "$family" shop guard meta l4proto tcp accept
	at host nft add rule "$family" shop guard "$fam" saddr "$from_ip" "$fam" daddr "$to_ip" drop
}

facts()
{
	fact family "$family"
	nft_rule host "$family" shop guard drop
}
