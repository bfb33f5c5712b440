# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="the network's bridge is down"
cause=bridge-down
variants="cold warm cold6 warm6"
[[ $variant == *6 ]] && args=(-6)
expect=('.drop | like({layer: "bridge", netns: "host"})'
	'.drop.bridge.name == $bridge'
	'.cause.remedy[0] == "ip link set \($bridge) up"')
if [[ $variant == warm* ]]; then
	expect+=('lost("icmp")')
else
	verdict='dropped unsent'
	expect+=('.drop.packet.protocol == (if $fam == "ip6" then "nd" else "arp" end)')
fi

apply()
{
	[[ $variant == warm* ]] && warm
	at host ip link set "$bridge" down
}
