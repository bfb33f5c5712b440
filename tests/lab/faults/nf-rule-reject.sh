# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="a rule rejects: the sender is told so"
cause=nf-rule-reject
variants="icmp tcp nft legacy legacy-tcp legacy-log jump order icmp6 tcp6 nft6"
chain=DOCKER-USER
[[ $variant == *6 ]] && args=(-6) chain=FORWARD
verdict=refused
expect=("${BY_RULE[@]}"
	'on_bridge and .drop.netns == "host"'
	'.drop.netfilter | like({hook: "FORWARD", owner: "user"})')
case $variant in
icmp*)
	expect+=('lost("icmp")' '.drop.netfilter.backend == "iptables-nft"')
	apply() { warm6 && at host "$ipt" -I "$chain" -s "$from_ip" -p "$icmp" -j REJECT; }
	facts() { iptables_rule host filter "$chain" REJECT; }
	;;
tcp*)
	args+=(--tcp 80)
	expect+=('lost("tcp")' '.drop.netfilter.backend == "iptables-nft"')
	apply() { at host "$ipt" -I "$chain" -p tcp --dport 80 -j REJECT --reject-with tcp-reset; }
	facts() { iptables_rule host filter "$chain" REJECT; }
	;;
jump)
	expect+=('lost("icmp")' '.drop.netfilter | like({backend: "iptables-nft", chain: "SHOP"})')
	apply()
	{
		at host iptables -N SHOP
		at host iptables -A SHOP -s "$from_ip" -j REJECT --reject-with icmp-host-prohibited
		at host iptables -I DOCKER-USER -j SHOP
	}
	facts() { iptables_rule host filter SHOP REJECT; }
	;;
order)
	# what 28.0.0 did to hosts that end FORWARD so; this engine is not to blame
	expect+=('lost("icmp")' '.drop.netfilter | like({backend: "iptables-nft", chain: "FORWARD"})'
		'.advisories == []')
	apply() { at host iptables -I FORWARD -j REJECT --reject-with icmp-host-prohibited; }
	facts() { iptables_rule host filter FORWARD REJECT; }
	;;
legacy*)
	how=icmp-port-unreachable protocol=icmp
	if [[ $variant == legacy-tcp ]]; then
		how=tcp-reset protocol=tcp args=(--tcp 80)
	fi
	expect+=('lost($protocol)' '.drop.netfilter | like({backend: "iptables-legacy", chain: "FORWARD"})')
	missing()
	{
		at host iptables-legacy -S >/dev/null 2>&1 || echo "this kernel has no iptables-legacy tables"
	}
	apply()
	{
		# counts as well, and does not end the packet's way
		[[ $variant != legacy-log ]] || at host iptables-legacy -A FORWARD -j NFLOG
		at host iptables-legacy -A FORWARD -p $protocol -j REJECT --reject-with $how
	}
	facts()
	{
		fact confidence "$(legacy_confidence)"
		fact protocol $protocol
		fact handle null
		fact index "$(at host iptables-legacy -S FORWARD | grep -c '^-A')"
		fact text "-A FORWARD -p $protocol -j REJECT --reject-with $how"
	}
	;;
nft*)
	expect+=('lost("icmp")' '.drop.netfilter | like({family: "inet", backend: "nftables", chain: "guard"})')
	apply()
	{
		warm6
		at host nft add table inet shop
		at host nft add chain inet shop guard '{ type filter hook forward priority 10; }'
		at host nft add rule inet shop guard "$fam" saddr "$from_ip" reject
	}
	facts() { nft_rule host inet shop guard reject; }
	;;
esac
