# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="the queue of an interface takes no more packets"
cause=qdisc-drop
variants="pfifo-container pfifo-host pfifo-container-reply pfifo-host-reply pfifo-container6 pfifo-host6-reply"
variants+=" tbf-container tbf-host tbf-host-cold htb-host netem-container netem-host-reply netem-host6"
[[ $variant == *6* ]] && args=(-6)
kind=${variant%%-*}
if [[ $variant == *cold ]]; then
	verdict='dropped unsent'
	expect=('.drop.packet.protocol == "arp"')
elif [[ $variant == *reply ]]; then
	# a slow machine has forgotten by then, and asks again
	expect=('lost("icmp") or .drop.packet.protocol == "arp" or .drop.packet.protocol == "nd"')
else
	expect=('lost("icmp")')
fi
expect+=('.drop | like({layer: "qdisc", netns: $place, device: $device})'
	'.drop.queue | like({kind: $leaf, handle: $handle})'
	'.cause.text | contains($device) and contains($leaf) and contains($handle)'
	'.cause.remedy[0] | endswith("tc -s qdisc show dev \($device)")')

missing()
{
	lab_host ip link add shop7 type veth peer name shop8
	# shellcheck disable=SC2046 # words
	lab_host tc qdisc add dev shop7 root handle 9: "$kind" $(options) 2>/dev/null ||
		echo "this kernel has no queueing discipline $kind"
	lab_host ip link del shop7
}

options()
{
	case $kind in
	pfifo) echo limit 0 ;;
	tbf) echo rate 8kbit burst 20b limit 1000b ;;
	htb) echo default 1 ;;
	netem) echo loss '100%' ;;
	esac
}

apply()
{
	place=host device=$to_veth leaf=$kind handle=9:
	[[ $variant == *-container* ]] && place=$from device=eth0
	[[ $variant == *cold ]] || warm
	# shellcheck disable=SC2046 # words
	at "$place" tc qdisc add dev "$device" root handle 9: "$kind" $(options)
	if [[ $kind == htb ]]; then
		leaf=pfifo handle=8:
		at "$place" tc class add dev "$device" parent 9: classid 9:1 htb rate 1mbit
		at "$place" tc qdisc add dev "$device" parent 9:1 handle 8: pfifo limit 0
	fi
}

facts()
{
	fact place "$place"
	fact device "$device"
	fact leaf "$leaf"
	fact handle "$handle"
}
