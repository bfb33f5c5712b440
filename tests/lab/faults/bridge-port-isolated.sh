# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="both bridge ports are isolated, so the bridge passes nothing between them"
cause=bridge-port-isolated
variants="cold warm cold6 warm6"
[[ $variant == *6 ]] && args=(-6)
if [[ $variant == warm* ]]; then
	expect=('lost("icmp")' '.drop.function == "br_handle_frame_finish"')
else
	verdict='dropped unsent' confidence='exact likely'
	expect=('.drop.packet.protocol == (if $fam == "ip6" then "nd" else "arp" end)')
fi
expect+=('.drop | like({layer: "bridge", netns: "host"})'
	'.drop.bridge | like({name: $bridge, port: $to_veth, isolated: true})')

apply()
{
	[[ $variant == warm* ]] && warm
	at host bridge link set dev "$from_veth" isolated on
	at host bridge link set dev "$to_veth" isolated on
}
