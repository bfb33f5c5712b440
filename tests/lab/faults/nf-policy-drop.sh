# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="no rule accepts the packet, and the chain's policy is DROP"
cause=nf-policy-drop
variants="request reply nft nft-reply ebtables request6 reply6 nft6"
[[ $variant == *6 ]] && args=(-6)
expect=(
	'lost("icmp") and on_bridge'
	'.drop | like({layer: "netfilter", netns: "host", reason: "NETFILTER_DROP"})'
	'.drop.netfilter | like({hook: "FORWARD", rule: null, policy: true})')
if [[ $variant == nft* ]]; then
	expect+=('.drop.netfilter | like({family: "inet", table: "shop", chain: "guard", backend: "nftables"})')
elif [[ $variant == ebtables ]]; then
	expect+=('.drop.netfilter | like({family: "bridge", table: "filter", chain: "FORWARD", backend: "ebtables"})')
else
	expect+=('.drop.netfilter | like({family: $fam, table: "filter", chain: "FORWARD", backend: "iptables-nft"})')
	expect+=('.drop.netfilter.owner == null')
	# over IPv6 this engine makes no rules
	expect+=('.advisories | map({id, kind}) == if $fam == "ip6" then [] else
		[{id: "moby-28257", kind: "behaviour-change"}, {id: "moby-12294", kind: "limitation"}] end')
fi

apply()
{
	warm6
	if [[ $variant == nft* ]]; then
		at host nft add table inet shop
		at host nft add chain inet shop guard '{ type filter hook forward priority 10; policy drop; }'
		at host nft add rule inet shop guard "$fam" saddr "$to_ip" accept
		# the neighbours shall find each other
		at host nft add rule inet shop guard icmpv6 type "{ nd-neighbor-solicit, nd-neighbor-advert }" accept
	elif [[ $variant == *6 ]]; then
		at host ip6tables -P FORWARD DROP
		at host ip6tables -A FORWARD -s "$to_ip" -j ACCEPT
		at host ip6tables -A FORWARD -p icmpv6 --icmpv6-type neighbour-solicitation -j ACCEPT
		at host ip6tables -A FORWARD -p icmpv6 --icmpv6-type neighbour-advertisement -j ACCEPT
	elif [[ $variant == ebtables ]]; then
		at host ebtables -P FORWARD DROP
		at host ebtables -A FORWARD -p ARP -j ACCEPT
		at host ebtables -A FORWARD -p IPv4 --ip-src "$to_ip" -j ACCEPT
	else
		at host iptables -P FORWARD DROP
		# what accepts is here or in a chain of Docker's, as old as the engine is
		at host iptables -F FORWARD
		at host iptables -A FORWARD -s "$to_ip" -j ACCEPT
	fi
}
