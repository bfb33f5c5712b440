# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="an iptables rule drops the echo reply only"
cause=nf-rule-drop
variants=reply
expect=("${BY_RULE[@]}"
	'lost("icmp") and on_bridge'
	'.drop.netfilter | like({hook: "FORWARD", chain: "DOCKER-USER", owner: "user"})')

apply()
{
	at host iptables -A DOCKER-USER -j RETURN
	at host iptables -I DOCKER-USER 1 -p icmp --icmp-type echo-request -j RETURN
	at host iptables -I DOCKER-USER 2 -p icmp --icmp-type echo-reply -j DROP
}

facts()
{
	iptables_rule host filter DOCKER-USER DROP
}
