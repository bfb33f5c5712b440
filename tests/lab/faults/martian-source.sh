# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="a packet's source or destination is an address that cannot be on that device"
cause=martian-source
variants="own loopback loopback-reply localnet own-tcp loopback6 loopback6-reply localnet-udp"
case $variant in
*6*) args=(-6) ;;
*tcp) args=(--tcp 80) ;;
*udp) args=(--udp 7) ;;
esac
expect=('.drop | like({layer: "ip", netns: $to, device: "eth0"})'
	'.cause.text | contains($odd)'
	'.cause.remedy[0] | contains($remedy)')
# a kernel that does not say which check it was leaves a doubt
confidence='exact likely'

apply()
{
	local loopback=127.0.0.1
	[[ $ipv == 6 ]] && loopback=::1
	warm
	odd=$loopback remedy='nft list ruleset'
	case $variant in
	own*)
		odd=$from_ip remedy="ip address show to $from_ip"
		at "$to" ip address add "$from_ip/32" dev lo
		;;
	loopback*)
		at "$from" nft add table "$fam" shop
		at "$from" nft add chain "$fam" shop out '{ type filter hook postrouting priority 300; }'
		at "$from" nft add rule "$fam" shop out "$fam" daddr "$to_ip" "$fam" saddr set "$loopback"
		;;
	localnet*)
		remedy=route_localnet=1
		at "$to" iptables -t nat -A PREROUTING -d "$to_ip" -j DNAT --to-destination 127.0.0.1
		;;
	esac
}

facts()
{
	fact odd "$odd"
	fact remedy "$remedy"
}
