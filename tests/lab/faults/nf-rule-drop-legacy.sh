# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="an iptables-legacy rule, beside Docker's rules in the other backend"
cause=nf-rule-drop
variants="request reply raw"
confidence=likely
expect=(
	'lost("icmp") and on_bridge'
	'.drop | like({layer: "netfilter", netns: "host", reason: "NETFILTER_DROP"})'
	'.drop.netfilter | like({family: "ip", hook: $chain, table: $table, chain: $chain})'
	'.drop.netfilter | like({backend: "iptables-legacy", policy: false, owner: "user"})'
	'.drop.netfilter.rule | like({index: $index, text: $text})')

missing()
{
	at host iptables-legacy -t raw -S >/dev/null 2>&1 || echo "this kernel has no iptables-legacy tables"
}

apply()
{
	table=filter chain=FORWARD
	[[ $variant == raw ]] && table=raw chain=PREROUTING
	at host iptables-legacy -t "$table" -A "$chain" -p tcp -j DROP
	at host iptables-legacy -t "$table" -A "$chain" -s "$from_ip" -d "$to_ip" -j DROP
}

facts()
{
	fact table "$table"
	fact chain "$chain"
	fact index 2
	fact text "-A $chain -s $from_ip/32 -d $to_ip/32 -j DROP"
}
