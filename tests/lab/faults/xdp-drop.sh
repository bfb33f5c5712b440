# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="an XDP program on a veth drops the packet, before the stack has seen it"
cause=xdp-drop
variants="native-host native-container generic-host generic-container"
variants+=" native-host-reply native-container-reply generic-host-reply generic-container-reply"
variants+=" native-host6 native-container6 generic-host6 generic-container6-reply"
[[ $variant == *6* ]] && args=(-6)
confidence=likely
[[ $variant == generic* ]] && confidence=exact
expect=('.cause.text | contains("lab_xdp_drop") and contains($device)'
	'.cause.remedy[0] | contains("ip link set dev \($device) \($mode) off")'
	'.drop.program | like({name: "lab_xdp_drop", id: $id})')
if [[ $variant == generic* ]]; then
	expect+=('lost("icmp")' '.drop | like({layer: "xdp", netns: $place, device: $device})')
fi

apply()
{
	local hook=xdp
	mode=xdpdrv
	[[ $variant == generic* ]] && mode=xdpgeneric
	place=host device=$from_veth
	[[ $variant == *-container* ]] && place=$to device=eth0
	at "$place" ip link set dev "$device" $mode object-file "$LAB_BUILD/xdp_drop.bpf.o" section $hook
}

facts()
{
	fact place "$place"
	fact device "$device"
	fact mode "$mode"
	fact id "$(at "$place" ip -json -details link show dev "$device" | jq '.[0].xdp.prog.id')"
}
