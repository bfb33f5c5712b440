# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="a bridge rule drops ARP or Neighbour Discovery, so that the ping never leaves"
cause=nf-rule-drop
variants="who-has is-at solicit6 advert6"
[[ $variant == *6 ]] && args=(-6)
verdict='dropped unsent'
expect=("${BY_RULE[@]}"
	'on_bridge and .drop.netns == "host"'
	'.drop.packet.protocol == (if $fam == "ip6" then "nd" else "arp" end)'
	'.drop.netfilter | like({family: "bridge", hook: "FORWARD", table: "shop", chain: "guard"})'
	'.drop.netfilter | like({backend: "nftables", owner: "user"})')

apply()
{
	local match
	case $variant in
	who-has) match="arp operation request" ;;
	is-at) match="arp operation reply" ;;
	solicit6) match="icmpv6 type nd-neighbor-solicit" ;;
	advert6) match="icmpv6 type nd-neighbor-advert" ;;
	esac
	at host nft add table bridge shop
	at host nft add chain bridge shop guard '{ type filter hook forward priority 0; }'
	at host nft add rule bridge shop guard "$match" drop
}

facts()
{
	nft_rule host bridge shop guard drop
}
