# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="a BPF program takes the packet without reporting a drop"
cause=vanished
variants="request reply"
verdict=vanished
status=4
confidence=possible
expect=('.drop.function == null and .drop.reason == null'
	'.cause.text | contains($from_veth)')

apply()
{
	at host tc qdisc add dev "$from_veth" clsact
	at host tc filter add dev "$from_veth" ingress bpf direct-action object-file \
		"$LAB_BUILD/tc_drop.bpf.o" section steal
}
