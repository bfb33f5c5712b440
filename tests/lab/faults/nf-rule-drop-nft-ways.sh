# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="the same behind a jump, a goto, a verdict map or a set of nftables"
cause=nf-rule-drop
variants="jump goto vmap set"
expect=("${BY_RULE[@]}"
	'lost("icmp") and on_bridge'
	'.drop.netfilter | like({family: "ip", hook: "FORWARD", table: "shop", chain: $chain})'
	'.drop.netfilter | like({backend: "nftables", owner: "user"})')

apply()
{
	at host nft add table ip shop
	at host nft add chain ip shop guard '{ type filter hook forward priority 10; }'
	at host nft add chain ip shop inner
	case $variant in
	jump | goto)
		chain=inner
		at host nft add rule ip shop guard meta l4proto icmp "$variant" inner
		at host nft add rule ip shop inner ip daddr "$to_ip" drop
		;;
	vmap)
		chain=guard
		at host nft add rule ip shop guard ip daddr vmap "{ $to_ip : drop }"
		;;
	set)
		chain=guard
		at host nft add rule ip shop guard ip daddr "{ $to_ip, 192.0.2.1 }" drop
		;;
	esac
}

facts()
{
	fact chain "$chain"
	nft_rule host ip shop "$chain" drop
}
