# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="a device on the way takes less than the packet has, and nobody tells the sender; or the answerer alone"
cause=mtu-exceeded check=mtu-mismatch risk=yes
variants="port-reply port-df port-plain end end-reply port6 end6 end6-reply router-reply"
# what somebody tries is small
works=yes protocol=icmp
args=(--size 1400)
[[ $variant == *6* ]] && args=(-6 --size 1400)
expect=('lost($protocol)' '.drop.packet.length > 1400'
	'.cause.text | contains($device) and contains("1280")'
	'.cause.remedy[0] | endswith("ip link set \($device) mtu 1500")')
[[ $variant == port-df ]] && args+=(--df)
case $variant in
router-reply)
	# whoever routes tells the sender, who then sends less: that is no mistake
	args=(--size 1400 --udp 7) protocol=udp check=none
	expect+=('.drop | like({layer: "ip", netns: "host"})' '.probes[0].result == "dropped"')
	;;
port6) verdict=refused expect+=('.cause.text | contains("was told")') ;;
*) expect+=('.cause.text | contains("tell nobody")') ;;
esac

scene()
{
	if [[ $variant == router* ]]; then
		lab_routed
	else
		lab_scene
	fi
}

apply()
{
	local place=host
	case $variant in
	# br_netfilter sends db fragments, and what db answers is not taken in from it
	port-reply) device=$from_veth ;;
	port-plain)
		device=$to_veth
		at host sysctl -q -w net.bridge.bridge-nf-call-iptables=0
		;;
	port*) device=$to_veth ;;
	end*) device=eth0 place=$to ;;
	router*) device=$bridge ;;
	esac
	at "$place" ip link set "$device" mtu 1280
}

facts()
{
	fact device "$device"
	fact protocol "$protocol"
}
