# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="something takes the packet without reporting a drop"
cause=vanished
variants="request reply host-egress container-ingress container-ingress-reply container-egress"
variants+=" container-egress-reply host-ingress6 container-ingress6"
variants+=" mirred-host-ingress mirred-host-egress-reply mirred-container-egress mirred-away"
variants+=" xdp-host xdp-container xdp-host-reply xdp-host6"
[[ $variant == *6 ]] && args=(-6)
verdict=vanished
status=4
confidence=possible
expect=('.drop == null or (.drop.function == null and .drop.reason == null)'
	'.cause.text | contains($device) and contains($what)')
[[ $variant != mirred-away ]] || expect+=('.cause.text | contains("It left by another device, on shop8 of the host")')
[[ $variant != xdp-* ]] || expect+=('.cause.text | contains("lab_xdp_away (native XDP, BPF program \($id))")')

missing()
{
	local works=0
	[[ $variant == mirred-* ]] || return 0
	lab_host ip link add shop7 type veth peer name shop8
	lab_host tc qdisc add dev shop7 clsact
	mirred host shop7 ingress shop8 2>/dev/null || works=1
	lab_host ip link del shop7
	((works == 0)) || echo "this kernel has no tc filter u32 that redirects"
}

# mirred host|CONTAINER DEVICE ingress|egress TO: all IPv4
mirred()
{
	at "$1" tc filter add dev "$2" "$3" protocol ip u32 match u32 0 0 \
		action mirred egress redirect dev "$4"
}

apply()
{
	local hook=ingress
	place=host device=$from_veth what=lab_tc_steal id=0
	[[ $variant == *egress* ]] && hook=egress
	case $variant in
	*host-egress*) device=$to_veth ;;
	*container-ingress*) place=$to device=eth0 ;;
	*container-egress*) place=$from device=eth0 ;;
	xdp-container) place=$to device=eth0 ;;
	esac
	case $variant in
	xdp-*)
		what=lab_xdp_away
		at "$place" ip link set dev "$device" xdpdrv object-file "$LAB_BUILD/xdp_drop.bpf.o" section xdp.redirect
		id=$(LAB_SHOW='' at "$place" ip -json -details link show dev "$device" | jq '.[0].xdp.prog.id')
		;;
	mirred-*)
		what="action mirred redirect to shop8"
		at "$place" ip link add shop8 type veth peer name shop9
		at "$place" ip link set shop8 up
		at "$place" ip link set shop9 up
		at "$place" tc qdisc add dev "$device" clsact
		warm
		mirred "$place" "$device" $hook shop8
		;;
	*)
		at "$place" tc qdisc add dev "$device" clsact
		at "$place" tc filter add dev "$device" $hook bpf direct-action object-file \
			"$LAB_BUILD/tc_drop.bpf.o" section steal
		;;
	esac
}

facts()
{
	fact device "$device"
	fact what "$what"
	fact id "$id"
}
