# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="an iptables rule in a table that iptables -L does not show"
cause=nf-rule-drop
variants="raw mangle security raw-reply mangle-reply"
table=${variant%-reply}
expect=("${BY_RULE[@]}"
	'lost("icmp") and on_bridge'
	'.drop.netns == "host"'
	'.drop.netfilter | like({family: "ip", hook: $hook, table: $table, chain: $hook})'
	'.drop.netfilter | like({backend: "iptables-nft", owner: "user"})')

apply()
{
	hook=FORWARD
	[[ $table == raw ]] && hook=PREROUTING
	at host iptables -t "$table" -A "$hook" -s "$from_ip" -d "$to_ip" -j DROP
}

facts()
{
	fact table "$table"
	fact hook "$hook"
	iptables_rule host "$table" "$hook" "-s $from_ip"
}
