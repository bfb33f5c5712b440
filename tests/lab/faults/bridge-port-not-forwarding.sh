# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="a bridge port is not in the forwarding state"
cause=bridge-port-not-forwarding
variants="dst-disabled dst-disabled-warm dst-listening dst-learning"
variants+=" src-listening src-learning src-disabled src-disabled-warm stp"
variants+=" dst-listening6 dst-disabled-warm6 src-learning6 src-disabled-warm6"
[[ $variant == *6 ]] && args=(-6)
expect=('.drop | like({layer: "bridge", netns: "host"})'
	'.drop.bridge | like({name: $bridge, port: $port, state: $state})'
	'.cause.text | contains($port)')
if [[ $variant == *-warm* ]]; then
	expect+=('lost("icmp")')
else
	verdict='dropped unsent' confidence='exact likely'
	expect+=('.drop.packet.protocol == (if $fam == "ip6" then "nd" else "arp" end)')
fi

# The port joins the bridge anew, and stays in the state that it will get: as it joined before, it got a
# timer, which takes a port that listens or learns to the next state, even without STP.
joins_anew()
{
	at host ip link set "$bridge" type bridge forward_delay "$@"
	at host ip link set "$port" nomaster
	at host ip link set "$port" master "$bridge"
}

# Not "blocking": without STP the kernel takes a port out of that state at once.
apply()
{
	port=$to_veth
	[[ $variant == src-* ]] && port=$from_veth
	state=${variant#*-}
	state=${state%6}
	state=${state%-warm}
	[[ $variant == *-warm* ]] && warm
	case $state in
	disabled) at host bridge link set dev "$port" state 0 ;;
	listening) joins_anew 0 && at host bridge link set dev "$port" state 1 ;;
	learning) joins_anew 0 && at host bridge link set dev "$port" state 2 ;;
	stp)
		# as after somebody enabled STP: a port that is new listens for forward_delay, 30 s
		state=listening
		joins_anew 3000 stp_state 1
		;;
	esac
}

facts()
{
	fact port "$port"
	fact state "$state"
}
