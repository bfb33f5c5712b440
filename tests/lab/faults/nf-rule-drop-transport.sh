# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="an iptables rule drops one port"
cause=nf-rule-drop
variants="tcp udp tcp-reply udp-reply tcp6 udp6 tcp6-reply udp6-reply"
protocol=${variant%-reply}
protocol=${protocol%6}
chain=DOCKER-USER
port=80
[[ $protocol == udp ]] && port=7
args=("--$protocol" "$port")
[[ $variant == *6* ]] && args=(-6 "${args[@]}") chain=FORWARD
expect=("${BY_RULE[@]}"
	'lost($protocol) and on_bridge'
	'.request | like({protocol: $protocol, port: $port})'
	'.drop.netfilter | like({hook: "FORWARD", chain: $chain, owner: "user"})')

apply()
{
	local side=--dport
	[[ $direction == reply ]] && side=--sport
	at host "$ipt" -I "$chain" -p "$protocol" $side "$port" -j DROP
}

facts()
{
	fact protocol "$protocol"
	fact port "$port"
	fact chain "$chain"
	iptables_rule host filter "$chain" DROP
}
