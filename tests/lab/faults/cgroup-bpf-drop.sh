# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="a BPF program on a container's cgroup, or on one above it, drops the packet"
cause="cgroup-bpf-drop"
variants="egress egress-parent egress6 egress-udp-reply egress-tcp-reply"
variants+=" ingress-tcp ingress-udp ingress-udp6 ingress-reply ingress-reply6 two socket connect connect-tcp connect-tcp6"
kind=${variant%%-*}
kind=${kind%6}
what=lab_cg_$kind
case $variant in
*tcp*) args=(--tcp 80) ;;
*udp* | connect) args=(--udp 7) ;;
esac
[[ $variant == *6 ]] && args=(-6 "${args[@]}")
expect=('.cause.text | contains($what) and contains("BPF program \($id)")'
	'.cause.remedy[0] | contains($cgroup)')
case $variant in
two) kind=egress what=lab_cg_egress expect+=('.cause.text | contains(" or ")') ;;
egress*)
	expect+=('.drop | like({layer: "cgroup", netns: $from})' '.drop.reason | IN("BPF_CGROUP_EGRESS", null)'
		'.drop.program | like({name: $what, id: $id})')
	[[ $variant == *reply ]] || expect+=('lost("icmp")')
	;;
ingress-reply*)
	verdict=vanished confidence=likely
	;;
ingress*)
	confidence='likely exact'
	expect+=('.drop | like({netns: $to, reason: "SOCKET_FILTER", program: .program})'
		'.drop.program | like({name: $what, id: $id})')
	;;
*) verdict=unsent confidence=likely ;;
esac

missing()
{
	lab_has_cgroups || echo "no cgroup2 is mounted here"
}

apply()
{
	local dir hook=$kind place=$from
	[[ $variant != ingress* ]] || place=$to
	cgroup=$(lab_cgroup "$place")
	dir=$cgroup
	[[ $variant == *-parent ]] && dir=${cgroup%/*}
	[[ $hook == connect ]] && hook+=$ipv
	[[ $variant == two ]] && lab_gate "${cgroup%/*}" "$hook" >/dev/null
	id=$(lab_gate "$dir" "$hook")
	[[ -n $id ]] || lab_die "the program cannot be attached"
}

facts()
{
	fact id "$id"
	fact what "$what"
	fact cgroup "$cgroup"
}
