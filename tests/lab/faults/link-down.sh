# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="an end of a veth pair is down"
cause=link-down
variants="src-container src-host dst-container dst-host dst-container-warm dst-host-warm"
variants+=" src-container6 src-host6 dst-container6 dst-host6 dst-host6-warm"
[[ $variant == *6* ]] && args=(-6)
case $variant in
src-container*) verdict=unsent ;;
*-warm) ;;
*) verdict='dropped unsent' confidence='exact likely' ;;
esac
expect=('.cause.text | contains($device)'
	'.cause.remedy[0] | contains("ip link set \($device) up")')

apply()
{
	local container=$src veth=$src_veth
	[[ $variant == dst-* ]] && container=$dst veth=$dst_veth
	[[ $variant == *-warm ]] && warm
	if [[ $variant == *-host* ]]; then
		device=$veth
		at host ip link set "$device" down
	else
		device=eth0
		at "$container" ip link set "$device" down
	fi
}

facts()
{
	fact device "$device"
}
