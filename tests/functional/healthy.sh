#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Noise is not news: while healthy traffic runs, a hundred traces expect that everything is delivered
# and that nothing is to blame; some of them send nothing and follow that traffic.
source "$(dirname "$0")/../lab/lab.sh"
source "$LAB_TOP/tests/lab/tap.sh"
source "$LAB_TOP/tests/lab/traffic.sh"

ROUNDS=${ROUNDS:-20} # of five traces
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

lab_open
LAB_IPV=6
lab_scene
wait_for 10 lab_is_settled6 || lab_die "IPv6 is not ready"
traffic_start
for ((n = 0; n < ROUNDS; n++)); do
	round $n
done
name="$((ROUNDS * 5)) traces of healthy traffic find nothing wrong"
if ! compgen -G "$LAB_DIR/bad.*" >/dev/null; then
	ok "$name"
else
	cat "$LAB_DIR"/bad.* | not_ok "$name"
fi
tap_end
