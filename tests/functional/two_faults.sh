#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Two faults at once: the one that the packet meets first is the cause, the other is listed.
source "$(dirname "$0")/../lab/lab.sh"
source "$LAB_TOP/tests/lab/tap.sh"

# What holds for each other fault: nothing of it is the main one's.
ALSO='(.also // []) | all((.id | test("^[a-z-]+$")) and (.confidence | IN("exact", "likely", "possible")) and
	(.text | length > 20 and (contains("?") | not)) and (.remedy | length > 0 and all(length > 0)) and
	has("check") and .check == null)'

# pair NAME CONDITION [OPTION...]: of the document, and one line of the text for each other fault.
pair()
{
	within 30 "$DOCKDROP" trace --host "$LAB_URL" --json "${@:3}" web db >"$LAB_DIR/document" 2>"$LAB_DIR/stderr"
	if jq --exit-status --arg web "$web" --arg db "$db" "($2) and ($ALSO)" "$LAB_DIR/document" >/dev/null; then
		ok "$1"
		return
	fi
	{
		echo "not so: $2"
		cat "$LAB_DIR/stderr"
		jq -c 'del(.probes, .drop.stack?, .tool, .engine, .request)' "$LAB_DIR/document"
		jq -c '.probes[] | {n, result, drop}' "$LAB_DIR/document"
	} | not_ok "$1"
}

# only NAME CAUSE OPTION...: one fault alone lists no other.
only()
{
	pair "$1 alone" ".cause.id == \"$2\" and (.also // []) == []" "${@:3}"
}

request_and_reply()
{
	at host iptables -I DOCKER-USER -s "$web" -p icmp -j DROP
	only "a rule" nf-rule-drop
	at db ip route add blackhole "$web"
	pair "a rule for the request, a route for the reply" '.cause.id == "nf-rule-drop" and
		.cause.confidence == "exact" and .direction == "request" and
		(.also | map(.id) == ["route-forbidden"]) and (.also[0].text | contains("db")) and
		.also[0].confidence == "likely"'
	within 30 "$DOCKDROP" trace --host "$LAB_URL" web db >"$LAB_DIR/text" 2>/dev/null
	if (($(grep -c ^also "$LAB_DIR/text") == 1)) && grep -q '^also .*blackhole' "$LAB_DIR/text"; then
		ok "one line of text tells of the other"
	else
		not_ok "one line of text tells of the other" <"$LAB_DIR/text"
	fi
	at host iptables -D DOCKER-USER 1
	only "a route of db's" route-forbidden
	at db ip route del blackhole "$web"
}

request_and_reply6()
{
	local web6 db6
	web6=$(lab_ip web 6) db6=$(lab_ip db 6)
	at host ip6tables -I FORWARD -s "$web6" -p icmpv6 --icmpv6-type echo-request -j DROP
	at db ip -6 route add blackhole "$web6"
	pair "IPv6: a rule for the request, a route for the reply" '.cause.id == "nf-rule-drop" and
		.direction == "request" and .drop.packet.protocol == "icmpv6" and
		(.also | map(.id) == ["route-forbidden"]) and (.also[0].text | contains("db"))' -6
	at db ip -6 route del blackhole "$web6"
	at host ip6tables -D FORWARD 1
	# it sends to a wrong address, and is dropped before it gets there
	at host ip6tables -t raw -I PREROUTING -s "$web6" -p icmpv6 --icmpv6-type echo-request -j DROP
	at web ip -6 neigh replace "$db6" lladdr 02:00:00:00:00:99 dev eth0 nud permanent
	pair "IPv6: a rule, and a neighbour with a wrong address" '.cause.id == "nf-rule-drop" and
		.drop.netfilter.table == "raw" and (.also | map(.id) == ["mac-mismatch"])' -6
	at web ip -6 neigh del "$db6" dev eth0
	at host ip6tables -t raw -D PREROUTING 1
}

# The request dies on the host; a rule of db's own would take the answer of the one that gets through.
rule_and_container()
{
	at host nft add table inet shop
	at host nft add chain inet shop guard '{ type filter hook forward priority 10; }'
	at host nft add rule inet shop guard icmp type echo-request numgen inc mod 2 0 drop
	at db iptables -A OUTPUT -p icmp -j DROP
	pair "a rule of the host's for every other request, one of db's own for the reply" '
		([.cause, .also[0]] | map(.id) | sort == ["container-firewall", "nf-rule-drop"]) and
		(.also | length == 1)' --count 4
	at db iptables -F OUTPUT
	at host nft delete table inet shop
}

rule_and_bridge()
{
	at host iptables -t raw -I PREROUTING -s "$web" -p icmp -j DROP
	at host bridge link set dev "$(lab_veth web)" isolated on
	at host bridge link set dev "$(lab_veth db)" isolated on
	pair "a rule before the bridge, and isolated ports" '.cause.id == "nf-rule-drop" and
		.drop.netfilter.table == "raw" and (.also | map(.id) == ["bridge-port-isolated"])'
	at host bridge link set dev "$(lab_veth web)" isolated off
	at host bridge link set dev "$(lab_veth db)" isolated off
	at host ip link set dev "$(lab_veth db)" nomaster
	pair "a rule before the bridge, and a port that is none" '.cause.id == "nf-rule-drop" and
		(.also | map(.id) == ["bridge-port-missing"])'
	at host ip link set dev "$(lab_veth db)" master "$(lab_bridge "$LAB_NETWORK")"
	at host iptables -t raw -D PREROUTING 1
}

# The packet goes to a neighbour that is not there, and a rule drops it before it finds that out.
arp_and_firewall()
{
	at host iptables -t raw -I PREROUTING -s "$web" -p icmp -j DROP
	at web ip neigh replace "$db" lladdr 02:00:00:00:00:99 dev eth0 nud permanent
	pair "a rule, and a neighbour with a wrong address" '.cause.id == "nf-rule-drop" and
		(.also | map(.id) == ["mac-mismatch"])'
	at host iptables -t raw -D PREROUTING 1
	at web ip neigh del "$db" dev eth0
	lab_ping web "$db" >/dev/null
	# db does not know web any more, and may not ask; its answer would be dropped as well
	at host nft add table bridge shop
	at host nft add chain bridge shop guard '{ type filter hook prerouting priority -250; }'
	at host nft add rule bridge shop guard arp operation request arp saddr ip "$db" drop
	at host iptables -I DOCKER-USER -s "$web" -p icmp -j DROP
	at db ip neigh flush dev eth0
	at web ip neigh replace "$db" lladdr "$(at db ip -json link show eth0 | jq -r '.[0].address')" dev eth0 nud permanent
	pair "a rule for the request, before db's question for web would be dropped" \
		'.cause.id == "nf-rule-drop" and .direction == "request" and .drop.packet.protocol == "icmp"'
	at host iptables -D DOCKER-USER 1
	pair "and that question, once the request gets through" '.cause.id == "nf-rule-drop" and
		.direction == "reply" and .drop.packet.protocol == "arp" and
		(.cause.text | contains("ARP question") and contains("db got the echo request")) and .drop.netfilter.family == "bridge"'
	at host nft delete table bridge shop
	at web ip neigh del "$db" dev eth0
}

# Two rules, each for some of the packets.
two_rules()
{
	at host nft add table inet shop
	at host nft add chain inet shop guard '{ type filter hook forward priority 10; }'
	at host nft add rule inet shop guard icmp type echo-request numgen inc mod 2 0 drop
	at host iptables -I DOCKER-USER -p icmp --icmp-type echo-reply -j DROP
	pair "a rule for every other request, one for the reply" '.cause.id == "nf-rule-drop" and
		(.also | map(.id) == ["nf-rule-drop"]) and .also[0].text != .cause.text and
		([.cause.text, .also[0].text] | map(contains("guard")) | sort == [false, true])' --count 4
	at host nft delete table inet shop
	at host iptables -D DOCKER-USER 1
}

lab_open
LAB_IPV=6
lab_scene
wait_for 10 lab_is_settled6 || lab_die "IPv6 is not ready"
LAB_IPV=4
web=$(lab_ip web) db=$(lab_ip db)
request_and_reply
request_and_reply6
rule_and_container
rule_and_bridge
arp_and_firewall
two_rules
pair "nothing is left to blame" '.verdict == "delivered" and (.also // []) == []'
tap_end
