# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="an iptables-legacy rule, beside Docker's rules in the other backend"
cause=nf-rule-drop
variants="request reply raw mangle mangle-reply user-chain goto request6"
[[ $variant == *6 ]] && args=(-6)
table=filter chain=FORWARD hook=FORWARD
case $variant in
raw) table=raw chain=PREROUTING hook=PREROUTING ;;
mangle*) table=mangle ;;
user-chain | goto) chain=SHOP ;;
esac
expect=(
	'lost("icmp") and on_bridge'
	'.drop | like({layer: "netfilter", netns: "host", reason: "NETFILTER_DROP"})'
	'.drop.netfilter | like({family: $fam, hook: $hook, table: $table, chain: $chain})'
	'.drop.netfilter | like({backend: "iptables-legacy", policy: false, owner: "user"})'
	'.drop.netfilter.rule | like({index: $index, text: $text, handle: null})')

missing()
{
	at host "$ipt-legacy" -t raw -S >/dev/null 2>&1 || echo "this kernel has no $ipt-legacy tables"
}

apply()
{
	if [[ $chain == SHOP ]]; then
		at host iptables-legacy -N SHOP
		at host iptables-legacy -A FORWARD -p icmp "$([[ $variant == goto ]] && echo -g || echo -j)" SHOP
	fi
	at host "$ipt-legacy" -t "$table" -A "$chain" -p tcp -j DROP
	at host "$ipt-legacy" -t "$table" -A "$chain" -s "$from_ip" -d "$to_ip" -j DROP
}

facts()
{
	fact confidence "$(legacy_confidence)"
	fact table "$table"
	fact chain "$chain"
	fact hook "$hook"
	fact index 2
	bits=32
	[[ $ipv == 6 ]] && bits=128
	fact text "-A $chain -s $from_ip/$bits -d $to_ip/$bits -j DROP"
}
