#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Ten runs give one verdict; after each, and after a signal or kill -9 in the middle, the machine
# and every namespace that the trace went through are as before.
source "$(dirname "$0")/../lab/lab.sh"
source "$LAB_TOP/tests/lab/tap.sh"
source "$LAB_TOP/tests/lab/left.sh"

# unchanged NAME
unchanged()
{
	if wait_for 10 left_nothing; then
		ok "$1"
	else
		diff "$LAB_DIR/before" "$LAB_DIR/after" | not_ok "$1"
	fi
}

verdict()
{
	jq --sort-keys '{verdict, direction, cause} + {drop: .drop | {function, reason, netns, device,
		layer, netfilter}}' "$LAB_DIR/document"
}

ten_runs()
{
	local run
	for run in 1 2 3 4 5 6 7 8 9 10; do
		within 30 "$DOCKDROP" trace --host "$LAB_URL" --json web db >"$LAB_DIR/document"
		verdict >"$LAB_DIR/verdict.$run"
		if cmp -s "$LAB_DIR/verdict.1" "$LAB_DIR/verdict.$run"; then
			ok "run $run gives the same verdict"
		else
			diff "$LAB_DIR/verdict.1" "$LAB_DIR/verdict.$run" | not_ok "run $run gives the same verdict"
		fi
		unchanged "run $run leaves nothing"
	done
}

# The moments; each is true from some point of a trace on.
started() { [[ -d /proc/$tracer ]]; }
loaded() { grep -qs ^prog_id "/proc/$tracer/fdinfo/"*; }
attached() { grep -qs ^link_id "/proc/$tracer/fdinfo/"*; }
marking() { at host nft list tables 2>/dev/null | grep -q dockdrop; }
waiting() { at web ip neigh show to "$db" | grep -qE 'INCOMPLETE|FAILED'; }

# interrupted SIGNAL MOMENT [OPTION...]: leaves the exit status in $got.
interrupted()
{
	"$DOCKDROP" trace --host "$LAB_URL" --json "${@:3}" web db >"$LAB_DIR/document" 2>/dev/null &
	tracer=$!
	if ! wait_for 10 "$2"; then
		echo "the trace never was $2" | not_ok "$1 when $2"
	fi
	kill "-$1" "$tracer"
	wait "$tracer" 2>/dev/null
	got=$?
	at web ip neigh flush dev eth0
}

# The schemes of naming rules that work here.
schemes()
{
	"$DOCKDROP" features --host "$LAB_URL" --json | jq -r '.features[] | select(.works and
		(.name | IN("expression", "trace", "nftrace"))).name'
}

killed()
{
	local scheme moment moments
	for scheme in $(schemes); do
		moments=(started loaded attached waiting)
		[[ $scheme != nftrace ]] || moments+=(marking)
		for moment in "${moments[@]}"; do
			interrupted KILL "$moment" "--rules=$scheme"
			unchanged "kill -9 when $moment, rules by $scheme, leaves nothing"
		done
	done
}

# Where iptables-legacy holds rules, their counters are watched.
killed_with_legacy()
{
	local moment
	if ! at host iptables-legacy -A FORWARD -p udp --dport 9 -j DROP 2>/dev/null; then
		skip "kill -9 with rules of iptables-legacy" "this kernel has no iptables-legacy tables"
		return
	fi
	left_state >"$LAB_DIR/before"
	for moment in started loaded attached waiting; do
		interrupted KILL "$moment"
		unchanged "kill -9 when $moment, with rules of iptables-legacy, leaves nothing"
	done
}

# An end by Ctrl-C still prints what is known by then.
signalled()
{
	local signal
	for signal in INT TERM; do
		interrupted $signal waiting
		if ((got <= 4)) && jq --exit-status '.interrupted' "$LAB_DIR/document" >/dev/null; then
			ok "$signal ends it with a document"
		else
			{ echo "exit status $got"; cat "$LAB_DIR/document"; } |
				not_ok "$signal ends it with a document"
		fi
		unchanged "$signal leaves nothing"
	done
}

lab_open
lab_scene
db=$(lab_ip db)
# Tables in every namespace, so that there is something to trace.
for place in host web db; do
	at $place iptables -A OUTPUT -p tcp --dport 9 -j ACCEPT
done
at host iptables -I DOCKER-USER -p icmp -j DROP
within 30 "$DOCKDROP" trace --host "$LAB_URL" web db >/dev/null # what it makes once
left_state >"$LAB_DIR/before"
ten_runs
# Nobody answers ARP from here on: the trace waits for it long enough to be caught.
at host iptables -D DOCKER-USER 1
at db ip address flush dev eth0
at web ip neigh flush dev eth0
at web sysctl -qw net.ipv4.neigh.eth0.mcast_solicit=$((3 * LAB_SLOW))
left_state >"$LAB_DIR/before"
killed
killed_with_legacy
signalled
tap_end
