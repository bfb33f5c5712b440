# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="a route that forbids (ip route add prohibit, unreachable, blackhole)"
cause=route-forbidden
variants="src-prohibit src-unreachable src-blackhole"
variants+=" prohibit-reply unreachable-reply blackhole-reply"
variants+=" host-prohibit host-unreachable host-blackhole"
variants+=" src-prohibit6 src-unreachable6 prohibit6-reply host-prohibit6 host-blackhole6"
[[ $variant == *6* ]] && args=(-6)
type=${variant#*-}
type=${type%6}
expect=('.cause.text | contains($type)')
case $variant in
src-*) verdict=unsent ;;
*-reply) verdict=unanswered type=${variant%-reply} type=${type%6} ;;
host-blackhole*) expect+=('lost("icmp")' '.drop | like({layer: "ip", netns: "host"})') ;;
host-*) verdict=refused expect+=('lost("icmp")' '.drop | like({layer: "ip", netns: "host"})') ;;
esac

scene()
{
	if [[ $variant == host-* ]]; then
		lab_routed
	else
		lab_scene
	fi
}

apply()
{
	local place=$from
	if [[ $variant == host-* ]]; then
		place=host
	else
		# with the check, the forbidden way back would cost db the request
		at "$place" sysctl -q -w net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.eth0.rp_filter=0
	fi
	at "$place" ip route add "$type" "$to_ip"
}

facts()
{
	fact type "$type"
}
