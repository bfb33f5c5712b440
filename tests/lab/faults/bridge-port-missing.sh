# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="a container's host-side interface is no longer a port of the bridge"
cause=bridge-port-missing
variants="dst-cold dst-warm src-cold src-warm dst-cold6 dst-warm6 src-cold6 src-warm6"
[[ $variant == *6 ]] && args=(-6)
case $variant in
dst-warm*) expect=('lost("icmp")' '.drop.layer == "bridge"') ;;
src-warm*) expect=('lost("icmp")') ;;
*) verdict='dropped unsent' confidence='exact likely' expect=('.drop.packet.protocol == (if $fam == "ip6" then "nd" else "arp" end)') ;;
esac
expect+=('.drop.netns == "host"'
	'.drop.bridge | like({name: $bridge, port: $lost_veth, state: null})'
	'.cause.text | contains($lost_veth)'
	'.cause.remedy[0] == "ip link set \($lost_veth) master \($bridge)"')

apply()
{
	lost_veth=$to_veth
	[[ $variant == src-* ]] && lost_veth=$from_veth
	[[ $variant == *-warm* ]] && warm
	at host ip link set "$lost_veth" nomaster
}

facts()
{
	fact lost_veth "$lost_veth"
}
