# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="the bridge believes a container behind another port, so the frames go there"
cause=bridge-fdb-wrong
variants="static dead-end outdated local static6 static-reply static-reply6 locked locked6"
[[ $variant == *6 ]] && args=(-6)
port=stock
case $variant in
locked*)
	verdict='dropped unsent' confidence='exact likely' port=from
	expect=('.drop.packet.protocol == (if $fam == "ip6" then "nd" else "arp" end)'
		'.drop.bridge.port == $from_veth'
		'.cause.remedy[0] == "bridge link set dev \($from_veth) locked off"')
	;;
*)
	verdict='vanished' confidence=likely
	[[ $variant == dead-end ]] && verdict=dropped confidence=exact
	[[ $variant == local ]] && port=to
	expect=('lost("icmp")' '.drop.bridge.port == $to_veth'
		'.cause.text | contains($mac)'
		'.cause.remedy[0] == "bridge fdb del \($mac) dev \($wrong) master"')
	;;
esac
expect+=('.drop.netns == "host"' '.drop.bridge.name == $bridge')

missing()
{
	local works
	[[ $variant == locked* ]] || return 0
	lab_host ip link add shop7 type bridge
	lab_host ip link add shop8 master shop7 type veth peer name shop9
	lab_host bridge -details link show dev shop8 2>/dev/null | grep -q locked &&
		lab_host bridge link set dev shop8 locked on 2>/dev/null
	works=$?
	lab_host ip link del shop8
	lab_host ip link del shop7
	((works == 0)) || echo "this kernel has no locked bridge ports"
}

scene()
{
	lab_scene
	[[ $port != stock ]] || lab_container stock "$LAB_NETWORK"
}

apply()
{
	mac=$(LAB_SHOW='' at "$to" ip -json link show eth0 | jq -r '.[0].address')
	wrong=$to_veth
	case $variant in
	locked*)
		at host bridge link set dev "$from_veth" locked on
		at host bridge fdb del "$(at "$from" ip -json link show eth0 | jq -r '.[0].address')" \
			dev "$from_veth" master 2>/dev/null
		return
		;;
	local)
		at host bridge fdb replace "$mac" dev "$to_veth" master permanent
		return
		;;
	dead-end)
		wrong=shop8
		at host ip link add shop8 master "$bridge" type veth peer name shop9
		at host ip link set shop8 up
		at host bridge link set dev shop8 state 3
		;;
	*)
		wrong=$(LAB_SHOW='' lab_veth stock)
		[[ $direction != reply ]] || warm # else the ARP answer is lost first
		;;
	esac
	if [[ $variant == outdated ]]; then
		# as after somebody took the same address and left
		warm
		at host bridge fdb replace "$mac" dev "$wrong" master dynamic
	else
		at host bridge fdb replace "$mac" dev "$wrong" master static sticky
	fi
}

facts()
{
	fact mac "$mac"
	fact wrong "$wrong"
}
