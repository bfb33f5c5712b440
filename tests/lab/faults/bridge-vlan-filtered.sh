# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="the bridge filters VLANs, and the two ports are not in the same"
cause=bridge-vlan-filtered
variants="member member-warm member6 no-pvid no-pvid6 tagged tagged6 member-reply member-reply6"
[[ $variant == *6 ]] && args=(-6)
port=$to
case $variant in
member-*) expect=('lost("icmp")') ;;
no-pvid*) port=$from ;;
tagged*) confidence=likely ;;
esac
[[ $variant == member-* ]] || verdict='dropped unsent' confidence='exact likely'
if [[ $variant != tagged* ]]; then
	expect+=('.drop | like({layer: "bridge", netns: "host"})'
		'.drop.bridge | like({name: $bridge, port: $port, vlan: $vlan})')
fi
expect+=('.cause.text | contains($port)' '.cause.remedy[0] | contains("bridge vlan add dev \($port) vid")')

missing()
{
	if lab_host ip link add shop7 type bridge vlan_filtering 1 2>/dev/null; then
		lab_host ip link del shop7
	else
		echo "this kernel's bridge has no VLAN filtering"
	fi
}

# All ports start in VLAN 1, without tags.
apply()
{
	port=$to_veth vlan=1
	at host ip link set "$bridge" type bridge vlan_filtering 1
	[[ $variant == member-* ]] && warm
	case $variant in
	no-pvid*)
		port=$from_veth vlan=null
		at host bridge vlan del dev "$port" vid 1
		;;
	tagged*) at host bridge vlan add dev "$port" vid 1 ;;
	member-reply*)
		# what the source sends gets there by another VLAN
		at host bridge vlan add dev "$from_veth" vid 20 untagged
		at host bridge vlan add dev "$port" vid 20 pvid untagged
		at host bridge vlan del dev "$port" vid 1
		;;
	*) at host bridge vlan add dev "$port" vid 20 pvid untagged
		at host bridge vlan del dev "$port" vid 1
		;;
	esac
}

facts()
{
	fact port "$port"
	fact vlan "$vlan"
}
