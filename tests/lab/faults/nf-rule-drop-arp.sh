# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="a bridge rule drops ARP, so that the ping never leaves"
cause=nf-rule-drop
variants="who-has is-at"
verdict='dropped unsent'
expect=("${BY_RULE[@]}"
	'on_bridge and .drop.netns == "host"'
	'.drop.packet.protocol == "arp"'
	'.drop.netfilter | like({family: "bridge", hook: "FORWARD", table: "shop", chain: "guard"})'
	'.drop.netfilter | like({backend: "nftables", owner: "user"})')

apply()
{
	local operation=request
	[[ $variant == is-at ]] && operation=reply
	at host nft add table bridge shop
	at host nft add chain bridge shop guard '{ type filter hook forward priority 0; }'
	at host nft add rule bridge shop guard arp operation "$operation" drop
}

facts()
{
	nft_rule host bridge shop guard drop
}
