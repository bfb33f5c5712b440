# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="a rule hands the ping to a program that does not run"
cause=nfqueue-unattended
variants="iptables reply nft legacy request6 reply6"
[[ $variant == *6 ]] && args=(-6)
expect=('lost("icmp") and on_bridge'
	'.drop | like({function: "nf_queue", layer: "netfilter", netns: "host"})'
	'.drop.netfilter | like({family: $fam, hook: "FORWARD", table: $table, chain: $chain, backend: $backend})'
	'.drop.netfilter.rule | like({handle: $handle, index: $index, text: $text})'
	'.drop.netfilter.culprit | like({kind: "nfqueue", certain: true})'
	'.cause.text | contains("no program listens")')
table=filter chain=DOCKER-USER backend=iptables-nft
case $variant in
nft) table=shop chain=guard backend=nftables ;;
*6) chain=FORWARD ;;
legacy) chain=FORWARD backend=iptables-legacy confidence=likely ;;
esac
# the number is told by nftables' trace; never a wrong one
expect+=('.drop.netfilter.culprit.queue | IN(7, null)')

missing()
{
	case $variant in
	nft)
		at host nft add table ip shop
		at host nft add chain ip shop try
		at host nft add rule ip shop try queue num 7 2>/dev/null ||
			echo "this kernel's nftables has no queue statement"
		at host nft delete table ip shop
		;;
	legacy)
		at host iptables-legacy -S >/dev/null 2>&1 || echo "this kernel has no iptables-legacy tables"
		;;
	esac
}

apply()
{
	case $variant in
	nft)
		at host nft add table ip shop
		at host nft add chain ip shop guard '{ type filter hook forward priority 10; }'
		at host nft add rule ip shop guard ip saddr "$from_ip" queue num 7
		;;
	legacy) at host iptables-legacy -A FORWARD -s "$from_ip" -d "$to_ip" -j NFQUEUE --queue-num 7 ;;
	*)
		warm6
		at host "$ipt" -I "$chain" -s "$from_ip" -d "$to_ip" -p "$icmp" -j NFQUEUE --queue-num 7
		;;
	esac
}

facts()
{
	local name
	for name in table chain backend; do
		fact "$name" "${!name}"
	done
	case $variant in
	nft) nft_rule host ip shop guard queue ;;
	legacy)
		fact index 1
		fact text "-A FORWARD -s $from_ip/32 -d $to_ip/32 -j NFQUEUE --queue-num 7"
		fact handle null
		;;
	*) iptables_rule host filter "$chain" NFQUEUE ;;
	esac
}
