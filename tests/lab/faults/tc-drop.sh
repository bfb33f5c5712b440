# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="a BPF program on an interface drops the packet"
cause=tc-drop
variants="host-ingress host-egress container-ingress container-egress host-ingress-reply"
expect=('lost("icmp")'
	'.drop | like({layer: "tc", netns: $place, device: $device, reason: $reason})'
	'.cause.text | contains("lab_tc_drop")')

apply()
{
	hook=egress
	case $variant in
	host-ingress*) place=host device=$from_veth hook=ingress ;;
	host-egress) place=host device=$to_veth ;;
	container-ingress) place=$to device=eth0 hook=ingress ;;
	container-egress) place=$from device=eth0 ;;
	esac
	at "$place" tc qdisc add dev "$device" clsact
	at "$place" tc filter add dev "$device" $hook bpf direct-action object-file \
		"$LAB_BUILD/tc_drop.bpf.o" section tc
}

facts()
{
	fact place "$place"
	fact device "$device"
	fact reason "TC_${hook^^}"
}
