# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="the host does not forward between its networks"
cause=forwarding-off
variants="request device device-reply request6 reply6"
# older kernels give no reason for it
[[ $variant == *6 ]] && args=(-6) confidence='exact likely'
expect=('lost("icmp")'
	'.drop | like({layer: "ip", netns: "host", device: $in})'
	'.cause.text | contains($knob)'
	'.cause.remedy[0] | contains($knob) and endswith("=1")')

scene()
{
	lab_routed
}

missing()
{
	# since 6.17 one device can be told to forward what the others do not
	[[ $variant != reply6 || -e /proc/sys/net/ipv6/conf/lo/force_forwarding ]] ||
		echo "this kernel has no forwarding of IPv6 by device"
}

apply()
{
	local stock
	stock=$(lab_bridge stock)
	in=$bridge knob=net.ipv6.conf.all.forwarding
	case $variant in
	request)
		knob=net.ipv4.ip_forward
		at host sysctl -q -w net.ipv4.ip_forward=0
		;;
	device*)
		[[ $variant == device ]] || in=$stock
		knob=net/ipv4/conf/$in/forwarding
		at host sysctl -q -w "$knob=0"
		;;
	request6) at host sysctl -q -w net.ipv6.conf.all.forwarding=0 ;;
	reply6)
		in=$stock
		at host sysctl -q -w net.ipv6.conf.all.forwarding=0 \
			"net/ipv6/conf/$bridge/force_forwarding=1"
		;;
	esac
}

facts()
{
	fact in "$in"
	fact knob "$knob"
}
