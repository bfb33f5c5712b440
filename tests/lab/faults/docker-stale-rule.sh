# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="a leftover of Docker's names a bridge that is gone"
cause=docker-stale-rule
variants="request reply request6 reply6"
[[ $variant == *6 ]] && args=(-6)
expect=("${BY_RULE[@]}"
	'lost("icmp") and on_bridge'
	'.drop.netns == "host"'
	'.drop.netfilter | like({family: $fam, hook: "PREROUTING", table: "raw", chain: "PREROUTING"})'
	'.drop.netfilter | like({backend: "iptables-nft", owner: "docker", purpose: "direct-access"})'
	'.cause.text | contains("br-000000000000")'
	'.advisories == []'
	'.cause.text | contains("is on \($bridge) now")'
	'.cause.remedy[0] == "\($ipt) -t raw -D PREROUTING -d \($to_ip)/\(if $fam == "ip6" then 128 else 32 end) ! -i br-000000000000 -j DROP"')

apply()
{
	warm6
	at host "$ipt" -t raw -A PREROUTING -d "$to_ip" ! -i br-000000000000 -j DROP
}

facts()
{
	iptables_rule host raw PREROUTING br-000000000000
}
