# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="packets leave with a TTL, or hop limit, that is used up at the first router, or lose it to a rule; or go round in a loop"
cause=ttl-expired
variants="request reply tcp udp set loop request6 reply6 set6 loop6"
protocol=icmp verdict=refused
case $variant in
tcp) args=(--tcp 80) protocol=tcp ;;
udp) args=(--udp 7) protocol=udp ;;
*6) args=(-6) ;;
esac
# the error goes to the one who sent the reply
[[ $variant == reply* ]] && verdict=dropped
expect=('lost($protocol)'
	'.drop | like({layer: "ip", netns: $router}) and (.function | startswith("ip\(if $fam == "ip6" then "6" else "" end)_forward"))'
	'.probes | all(.result | IN("refused", "dropped"))'
	'.cause.text | contains($who)'
	'.cause.text | contains($why)'
	'.cause.remedy[0] | contains($remedy)')
remedy='_ttl=64' why="left its sender with 1"
[[ $variant == *6 ]] && remedy=hop_limit=64

scene()
{
	lab_routed
	[[ $variant != loop* ]] || lab_container other stock
}

apply()
{
	local other
	if [[ $variant == set ]]; then
		remedy='nft list ruleset' why='a rule on its way set it'
		at host iptables -t mangle -A PREROUTING -s "$from_ip" -j TTL --ttl-set 1
	elif [[ $variant == set6 ]]; then
		remedy='nft list ruleset' why='a rule on its way set it'
		# not Neighbour Discovery's, which has to be 255
		at host ip6tables -t mangle -A PREROUTING -s "$from_ip" -p icmpv6 --icmpv6-type 128 \
			-j HL --hl-set 1
	elif [[ $variant == loop* ]]; then
		# host and other each take the other for the way to db
		remedy='ip route get' why='a loop'
		other=$(lab_ip other "$ipv")
		at host iptables -t nat -I POSTROUTING -j ACCEPT
		at other sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
		at host ip route add "$to_ip" via "$other"
		at other ip "-$ipv" neigh add "$to_ip" lladdr 02:00:00:00:00:77 nud permanent dev eth0
		at other ip route add "$to_ip" via "$(lab_gateway stock)"
	elif [[ $ipv == 6 ]]; then
		at "$from" sysctl -q -w net.ipv6.conf.eth0.hop_limit=1
	else
		at "$from" sysctl -q -w net.ipv4.ip_default_ttl=1
	fi
}

facts()
{
	# 64 hops from web the loop is at the other router, whose namespace is none of theirs
	if [[ $variant == loop* ]]; then
		fact router null
		fact who "the router $(lab_ip other "$ipv")"
	else
		fact router host
		fact who "the host"
	fi
	fact protocol "$protocol"
	fact remedy "$remedy"
	fact why "$why"
}
