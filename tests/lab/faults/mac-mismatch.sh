# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="a wrong, permanent neighbour entry"
cause=mac-mismatch
variants="request reply request6 reply6 advert6"
[[ $variant == *6 ]] && args=(-6)
confidence='exact likely'
# advert6: db knows web wrongly, and its advertisement goes by the neighbour table, too
expect=('if $variant == "advert6" then .drop.packet.protocol == "nd" else lost("icmp") end'
	'.drop | like({layer: "ip", netns: $to, device: "eth0", reason: "OTHERHOST"})'
	'.cause.text | ascii_downcase | contains("02:00:00:00:00:99")'
	'.cause.remedy[0] | contains("ip neigh del \($to_ip)")')

apply()
{
	local place=$from ip=$to_ip
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
