# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="the two share no network, and the sender, or the host between them, has no way from one to the other"
cause=no-shared-network
variants="request host host-reply host6 host6-reply"
verdict=unsent
[[ $variant == *6* ]] && args=(-6)
expect=('.cause.remedy[0] | test("^docker network connect (stock web|shop_default db)$")')
case $variant in
request) expect+=('.drop == null') ;;
*-reply) verdict=dropped ;;
*) verdict=refused ;;
esac
[[ $variant == host* ]] && expect+=('lost("icmp")' '.drop | like({layer: "ip", netns: "host"})')

scene()
{
	lab_routed
}

apply()
{
	local out=stock
	[[ $variant == *-reply ]] && out=$LAB_NETWORK
	if [[ $variant == request ]]; then
		# as newer engines leave it in an internal network
		at web ip route del default
	else
		at host ip "-$ipv" route flush proto kernel scope "$([[ $ipv == 6 ]] && echo global || echo link)" \
			dev "$(lab_bridge "$out")"
	fi
}
