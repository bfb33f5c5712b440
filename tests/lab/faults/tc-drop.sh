# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="a BPF program or a filter on an interface drops the packet"
cause=tc-drop
variants="host-ingress host-egress container-ingress container-egress"
variants+=" host-ingress-reply host-egress-reply container-ingress-reply container-egress-reply"
variants+=" host-ingress6 host-egress6 container-ingress6 container-egress6-reply"
variants+=" host-ingress-several host-egress-several u32-container-ingress u32-host-egress6"
variants+=" flower-host-ingress flower-container-egress-reply flower-host-ingress-several"
[[ $variant == *6* ]] && args=(-6)
kind=bpf
case $variant in
u32-*) kind=u32 ;;
flower-*) kind=flower ;;
esac
# of several programs the last that ran did it, but others may have run it
[[ $variant == *several ]] && confidence=likely
expect=('lost("icmp")'
	'.drop | like({layer: "tc", netns: $place, device: $device})'
	'.drop.reason | IN($reason, null)'
	'.drop.program | like({kind: $filter, ingress: ($ingress == 1)})'
	'.cause.text | contains("lab_tc_pass") | not'
	'.cause.remedy[0] | endswith("tc filter del dev \($device) \($hook) pref \($pref)")')
if [[ $kind == bpf ]]; then
	expect+=('.cause.text | contains("lab_tc_drop")' '.drop.program | .name == "lab_tc_drop" and .id > 0')
else
	expect+=('.drop.program.action == "gact"')
fi

missing()
{
	local works=0
	[[ $kind != bpf ]] || return 0
	lab_host ip link add shop7 type veth peer name shop8
	lab_host tc qdisc add dev shop7 clsact
	lab_host tc filter add dev shop7 ingress protocol ip $kind action drop 2>/dev/null ||
		lab_host tc filter add dev shop7 ingress protocol ip $kind match u32 0 0 action drop 2>/dev/null ||
		works=1
	lab_host ip link del shop7
	((works == 0)) || echo "this kernel has no tc filter $kind with an action that drops"
}

# filter PRIORITY WORDS...
filter()
{
	at "$place" tc filter add dev "$device" $hook pref "$@"
}

apply()
{
	local object="$LAB_BUILD/tc_drop.bpf.o"
	place=host device=$from_veth hook=ingress pref=10
	[[ $variant == *egress* ]] && hook=egress
	case $variant in
	*host-egress*) device=$to_veth ;;
	*container-ingress*) place=$to device=eth0 ;;
	*container-egress*) place=$from device=eth0 ;;
	esac
	at "$place" tc qdisc add dev "$device" clsact
	if [[ $variant == *several ]]; then
		filter 5 bpf direct-action object-file "$object" section pass
		filter 20 bpf direct-action object-file "$object" section pass
	fi
	case $kind in
	bpf) filter $pref bpf direct-action object-file "$object" section tc ;;
	u32)
		if ((ipv == 6)); then
			filter $pref protocol ipv6 u32 match ip6 protocol 58 0xff match u8 128 0xff at 40 action drop
		else
			filter $pref protocol ip u32 match ip protocol 1 0xff action drop
		fi
		;;
	flower) filter $pref protocol ip flower ip_proto icmp action drop ;;
	esac
}

facts()
{
	fact place "$place"
	fact device "$device"
	fact hook "$hook"
	fact pref "$pref"
	fact filter "$kind"
	fact ingress "$([[ $hook == ingress ]] && echo 1 || echo 0)"
	fact reason "TC_${hook^^}"
}
