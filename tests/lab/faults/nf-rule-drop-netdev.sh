# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="an nftables rule on a device, which no list of iptables or of the bridge shows"
cause=nf-rule-drop
variants="egress ingress inet-ingress ingress-reply container-ingress container-egress"
confidence='exact possible'
family=netdev side=INGRESS
case $variant in
inet-ingress) family=inet ;;
*egress) side=EGRESS ;;
esac
[[ $variant == container-* ]] && cause=container-firewall
# A rule on the way in runs before anything of nftables' can mark the packet for its trace: there the
# rule is named only where the kernel can be watched at work. It is never a wrong one.
expect=('lost("icmp")'
	'.drop | like({layer: "netfilter", netns: $place, device: $device, reason: "NETFILTER_DROP"})'
	'.drop.netfilter.hook == $hook'
	'.drop.netfilter | .rule == null or ((.rule | like({handle: $handle, index: $index, text: $text})) and
		.table == "shop" and .chain == "guard" and .backend == "nftables" and .family == $family)'
	'.cause.text | contains("PREROUTING") | not')
[[ $variant == egress ]] && expect+=('.drop.netfilter.rule.handle == $handle' '.cause.confidence == "exact"')

missing()
{
	at host nft add table netdev shop
	at host nft add chain netdev shop guard "{ type filter hook ${side,,} device lo priority 0; }" 2>/dev/null ||
		echo "this kernel's nftables has no hook ${side,,} on devices"
	at host nft delete table netdev shop
}

apply()
{
	case $variant in
	container-ingress) place=$to device=eth0 ;;
	container-egress) place=$from device=eth0 ;;
	egress) place=host device=$to_veth ;;
	*) place=host device=$from_veth ;;
	esac
	at "$place" nft add table $family shop
	at "$place" nft add chain $family shop guard "{ type filter hook ${side,,} device $device priority 0; }"
	at "$place" nft add rule $family shop guard meta l4proto tcp accept
	at "$place" nft add rule $family shop guard ip daddr "$to_ip" counter drop
}

facts()
{
	fact place "$place"
	fact device "$device"
	fact family $family
	fact hook $side
	nft_rule "$place" $family shop guard drop
}
