# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="a wrong, permanent neighbour entry; or a rule of the bridge's that gives another hardware address"
cause=mac-mismatch
variants="request reply request6 reply6 advert6 rule rule-reply rule-nft"
[[ $variant == *6 ]] && args=(-6)
confidence='exact likely'
# advert6: db knows web wrongly, and its advertisement goes by the neighbour table, too
expect=('if $variant == "advert6" then .drop.packet.protocol == "nd" else lost("icmp") end'
	'.drop | like({layer: "ip", netns: $to, device: "eth0", reason: "OTHERHOST"})'
	'.cause.text | ascii_downcase | contains("02:00:00:00:00:99")'
	'.cause.remedy[0] | contains(if $variant | startswith("rule") then "nft list ruleset bridge" else "ip neigh del \($to_ip)" end)'
	'.advisories == []')
[[ $variant == rule* ]] && check=none

apply()
{
	local place=$from ip=$to_ip
	case $variant in
	rule-nft)
		at host nft add table bridge shop
		at host nft add chain bridge shop in '{ type filter hook prerouting priority -300; }'
		at host nft add rule bridge shop in ip daddr "$to_ip" ether daddr set 02:00:00:00:00:99
		return
		;;
	rule*)
		at host ebtables -t nat -A PREROUTING -p ipv4 --ip-dst "$to_ip" -j dnat \
			--to-destination 02:00:00:00:00:99
		return
		;;
	esac
	if [[ $variant == advert6 ]]; then
		place=$to ip=$from_ip
	else
		warm6
	fi
	at "$place" ip neigh replace "$ip" dev eth0 lladdr 02:00:00:00:00:99 nud permanent
}

facts()
{
	[[ $variant == advert6 ]] || return 0
	fact to "$from"
	fact to_ip "$from_ip"
}
