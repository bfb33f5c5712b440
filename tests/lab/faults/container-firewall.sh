# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="a firewall inside a container"
cause=container-firewall
variants="output input output-reply input-reply nft policy arp"
variants+=" output6 input6 output6-reply input6-reply nft6 solicit6 advert6"
[[ $variant == *6* ]] && args=(-6)
expect=('.drop.layer == "netfilter"'
	'.drop.netns == $owner_netns'
	'.drop.netfilter | like({family: $family, hook: $hook, table: $table, chain: $chain})')
family=ip table=filter chain=INPUT
[[ $variant == *6* ]] && family=ip6
hook=INPUT
case $variant in
output*) hook=OUTPUT chain=OUTPUT ;;
nft* | policy) family=inet table=shop chain=guard ;;
arp) family=arp table=shop chain=guard verdict='dropped unsent' ;;
solicit6) verdict='dropped unsent' ;;
advert6) hook=OUTPUT chain=OUTPUT verdict='dropped unsent' ;;
esac
if [[ $variant == policy ]]; then
	expect+=('lost("icmp")' '.drop.netfilter | like({rule: null, policy: true})')
else
	expect+=("${BY_RULE[@]}")
fi
case $variant in
arp) ;;
solicit6 | advert6) expect+=('.drop.packet.protocol == "nd"') ;;
*) expect+=('lost("icmp")') ;;
esac

apply()
{
	where=$to
	[[ $hook == OUTPUT ]] && where=$from
	case $variant in
	solicit6)
		at "$where" ip6tables -A INPUT -p icmpv6 --icmpv6-type neighbour-solicitation -j DROP
		return
		;;
	advert6)
		where=$to
		at "$where" ip6tables -A OUTPUT -p icmpv6 --icmpv6-type neighbour-advertisement -j DROP
		return
		;;
	esac
	if [[ $family == ip || $family == ip6 ]]; then
		warm6
		at "$where" "$ipt" -A "$chain" -p "$icmp" -s "$from_ip" -d "$to_ip" -j DROP
		return
	fi
	[[ $variant != nft6 ]] || warm
	at "$where" nft add table "$family" shop
	at "$where" nft add chain "$family" shop guard '{ type filter hook input priority 0; }'
	case $variant in
	nft*) at "$where" nft add rule inet shop guard "$fam" saddr "$from_ip" drop ;;
	policy) at "$where" nft add chain inet shop guard '{ policy drop; }' ;;
	arp) at "$where" nft add rule arp shop guard arp saddr ip "$from_ip" drop ;;
	esac
}

facts()
{
	local name
	for name in family table hook chain; do
		fact "$name" "${!name}"
	done
	fact owner_netns "$where"
	case $variant in
	policy) ;;
	nft* | arp) nft_rule "$where" "$family" shop guard drop ;;
	*) iptables_rule "$where" filter "$chain" DROP ;;
	esac
}
