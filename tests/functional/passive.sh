#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# trace --passive: traffic that programs in the containers make, followed until a packet of it dies.
source "$(dirname "$0")/../lab/lab.sh"
source "$LAB_TOP/tests/lab/tap.sh"

# follow OPTION...: starts to follow; returns when it does.
follow()
{
	rm -f "$LAB_DIR/stderr"
	"$DOCKDROP" trace --host "$LAB_URL" --json -v --passive --timeout $((8 * LAB_SLOW)) "$@" web db \
		>"$LAB_DIR/document" 2>"$LAB_DIR/stderr" &
	tracer=$!
	wait_for 10 grep -qs following "$LAB_DIR/stderr" || lab_die "it does not follow: $(<"$LAB_DIR/stderr")"
}

# told NAME STATUS CONDITION: of the document that the end of it left.
told()
{
	local got
	wait $tracer
	got=$?
	if ((got == $2)) && jq --exit-status --argjson handle "${handle:-null}" \
		--arg web "$web" --arg db "$db" "$3" "$LAB_DIR/document" >/dev/null; then
		ok "$1"
		return
	fi
	{
		echo "exit status $got instead of $2, or not so: $3"
		grep -v debug "$LAB_DIR/stderr"
		jq -c 'del(.probes, .drop.stack?, .tool, .engine)' "$LAB_DIR/document"
		jq -r '.probes[]?.hops[]? | [.t_us, .direction, .netns, .device, .layer, .event, .function,
			.hook, .reason, .note] | map(tostring) | join(" ")' "$LAB_DIR/document"
	} 2>&1 | not_ok "$1"
}

# enough: what was to be seen has been; a Ctrl-C.
enough()
{
	kill -INT $tracer
}

# rule WORD...: of iptables; leaves its handle.
rule()
{
	at host iptables -I DOCKER-USER "$@"
	handle=$(at host nft --handle list chain ip filter DOCKER-USER 2>/dev/null |
		sed -n 's/^\t\t.* # handle \([0-9]*\)$/\1/p' | head -n 1)
}

no_rules()
{
	at host iptables -F DOCKER-USER
	at host iptables -A DOCKER-USER -j RETURN
	handle=''
}

ping_of() { lab_docker exec "$1" ping -c "${3:-1}" -W 1 "$2" >/dev/null; }
page() { lab_docker exec web wget -qO /dev/null "http://$db/"; }
echoed() { lab_docker exec web udpecho 7 "$db"; }

# talk: a connection from web to db, port 9000, held open by a program of each; say LINE sends on it.
talk()
{
	lab_docker exec -d db sh -c 'sleep 60 | nc -l -p 9000 >/tmp/heard'
	wait_for 5 listens 9000 || lab_die "nobody listens"
	lab_docker exec -d web sh -c "mkfifo /tmp/say; sleep 60 >/tmp/say & nc $db 9000 </tmp/say >/dev/null"
	wait_for 5 say hello || lab_die "nobody talks"
	wait_for 5 heard hello || lab_die "nobody hears"
}
listens() { [[ -n $(lab_in db ss -Hltn sport = ":$1") ]]; }
say() { lab_docker exec web timeout 5 sh -c "test -p /tmp/say && echo $1 >/tmp/say"; }
heard() { lab_docker exec db grep -q "$1" /tmp/heard; }
hang_up() { lab_docker exec web sh -c 'killall nc sleep; rm -f /tmp/say'; lab_docker exec db killall nc sleep; } 2>/dev/null

whole()
{
	follow --timeout 1
	told "nothing to follow" 4 '.verdict == "inconclusive" and .drop == null and .cause == null and
		.passive.flows == 0'
	follow
	ping_of web "$db" 2
	enough
	told "a ping, until Ctrl-C" 0 '.verdict == "delivered" and .cause == null and .interrupted and
		.passive.answered >= 1 and .passive.packets == 4'
	follow --timeout $((4 * LAB_SLOW))
	page && echoed && ping_of db "$web"
	told "three protocols, until the time is up" 0 '.verdict == "delivered" and .cause == null and
		.passive.answered == 3 and (.interrupted | not)'
}

dropped()
{
	local by_rule='.verdict == "dropped" and .cause.id == "nf-rule-drop" and
		.cause.confidence == "exact" and .drop.netfilter.rule.handle == $handle'

	rule -p icmp -j DROP
	follow
	ping_of web "$db"
	told "the request" 1 "$by_rule"' and .direction == "request" and .request.src.name == "web" and
		.drop.packet.src_ip == $web and .request.protocol == "icmp"'
	follow
	ping_of db "$web"
	told "the request of the one named last" 1 "$by_rule"' and .direction == "request" and
		.request.src.name == "db" and .drop.packet.src_ip == $db and .cause.check == "nf-rule-drop"'
	no_rules
	lab_docker exec -d db nc -l -p 4321
	wait_for 5 listens 4321 || lab_die "nobody listens"
	follow --tcp 4321
	lab_docker exec db nc -w 1 "$web" 4321
	told "a port that only the one who asks for it listens on" 1 '.cause.id == "no-listener" and
		.request.src.name == "db" and .cause.check == "no-listener"'
	lab_docker exec db killall nc
	rule -s "$db" -p icmp -j DROP
	follow
	ping_of web "$db"
	told "the reply" 1 "$by_rule"' and .direction == "reply" and .request.src.name == "web" and
		.drop.packet.src_ip == $db and (.probes[0].hops | map(.direction) | index("request"))'
	no_rules
}

several()
{
	rule -p udp --dport 7 -j DROP
	follow
	ping_of web "$db" 3 &
	page
	echoed
	wait $!
	told "the flow that dies among several" 1 '.cause.id == "nf-rule-drop" and
		.drop.netfilter.rule.handle == $handle and .request.protocol == "udp" and
		.request.port == 7 and .passive.flows >= 3 and .passive.answered >= 1'
	follow --tcp 80
	echoed
	page
	enough
	told "only what was asked for" 0 '.verdict == "delivered" and .passive.flows == 1 and
		.request.port == 80'
	no_rules
}

established()
{
	talk
	follow --tcp 9000
	say more
	wait_for 5 heard more
	rule -p tcp --dport 9000 -j DROP
	say lost
	told "a segment of an established connection" 1 '.verdict == "dropped" and
		.cause.id == "nf-rule-drop" and .direction == "request" and .request.port == 9000 and
		.drop.netfilter.rule.handle == $handle and (.cause.text | contains("segment"))'
	no_rules
	wait_for 5 heard lost
	rule -p tcp --sport 9000 -j DROP
	follow
	say again
	told "the acknowledgement of one" 1 '.cause.id == "nf-rule-drop" and .direction == "reply" and
		.request.src.name == "web" and .request.port == 9000'
	no_rules
	hang_up
}

# The receiver does not read: its window closes, and nothing is lost.
window()
{
	lab_docker exec -d db sh -c 'nc -l -p 9001 -e sleep 20'
	wait_for 5 listens 9001 || lab_die "nobody listens"
	follow
	lab_docker exec -d web sh -c "yes | nc $db 9001"
	wait_for 5 closed
	enough
	told "a closed window is no loss" 0 '.verdict == "delivered" and .cause == null and
		.passive.zero_windows > 0'
	lab_docker exec web killall yes nc 2>/dev/null
	lab_docker exec db killall sleep nc 2>/dev/null
}
closed() { lab_in web ss -Htnio dport = :9001 | grep -q persist; }

acknowledged() { [[ $(lab_in web ss -Htn dport = :9000 | awk '{ print $3 }') == 0 ]]; }

# A queue so slow that the sender does not wait for it: it sends again, and both get there.
again()
{
	local veth
	veth=$(lab_veth db)
	talk
	if at host tc qdisc add dev "$veth" root tbf rate 1kbit burst 1600 latency 60s 2>/dev/null; then
		say "$(printf '%01300d' 0)" # what it passes at once
		follow --tcp 9000
		say "$(printf '%0600d' 7)"
		wait_for 10 heard 00007
		wait_for 5 acknowledged
		enough
		told "segments that are sent again are counted" 0 '.verdict == "delivered" and
			.cause == null and .passive.retransmissions > 0'
		at host tc qdisc del dev "$veth" root
	else
		skip "segments that are sent again are counted" "this kernel has no tbf"
	fi
	hang_up
}

resets()
{
	follow
	lab_docker exec web nc -w 1 "$db" 81 2>/dev/null
	told "nobody listens" 1 '.verdict == "refused" and .cause.id == "no-listener" and
		.passive.resets == [{netns: "db", by: "no-listener", port: 81, count: 1}]'
	follow
	# it goes away before it has read the answer
	lab_in web bash -c "exec 3<>/dev/tcp/$db/80; printf 'GET / HTTP/1.0\r\n\r\n' >&3; sleep 0.3"
	enough
	told "an application that does not read its answer" 0 '.verdict == "delivered" and .cause == null and
		(.passive.resets | length == 1 and .[0].netns == "web" and .[0].by == "application" and
		.[0].port == 80)'
	rule -p tcp --dport 80 -j REJECT --reject-with tcp-reset
	follow
	page 2>/dev/null
	told "a rule that rejects" 1 '.verdict == "refused" and .cause.id == "nf-rule-reject" and
		.drop.netfilter.rule.handle == $handle and
		.passive.resets == [{netns: "host", by: "rule", port: 80, count: 1}]'
	no_rules
	follow
	lab_docker exec web udpecho 8 "$db" 2>/dev/null
	told "a datagram for nobody" 1 '.verdict == "refused" and .cause.id == "no-listener" and
		.request.port == 8'
}

# Losses that no rule makes.
elsewhere()
{
	at host bridge link set dev "$(lab_veth web)" isolated on
	at host bridge link set dev "$(lab_veth db)" isolated on
	at web ip neigh flush dev eth0
	follow
	ping_of web "$db"
	told "its question for the neighbour" 1 '.cause.id == "bridge-port-isolated" and
		.drop.packet.protocol == "arp"'
	at host bridge link set dev "$(lab_veth web)" isolated off
	at host bridge link set dev "$(lab_veth db)" isolated off
	at web ip route add blackhole "$db"
	follow
	ping_of web "$db" 2>/dev/null
	told "a route that is none" 1 '.verdict == "unsent" and .cause.id == "route-forbidden"'
	at web ip route del blackhole "$db"
	at db sysctl -qw net.ipv4.icmp_echo_ignore_all=1
	follow
	ping_of web "$db"
	told "a request that nobody answers" 1 '.verdict == "unanswered" and .cause.id == "app-silent"'
	at db sysctl -qw net.ipv4.icmp_echo_ignore_all=0
}

version6()
{
	local db6 nd='.drop.packet.protocol == "nd"'
	db6=$(lab_ip db 6)
	follow -6
	ping_of web "$db6"
	lab_docker exec web udpecho 7 "$db6"
	enough
	told "IPv6" 0 '.verdict == "delivered" and .cause == null and .passive.answered >= 2'
	at db ip6tables -I INPUT -p udp -j DROP
	follow -6
	lab_docker exec web udpecho 7 "$db6" 2>/dev/null
	told "IPv6: a datagram" 1 '.cause.id == "container-firewall" and .cause.confidence == "exact" and
		.request.protocol == "udp" and .request.port == 7'
	at db ip6tables -D INPUT 1
	at db ip6tables -I INPUT -p icmpv6 --icmpv6-type neighbour-solicitation -j DROP
	at web ip -6 neigh flush dev eth0
	follow -6
	ping_of web "$db6"
	told "IPv6: its question for the neighbour" 1 '.cause.id == "container-firewall" and '"$nd"
	at db ip6tables -D INPUT 1
}

lab_open
LAB_IPV=6
lab_scene
wait_for 10 lab_is_settled6 || lab_die "IPv6 is not ready"
web=$(lab_ip web) db=$(lab_ip db)
at web sysctl -qw net.ipv4.neigh.eth0.mcast_solicit=1 net.ipv6.neigh.eth0.mcast_solicit=1
whole
dropped
several
established
window
again
resets
elsewhere
version6
tap_end
