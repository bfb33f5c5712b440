# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="a bridge port is not given broadcasts, multicasts, or what the bridge knows no port for"
cause=bridge-no-flood
variants="broadcast unicast multicast6 unicast6 unicast-reply unicast-reply6"
[[ $variant == *6 ]] && args=(-6)
case $variant in
unicast*) flag=flood expect=('lost("icmp")') ;;
*)
	flag=bcast_flood
	[[ $variant == multicast6 ]] && flag=mcast_flood
	verdict=unsent confidence=likely
	expect=('.drop.packet.protocol == (if $fam == "ip6" then "nd" else "arp" end)')
	;;
esac
expect+=('.drop | like({layer: "bridge", netns: "host"})'
	'.drop.bridge | like({name: $bridge, port: $to_veth})'
	'.cause.text | contains($flag)'
	'.cause.remedy[0] == "bridge link set dev \($to_veth) \($flag) on"')

apply()
{
	local mac
	if [[ $flag == flood ]]; then
		warm
		mac=$(at "$to" ip -json link show eth0 | jq -r '.[0].address')
		at host bridge link set dev "$to_veth" learning off
		at host bridge fdb del "$mac" dev "$to_veth" master
	fi
	if [[ $flag == bcast_flood ]]; then
		# a word that the bridge command of 2020 does not know
		lab_host sh -c "echo 0 >/sys/class/net/$to_veth/brport/broadcast_flood"
	else
		at host bridge link set dev "$to_veth" "$flag" off
	fi
}

facts()
{
	fact flag "$flag"
}
