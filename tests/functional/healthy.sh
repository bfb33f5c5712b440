#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Noise is not news: while healthy traffic runs, a minute long, a hundred traces and more expect that all is
# delivered and that nothing is to blame; some of them send nothing and follow that traffic. watch, beside
# them, has nothing to show.
source "$(dirname "$0")/../lab/lab.sh"
source "$LAB_TOP/tests/lab/tap.sh"
source "$LAB_TOP/tests/lab/traffic.sh"

ROUNDS=${ROUNDS:-20} # of five traces, at least
LEAST=${LEAST:-60}   # seconds
HEALTHY='.verdict == "delivered" and .drop == null and .cause == null and
	(.loss | .events_lost == 0 and .events_malformed == 0)'

# healthy NAME OPTION...
healthy()
{
	local to=$LAB_DIR/$1
	within 30 "$DOCKDROP" trace --host "$LAB_URL" --json "${@:2}" >"$to.json" 2>"$to.stderr" &&
		jq --exit-status "$HEALTHY" "$to.json" >/dev/null && return
	{
		echo "bad: trace ${*:2}"
		cat "$to.stderr"
		jq -c 'del(.probes, .tool, .engine, .drop.stack?)' "$to.json"
	} >>"$LAB_DIR/bad.$1"
}

# Each time something else, so that all of it is met.
round()
{
	local ways=('web db' '--tcp 80 web db' '--udp 7 web db' '-6 web db' '-6 --tcp 80 web db'
		'-6 --udp 7 web db' 'db web' 'web host' 'host db' '-6 web host')
	local n passive passive6
	healthy passive --passive --timeout $LAB_SLOW.5 web db &
	passive=$!
	healthy passive6 --passive --timeout $LAB_SLOW.5 -6 web db &
	passive6=$!
	for n in 0 1 2; do
		# shellcheck disable=SC2086 # words
		healthy active --count 1 ${ways[($1 * 3 + n) % ${#ways[@]}]}
	done
	wait $passive $passive6
}

# met WHAT CONTAINER FILE COUNTER...: one of the kernel's counters says that it happened.
met()
{
	local counter
	for counter in "${@:4}"; do
		at "$2" cat "/proc/net/$3" | counters | grep -q "^$counter [1-9]" && { ok "$1 was met"; return; }
	done
	echo "in $2 none of ${*:4} has moved" | not_ok "$1 was met"
}

# "NAME NUMBER" lines of either form: so, or a line of names and one of numbers.
counters()
{
	awk 'NF == 2 { print $1, $2; next } !n { n = split($0, names); next } { for (i = 2; i <= NF; i++) print names[i], $i; n = 0 }'
}

lab_open
LAB_IPV=6
lab_scene
wait_for 10 lab_is_settled6 || lab_die "IPv6 is not ready"
traffic_start
"$DOCKDROP" watch --host "$LAB_URL" --json >"$LAB_DIR/watched" 2>"$LAB_DIR/watch.err" &
watcher=$!
wait_for 30 lab_is_attached $watcher
at web "$LAB_BUILD/keep" "$(lab_ip db)" 80 $((LEAST * LAB_SLOW)) 2>/dev/null &
keeper=$!
begun=$SECONDS
for ((n = 0; n < ROUNDS || SECONDS < begun + LEAST; n++)); do
	round $n
done
name="$((n * 5)) traces of healthy traffic find nothing wrong"
if ! compgen -G "$LAB_DIR/bad.*" >/dev/null; then
	ok "$name"
else
	cat "$LAB_DIR"/bad.* | not_ok "$name"
fi

kill -INT $watcher
wait $watcher
tail -n 1 "$LAB_DIR/watched" >"$LAB_DIR/summary"
name="watch shows no drop of it"
if jq --exit-status '.totals.drops == 0 and .totals.noise > 0' "$LAB_DIR/summary" >/dev/null; then
	ok "$name"
else
	{ cat "$LAB_DIR/watch.err"; jq . "$LAB_DIR/summary"; } | not_ok "$name"
fi
met "a router solicitation" web snmp6 Icmp6OutRouterSolicits
met "multicast that nobody joined" db netstat OutMcastPkts
met "a duplicate acknowledgement" web netstat TCPKeepAlive
met "the last segment for a closed socket" web netstat TCPAbortOnData TCPAbortOnClose
kill $keeper 2>/dev/null
tap_end
