#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Two rules of one chain drop at the same time: a flood dies of one, the probes of the other. Each
# probe has to be put down to its own rule, and what was lost on the way has to be said.
source "$(dirname "$0")/../lab/lab.sh"
source "$LAB_TOP/tests/lab/tap.sh"

RATE=$((5000 / LAB_SLOW)) # datagrams a second
FLOOD_PORT=9999
TRACES=4
COUNT=50 # probes of a trace

flood_start()
{
	lab_in web "$LAB_BUILD/flood" "$db" $FLOOD_PORT $RATE $((RATE * 30)) >"$LAB_DIR/flood" &
	flood=$!
	wait_for 5 lab_host pgrep -x flood >"$LAB_DIR/flood.pid"
}

# Leaves the datagrams a second that the kernel took in $rate.
flood_stop()
{
	local sent ms
	lab_host kill "$(<"$LAB_DIR/flood.pid")"
	wait $flood
	read -r sent ms <"$LAB_DIR/flood"
	rate=$((sent * 1000 / ms))
}

# traces OPTION...: the documents of all traces, one after another.
traces()
{
	local n
	for ((n = 0; n < TRACES; n++)); do
		timeout --foreground 60 "$DOCKDROP" trace --host "$LAB_URL" --json --count $COUNT "$@" web db
	done >"$LAB_DIR/documents" 2>"$LAB_DIR/stderr"
}

# each NAME CONDITION [OPTION...]: of all documents, as one array; what they hold is told if not.
each()
{
	if jq --exit-status --slurp "${@:3}" "$2" "$LAB_DIR/documents" >/dev/null; then
		ok "$1"
		return
	fi
	{
		echo "not so: $2 ${*:3}"
		cat "$LAB_DIR/stderr"
		jq -c '{verdict, cause, loss, count: .drop.count, netfilter: .drop.netfilter}' "$LAB_DIR/documents"
		jq -c '.probes[] | {result, drop}' "$LAB_DIR/documents" | sort | uniq -c
	} | not_ok "$1"
}

ALL='map(.probes[])'
# Without BTF of its own nftables does not tell whose chain it is; the verdict names the table all the same.
tables='$table'
[[ -e /sys/kernel/btf/nf_tables || -z $(modinfo -F filename nf_tables 2>/dev/null) ]] || tables+=', null'
OWN="$ALL | length == $((TRACES * COUNT)) and all(.drop | (.table | IN($tables)) and .chain == \$chain and
	.handle == \$handle)"
# what was lost is counted, and then the verdict is not called complete
LOSS='all(.loss | .events_lost == 0 and .events_malformed == 0 and .hops_left_out == 0)'

# The handle of the rule with these words.
handle()
{
	at host nft --handle list chain "$1" "$2" "$3" 2>/dev/null |
		sed -n "/$4/s/.*# handle \([0-9]*\)\$/\1/p" | head -n 1
}

# exact NAME FAMILY TABLE CHAIN HANDLE OPTION...: all probes are put down to this rule.
exact()
{
	local name=$1 family=$2 table=$3 chain=$4 handle=$5
	shift 5
	flood_start
	traces "$@"
	flood_stop
	if ((rate >= RATE * 8 / 10)); then
		ok "$name: the flood flows"
	else
		echo "$rate a second" | not_ok "$name: the flood flows"
	fi
	each "$name: $((TRACES * COUNT)) of $((TRACES * COUNT)) probes have their own rule" "$OWN" \
		--arg table "$table" --arg chain "$chain" --argjson handle "$handle"
	each "$name: the verdicts name it" 'all(.cause.confidence == "exact" and .drop.count == $count and
		(.drop.netfilter | .family == $family and .rule.handle == $handle))' \
		--arg family "$family" --argjson handle "$handle" --argjson count $COUNT
	each "$name: nothing was lost" "$LOSS"
}

iptables_nft()
{
	at host iptables -I DOCKER-USER -p udp --dport $FLOOD_PORT -j DROP
	at host iptables -I DOCKER-USER -p icmp -j DROP
	exact "iptables-nft, ping" ip filter DOCKER-USER "$(handle ip filter DOCKER-USER icmp)"
	at host iptables -I DOCKER-USER -p udp --dport 7 -j DROP
	exact "iptables-nft, udp" ip filter DOCKER-USER "$(handle ip filter DOCKER-USER 'dport 7 ')" --udp 7
	at host iptables -F DOCKER-USER
}

nftables()
{
	at host nft add table inet shop
	at host nft add chain inet shop guard '{ type filter hook forward priority 10; }'
	at host nft add rule inet shop guard udp dport $FLOOD_PORT drop
	at host nft add rule inet shop guard udp dport 7 drop
	exact "nftables, udp" inet shop guard "$(handle inet shop guard 'dport 7 ')" --udp 7
	at host nft delete table inet shop
}

# The probes of each rule, as they were told, against the rules' own counters.
shared_between_two()
{
	local told counted
	at host nft add table inet shop
	at host nft add chain inet shop guard '{ type filter hook forward priority 10; }'
	at host nft add rule inet shop guard udp dport $FLOOD_PORT drop
	at host nft add rule inet shop guard udp dport 7 numgen inc mod 3 0 counter drop
	at host nft add rule inet shop guard udp dport 7 counter drop
	flood_start
	traces --udp 7
	flood_stop
	told=$(jq --slurp -r "$ALL"' | group_by(.drop.handle)[] | "\(.[0].drop.handle) \(length)"' \
		"$LAB_DIR/documents")
	counted=$(at host nft --handle list chain inet shop guard |
		sed -n 's/.*packets \([0-9]*\) .*handle \([0-9]*\)$/\2 \1/p')
	if [[ -n $told && $told == "$counted" ]]; then
		ok "two rules in turn: the probes of each are as many as it counted"
	else
		diff <(echo "$told") <(echo "$counted") |
			not_ok "two rules in turn: the probes of each are as many as it counted"
	fi
	each "two rules in turn: drop.count is that of the rule named" '
		all(. as $d | .drop.count == ([.probes[] | select(.drop.handle == $d.drop.netfilter.rule.handle)] |
		length))'
	each "two rules in turn: nothing was lost" "$LOSS"
	at host nft delete table inet shop
}

# Counters that the flood moves as well: the rule is the right one, or it is said that it may not be.
legacy()
{
	local name="iptables-legacy"
	if ! at host iptables-legacy -S >/dev/null 2>&1; then
		skip "$name" "this kernel has no iptables-legacy tables"
		return
	fi
	at host iptables-legacy -A FORWARD -p udp --dport $FLOOD_PORT -j DROP
	at host iptables-legacy -A FORWARD -p icmp -j DROP
	at host iptables-legacy -A FORWARD -p udp --dport 7 -j DROP
	RIGHT='all((.cause.confidence | IN("exact", "likely")) and .drop.netfilter.rule.index == $index or
		.cause.confidence == "possible" and (.drop.netfilter.rule | . == null or .ambiguous))'
	flood_start
	traces
	each "$name, ping: the right rule, or it is said that it may not be" "$RIGHT" --argjson index 2
	each "$name, ping: nothing was lost" "$LOSS"
	traces --udp 7
	each "$name, udp: the right rule, or it is said that it may not be" "$RIGHT" --argjson index 3
	flood_stop
	at host iptables-legacy -F FORWARD
}

lab_open
lab_scene
db=$(lab_ip db)
lab_ping web "$db" >/dev/null # they know each other's address
iptables_nft
nftables
shared_between_two
legacy
tap_end
