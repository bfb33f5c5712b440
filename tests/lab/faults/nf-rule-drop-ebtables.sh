# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="an ebtables rule, on the bridge itself"
cause=nf-rule-drop
variants="forward reply user-chain prerouting legacy legacy-policy"
table=filter chain=FORWARD hook=FORWARD
case $variant in
user-chain) chain=SHOP ;;
prerouting) table=nat chain=PREROUTING hook=PREROUTING ;;
legacy*) confidence='likely possible' ;;
esac
expect=('lost("icmp")'
	'.drop | like({layer: "netfilter", netns: "host", reason: "NETFILTER_DROP"})'
	'.drop.netfilter | like({family: "bridge", hook: $hook})')
[[ $variant != legacy-policy ]] || check=nf-policy-drop
# read by the doctor where the kernel lists its hooks
[[ $variant != legacy* ]] || modprobe -qn nfnetlink_hook 2>/dev/null || check=none
[[ $variant == legacy* ]] || expect+=("${BY_RULE[@]}"
	'.drop.netfilter | like({table: $table, chain: $chain, backend: "ebtables", owner: "user"})')

missing()
{
	[[ $variant != legacy* ]] || at host ebtables-legacy -L >/dev/null 2>&1 ||
		echo "this machine has no ebtables-legacy, or its kernel no tables for it"
}

apply()
{
	if [[ $variant == legacy ]]; then
		at host ebtables-legacy -A FORWARD -p IPv4 --ip-src "$from_ip" -j DROP
		return
	fi
	if [[ $variant == legacy-policy ]]; then
		at host ebtables-legacy -N SHOP -P DROP
		at host ebtables-legacy -A SHOP -p IPv4 --ip-src "$to_ip" -j ACCEPT
		at host ebtables-legacy -A FORWARD -p IPv4 -j SHOP
		return
	fi
	if [[ $chain == SHOP ]]; then
		at host ebtables -N SHOP -P RETURN
		at host ebtables -A FORWARD -p IPv4 -j SHOP
	fi
	at host ebtables -t $table -A $chain -p IPv4 --ip-proto tcp -j ACCEPT
	at host ebtables -t $table -A $chain -p IPv4 --ip-src "$from_ip" -j DROP
}

facts()
{
	fact table $table
	fact chain $chain
	fact hook $hook
	[[ $variant == legacy* ]] || xt_rule host bridge ebtables $table $chain DROP
}
