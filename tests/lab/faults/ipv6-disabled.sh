# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="IPv6 is disabled on a device"
cause=ipv6-disabled
variants="source destination host"
args=(-6)
expect=('.cause.text | contains("disable_ipv6")'
	'.cause.remedy[0] | endswith("net/ipv6/conf/\($device)/disable_ipv6=0")')
case $variant in
source) verdict=unsent confidence='exact likely' expect+=('.drop == null') ;;
*) expect+=('.drop | like({netns: $place, device: $device})') ;;
esac
[[ $variant == host ]] && dst=host

apply()
{
	case $variant in
	source) place=$src device=eth0 ;;
	destination) place=$dst device=eth0 ;;
	host) place=host device=$bridge ;;
	esac
	at "$place" sysctl -q -w "net/ipv6/conf/$device/disable_ipv6=1"
}

facts()
{
	fact place "$place"
	fact device "$device"
}
