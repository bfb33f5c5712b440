#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Nobody's rules change by a trace: before, during and after it every tool lists the same, in the
# host and in the containers. While it runs there may be one table of dockdrop's own, where nothing
# better than nftables' trace names the rule.
source "$(dirname "$0")/../lab/lab.sh"
source "$LAB_TOP/tests/lab/tap.sh"

PLACES="host web db"

# Which tables of the older kind there are; to ask for one would make it.
old_tables()
{
	local file
	for file in ip_tables_names ip6_tables_names arp_tables_names; do
		echo "-- $file"
		at "$1" cat "/proc/net/$file" 2>/dev/null | sort
	done
}

# Without counters, and without the lines that say when it was printed.
saved()
{
	echo "-- $2"
	at "$1" "$2" 2>/dev/null | grep -v '^#' | sed 's/ \[[0-9]*:[0-9]*\]$//'
}

# rules PLACE: dockdrop's own table is left out.
rules()
{
	echo "== $1"
	at "$1" nft --stateless --handle list ruleset 2>/dev/null | foreign
	old_tables "$1"
	for tool in iptables-nft-save ip6tables-nft-save iptables-legacy-save ip6tables-legacy-save \
		ebtables-nft-save arptables-nft-save; do
		saved "$1" $tool
	done
}

# Leaves out the tables whose names begin with dockdrop_.
foreign()
{
	awk '/^table [a-z0-9]+ dockdrop_/ { own = 1 } !own { print } /^}/ { own = 0 }'
}

all_rules()
{
	local place
	for place in $PLACES; do
		rules "$place"
	done
}

own_tables()
{
	local place
	for place in $PLACES; do
		at "$place" nft list tables 2>/dev/null | grep dockdrop_ | sed "s/^/$place: /"
	done
}

# The remains may take a moment: the kernel removes the table after its owner's end.
nothing_own()
{
	[[ -z $(own_tables) ]]
}

# as_before NAME FILE: as it was before.
as_before()
{
	if cmp -s "$LAB_DIR/before" "$2"; then
		ok "$1"
	else
		diff "$LAB_DIR/before" "$2" | not_ok "$1"
	fi
}

# shape NAME: traces with the rules as they are now, which must drop.
shape()
{
	all_rules >"$LAB_DIR/before"
	timeout --foreground 60 "$DOCKDROP" trace --host "$LAB_URL" --json "${@:2}" web db \
		>"$LAB_DIR/document" 2>"$LAB_DIR/stderr"
	if jq --exit-status '.drop.layer == "netfilter"' "$LAB_DIR/document" >/dev/null; then
		ok "$1: the rules drop"
	else
		{ cat "$LAB_DIR/stderr"; jq 'del(.probes)' "$LAB_DIR/document"; } | not_ok "$1: the rules drop"
	fi
	wait_for 5 nothing_own
	all_rules >"$LAB_DIR/after"
	as_before "$1: the rules are as before" "$LAB_DIR/after"
	if nothing_own; then
		ok "$1: no table is left"
	else
		own_tables | not_ok "$1: no table is left"
	fi
}

# Rules of every kind in every place, none of which drops anything.
furnish()
{
	local place
	for place in $PLACES; do
		at "$place" iptables -A INPUT -p tcp --dport 9 -m comment --comment "a \"b\" c" -j ACCEPT
		at "$place" nft add table inet shop
		at "$place" nft add set inet shop few '{ type ipv4_addr; elements = { 192.0.2.1, 192.0.2.2 }; }'
		at "$place" nft add chain inet shop guard '{ type filter hook forward priority 10; }'
		at "$place" nft add rule inet shop guard ip saddr @few counter drop
		at "$place" nft add rule inet shop guard limit rate 10/second counter accept
		at "$place" nft add table arp shop
		at "$place" nft add chain arp shop guard '{ type filter hook input priority 0; }'
		at "$place" ip6tables -A INPUT -p tcp --dport 9 -j ACCEPT
	done
	at host nft add table bridge shop
	at host nft add chain bridge shop guard '{ type filter hook forward priority 0; }'
	at host ebtables -A FORWARD -p IPv4 --ip-src 192.0.2.1 -j DROP
	at host iptables-legacy -A FORWARD -s 192.0.2.1 -j DROP
	at host ip6tables-legacy -A FORWARD -s 2001:db8::1 -j DROP
} 2>/dev/null

shapes()
{
	at host iptables -I DOCKER-USER -p icmp -j DROP
	shape "an iptables rule"
	at host iptables -R DOCKER-USER 1 -p icmp -j REJECT
	shape "an iptables reject"
	at host iptables -R DOCKER-USER 1 -p icmp -j NFQUEUE --queue-num 7
	shape "a queue"
	at host iptables -D DOCKER-USER 1
	at host nft insert rule inet shop guard ip daddr vmap "{ $db : drop }"
	at host nft insert rule inet shop guard ip protocol icmp drop
	shape "an nftables rule"
	shape "an nftables verdict map" --udp 7
	at host nft flush chain inet shop guard
	at host ebtables -A FORWARD -p IPv4 --ip-dst "$db" -j DROP
	shape "an ebtables rule"
	at host ebtables -D FORWARD 2
	at db iptables -A INPUT -p icmp -j DROP
	shape "a container's rule"
	at db iptables -D INPUT 2
	if at host iptables-legacy -S >/dev/null 2>&1; then
		at host iptables-legacy -A FORWARD -p icmp -j DROP
		shape "an iptables-legacy rule"
		at host iptables-legacy -D FORWARD -p icmp -j DROP
	else
		skip "an iptables-legacy rule" "this kernel has no iptables-legacy tables"
	fi
}

# A trace that has to wait: nobody answers, and nothing drops.
during()
{
	local n=0 attach
	at db sysctl -qw net.ipv4.icmp_echo_ignore_all=1
	all_rules >"$LAB_DIR/before"
	: >"$LAB_DIR/own"
	"$DOCKDROP" trace --host "$LAB_URL" --json --count 20 --timeout 4 web db >"$LAB_DIR/document" &
	tracer=$!
	while [[ -e /proc/$tracer/exe ]] && ((n < 100)); do # a zombie has none
		n=$((n + 1))
		all_rules >"$LAB_DIR/during.$n"
		own_tables >>"$LAB_DIR/own"
	done
	wait $tracer
	# the last may have been taken when it was over
	if ((n < 3)); then
		echo "only $n looks" | not_ok "the trace lasts long enough to be watched"
	else
		ok "the trace lasts long enough to be watched"
	fi
	for ((; n > 0; n--)); do
		cmp -s "$LAB_DIR/before" "$LAB_DIR/during.$n" || break
	done
	as_before "the rules are the same while a trace runs" "$LAB_DIR/during.$((n ? n : 1))"
	attach=$(jq -r .host.attach "$LAB_DIR/document")
	if [[ $attach == tracepoint && -s $LAB_DIR/own ]]; then
		ok "the only addition is dockdrop's own table"
	elif [[ $attach != tracepoint && ! -s $LAB_DIR/own ]]; then
		ok "with $attach there is no table of dockdrop's own"
	else
		{ echo "by $attach"; cat "$LAB_DIR/own"; } | not_ok "dockdrop's own table is there where it is needed"
	fi
	wait_for 5 nothing_own
	all_rules >"$LAB_DIR/after"
	as_before "the rules are the same after it" "$LAB_DIR/after"
}

lab_open
lab_scene
db=$(lab_ip db)
lab_ping web "$db" >/dev/null
furnish
during
at db sysctl -qw net.ipv4.icmp_echo_ignore_all=0
shapes
tap_end
