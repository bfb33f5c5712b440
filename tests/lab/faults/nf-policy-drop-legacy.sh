# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="no rule of iptables-legacy accepts the packet, and the chain's policy is DROP"
cause=nf-policy-drop
variants="request reply mangle"
table=filter
[[ $variant == mangle ]] && table=mangle
expect=('lost("icmp") and on_bridge'
	'.drop | like({layer: "netfilter", netns: "host", reason: "NETFILTER_DROP"})'
	'.drop.netfilter | like({family: "ip", hook: "FORWARD", table: $table, chain: "FORWARD"})'
	'.drop.netfilter | like({backend: "iptables-legacy", rule: null, policy: true})')

missing()
{
	at host iptables-legacy -t raw -S >/dev/null 2>&1 || echo "this kernel has no iptables-legacy tables"
}

apply()
{
	at host iptables-legacy -t "$table" -A FORWARD -s "$to_ip" -j ACCEPT
	at host iptables-legacy -t "$table" -A FORWARD -p tcp -j DROP
	at host iptables-legacy -t "$table" -P FORWARD DROP
}

facts()
{
	fact confidence "$(legacy_confidence)"
	fact table "$table"
}
