# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="the same behind jumps, a goto, a verdict map or a set of nftables"
cause=nf-rule-drop
variants="jump goto nested vmap named-map map-jump set concat reply"
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
	nested)
		chain=c4
		at host nft add chain ip shop c4
		for n in 3 2 1; do
			at host nft add chain ip shop c$n
			at host nft add rule ip shop c$n meta l4proto tcp accept
			at host nft add rule ip shop c$n jump c$((n + 1))
		done
		at host nft add rule ip shop guard jump c1
		at host nft add rule ip shop c4 counter
		at host nft add rule ip shop c4 ip daddr "$to_ip" drop
		;;
	named-map)
		chain=guard
		at host nft add map ip shop fate '{ type ipv4_addr : verdict; }'
		at host nft add element ip shop fate "{ 192.0.2.1 : accept, $to_ip : drop }"
		at host nft add rule ip shop guard ip daddr vmap @fate
		;;
	map-jump | reply)
		chain=inner
		at host nft add rule ip shop guard ip saddr . ip protocol vmap "{ $from_ip . icmp : jump inner }"
		at host nft add rule ip shop inner drop
		;;
	concat)
		chain=guard
		at host nft add set ip shop pairs '{ type ipv4_addr . ipv4_addr; }'
		at host nft add element ip shop pairs "{ $from_ip . $to_ip }"
		at host nft add rule ip shop guard ip saddr . ip daddr @pairs counter drop
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
	local words=drop
	[[ $variant == named-map ]] && words=@fate
	nft_rule host ip shop "$chain" "$words"
}
