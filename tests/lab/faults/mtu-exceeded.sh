# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="the ping is longer than a device on its way takes, and may not be fragmented"
cause=mtu-exceeded
variants="request router request6 router6"
works=yes
case $variant in
request) args=(--size 2000 --df) verdict=unsent expect=('.drop == null') ;;
request6) args=(-6 --size 2000 --df) verdict=unsent expect=('.drop == null') ;;
router*)
	# once it has been told, the sender's kernel refuses the next, or of IPv6 sends fragments
	args=(--size 1400 --df) verdict=refused
	[[ $variant == router6 ]] && args=(-6 --size 1400)
	expect=('lost("icmp")' '.drop | like({layer: "ip", netns: "host"})'
		'.probes[0].result == "refused"')
	;;
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
	if [[ $variant == router* ]]; then
		at host ip link set "$(lab_bridge stock)" mtu 1280
	else
		at web ip link set eth0 mtu 1280
	fi
}
