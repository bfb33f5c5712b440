# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="an iptables rule with extensions, which nft cannot print"
cause=nf-rule-drop
variants="conntrack comment limit statistic string u32 many invalid-reply tproxy"
expect=("${BY_RULE[@]}"
	'on_bridge and .drop.netns == "host"'
	'.drop.netfilter | like({family: "ip", hook: $hook, table: $table, chain: $chain})'
	'.drop.netfilter | like({backend: "iptables-nft", owner: "user"})')
table=filter chain=DOCKER-USER hook=FORWARD
# what these match only a packet shows
[[ $variant == conntrack || $variant == comment ]] || check=none
case $variant in
tproxy)
	table=mangle chain=PREROUTING hook=PREROUTING args=(--tcp 80)
	expect+=('lost("tcp")')
	;;
*) expect+=('lost("icmp")') ;;
esac

apply()
{
	local rule=(-I DOCKER-USER -s "$from_ip")
	case $variant in
	conntrack) at host iptables "${rule[@]}" -m conntrack --ctstate NEW -j DROP ;;
	comment) at host iptables "${rule[@]}" -m comment --comment 'no "-j ACCEPT" today' -j DROP ;;
	limit) at host iptables "${rule[@]}" -m limit --limit 1000/second --limit-burst 1000 -j DROP ;;
	statistic) at host iptables "${rule[@]}" -m statistic --mode nth --every 1 --packet 0 -j DROP ;;
	string) at host iptables "${rule[@]}" -m string --algo bm --hex-string '|08|' --from 20 --to 21 -j DROP ;;
	u32) at host iptables "${rule[@]}" -m u32 --u32 '6&0xff=1' -j DROP ;;
	many) at host iptables "${rule[@]}" -m addrtype ! --dst-type BROADCAST -m length --length 20:2000 \
		-m ttl --ttl-gt 1 -m pkttype --pkt-type unicast -m hashlimit --hashlimit-upto 1000/second \
		--hashlimit-name lab -j DROP ;;
	invalid-reply)
		# the request is not tracked, so that the answer belongs to nothing
		at host iptables -t raw -A PREROUTING -s "$to_ip" -p icmp -j CT --notrack
		at host iptables "${rule[@]}" -m conntrack --ctstate INVALID -j DROP
		;;
	tproxy) at host iptables -t mangle -A PREROUTING -p tcp --dport 80 -j TPROXY --on-port 1 ;;
	esac
}

facts()
{
	local words=DROP
	[[ $variant == tproxy ]] && words=TPROXY
	fact table "$table"
	fact chain "$chain"
	fact hook "$hook"
	iptables_rule host "$table" "$chain" "$words"
}
