# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="the network's subnet and another route overlap"
cause=subnet-overlap
variants="source source-reply host host-reply from-host outside source6 outside6 host6 from-host6"
confidence=likely
verdict='dropped unsent unanswered vanished refused'
[[ $variant == *6 ]] && args=(-6)
[[ $variant == from-host* ]] && src=host
# where the LAN has a server, and the network's subnet has its address too
[[ $variant == outside ]] && dst=10.77.0.200
[[ $variant == outside6 ]] && dst=fd00:7:1::c8
expect=('.cause.text | contains($device)')

scene()
{
	case $variant in
	host*) lab_routed ;;
	outside)
		lab_network "$LAB_NETWORK" --subnet 10.77.0.0/24
		lab_container web "$LAB_NETWORK"
		;;
	outside6)
		lab_network "$LAB_NETWORK"
		lab_container web "$LAB_NETWORK"
		;;
	*) lab_scene ;;
	esac
}

# What a VPN's or a LAN's route does to a network that took the same addresses.
apply()
{
	local place=$from to=$to_ip
	case $variant in
	host*) place=host ;;
	outside) place=host to=10.77.0.128/25 ;;
	outside6) place=host to=fd00:7:1::80/121 ;;
	esac
	device=vpn0
	at "$place" ip link add vpn0 type veth peer name vpn1
	at "$place" ip link set vpn0 up
	at "$place" ip link set vpn1 up
	[[ $ipv != 6 ]] || at "$place" sysctl -q -w net.ipv6.conf.vpn0.disable_ipv6=0
	at "$place" ip "-$ipv" route add "$to" dev vpn0
}

facts()
{
	fact device "$device"
	# a host sends from whatever address it has for that way
	[[ $variant != from-host* ]] ||
		fact src_ip "$(lab_host ip -json route get "$dst_ip" | jq -r '.[0].prefsrc')"
}
