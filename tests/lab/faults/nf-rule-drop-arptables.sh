# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="an arptables rule inside a container drops ARP, so that the ping never leaves"
cause=container-firewall
variants="input output legacy"
verdict='dropped unsent'
chain=INPUT
[[ $variant == output ]] && chain=OUTPUT
expect=('.drop.packet.protocol == "arp"'
	'.drop | like({layer: "netfilter", netns: $place, reason: "NETFILTER_DROP"})'
	'.drop.netfilter | like({family: "arp", hook: $chain})')
if [[ $variant == legacy ]]; then
	confidence='likely possible exact' check=none # the doctor does not read it
else
	expect+=("${BY_RULE[@]}"
		'.drop.netfilter | like({table: "filter", chain: $chain, backend: "iptables-nft"})')
fi

missing()
{
	[[ $variant != legacy ]] || at host "$LAB_BUILD/root/usr/sbin/arptables-legacy" -L >/dev/null 2>&1 ||
		echo "this kernel has no arptables-legacy tables"
}

apply()
{
	local program=arptables
	place=$to
	[[ $variant == output ]] && place=$from
	[[ $variant == legacy ]] && program=$LAB_BUILD/root/usr/sbin/arptables-legacy
	at "$place" "$program" -A $chain -s 192.0.2.1 -j DROP
	at "$place" "$program" -A $chain -s "$from_ip" -j DROP
}

facts()
{
	fact chain $chain
	fact place "$place"
	[[ $variant == legacy ]] || xt_rule "$place" arp arptables filter $chain "$from_ip"
}
