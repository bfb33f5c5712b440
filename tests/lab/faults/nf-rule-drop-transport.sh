# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="an iptables rule drops one port"
cause=nf-rule-drop
variants="tcp udp tcp-reply udp-reply"
protocol=${variant%-reply}
port=80
[[ $protocol == udp ]] && port=7
args=("--$protocol" "$port")
expect=("${BY_RULE[@]}"
	'lost($protocol) and on_bridge'
	'.request | like({protocol: $protocol, port: $port})'
	'.drop.netfilter | like({hook: "FORWARD", chain: "DOCKER-USER", owner: "user"})')

apply()
{
	local side=--dport
	[[ $direction == reply ]] && side=--sport
	at host iptables -I DOCKER-USER -p "$protocol" $side "$port" -j DROP
}

facts()
{
	fact protocol "$protocol"
	fact port "$port"
	iptables_rule host filter DOCKER-USER DROP
}
