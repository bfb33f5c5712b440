# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="a route, or a policy rule, that forbids (ip route add prohibit, unreachable, blackhole)"
cause=route-forbidden
variants="src-prohibit src-unreachable src-blackhole"
variants+=" prohibit-reply unreachable-reply blackhole-reply"
variants+=" host-prohibit host-unreachable host-blackhole"
variants+=" host-mark-blackhole host-mark-prohibit host-mark-unreachable host-mark-blackhole6"
variants+=" src-prohibit6 src-unreachable6 prohibit6-reply host-prohibit6 host-blackhole6"
[[ $variant == *6* ]] && args=(-6)
type=${variant#*-}
type=${type#mark-}
type=${type%6}
word=$type
[[ $variant == host-mark-* ]] && word='such as a mark' check=none confidence='exact likely'
expect=('.cause.text | contains($word)')
case $variant in
src-*) verdict=unsent ;;
*-reply) verdict=unanswered type=${variant%-reply} type=${type%6} word=$type ;;
host-blackhole* | host-mark-blackhole*) expect+=('lost("icmp")' '.drop | like({layer: "ip", netns: "host"})') ;;
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
	if [[ $variant == host-mark-* ]]; then
		at host "$ipt" -t mangle -A PREROUTING -s "$from_ip" -j MARK --set-mark 7
		at host ip "-$ipv" rule add fwmark 7 "$type"
	else
		at "$place" ip route add "$type" "$to_ip"
	fi
}

facts()
{
	fact word "$word"
}
