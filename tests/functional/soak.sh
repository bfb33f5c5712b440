#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# ROUNDS traces of a network that works, and as many of one with a fault: each tells the truth, none
# holds more memory than the first ones did, and nothing stays behind. One that follows the traffic of
# all of them holds what it held at the start.
source "$(dirname "$0")/../lab/lab.sh"
source "$LAB_TOP/tests/lab/tap.sh"
source "$LAB_TOP/tests/lab/left.sh"

ROUNDS=${ROUNDS:-10}
SETTLED=5   # the first ones tell what is usual
MARGIN=1024 # KiB; the heap's top moves by as much with the names that are read

# runs KIND STATUS CONDITION: a row of traces.
runs()
{
	local n
	for ((n = 0; n < ROUNDS; n++)); do
		within 30 "$LAB_BUILD/peak" "$LAB_DIR/peak.$1" "$DOCKDROP" trace --host "$LAB_URL" --json \
			--count 1 web db >"$LAB_DIR/document" 2>"$LAB_DIR/stderr"
		(($? == $2)) && jq --exit-status "$3" "$LAB_DIR/document" >/dev/null && continue
		{
			echo "trace $n"
			cat "$LAB_DIR/stderr"
			jq -c 'del(.probes, .tool, .engine, .drop.stack?)' "$LAB_DIR/document"
		} >>"$LAB_DIR/bad.$1"
	done
	if [[ ! -e $LAB_DIR/bad.$1 ]]; then
		ok "$ROUNDS traces, $1: each tells the truth"
	else
		head -n 50 "$LAB_DIR/bad.$1" | not_ok "$ROUNDS traces, $1: each tells the truth"
	fi
	flat "$ROUNDS traces, $1: memory is flat" <"$LAB_DIR/peak.$1"
}

# flat NAME: the numbers on standard input do not grow.
flat()
{
	local first most
	read -r first most < <(awk -v settled=$SETTLED '
		NR <= settled && $1 > first { first = $1 }
		$1 > most { most = $1 }
		END { print first, most }')
	if ((first > 0 && most <= first + MARGIN)); then
		ok "$1 ($first KiB at first, $most at most)"
	else
		echo "$first KiB at first, $most at most" | not_ok "$1"
	fi
}

held() { awk '/^VmRSS/ { print $2 }' "/proc/$follower/status"; }
descriptors() { find "/proc/$follower/fd" -mindepth 1 | wc -l; }

follow()
{
	"$DOCKDROP" trace --host "$LAB_URL" --json -v --passive db shelf >"$LAB_DIR/followed" 2>"$LAB_DIR/follower" &
	follower=$!
	wait_for 10 grep -qs following "$LAB_DIR/follower" || lab_die "it does not follow"
	lab_docker exec -d db sh -c "while :; do ping -c 1 -W 1 $shelf; wget -qO /dev/null http://$shelf/
		usleep 100000; done >/dev/null 2>&1"
	sleep 2 # until its pages are touched
	held_before=$(held) descriptors_before=$(descriptors)
}

followed()
{
	local now=$(($(held) + 0)) fds
	fds=$(descriptors)
	kill -INT $follower
	wait $follower
	if ((now <= held_before + 6 * MARGIN && fds == descriptors_before)) && # its rings fill once
		jq --exit-status '.verdict == "delivered" and .cause == null' "$LAB_DIR/followed" >/dev/null; then
		ok "one that follows: $held_before KiB at first, $now at the end, $fds descriptors"
	else
		{
			echo "$held_before KiB and $descriptors_before descriptors, then $now and $fds"
			jq -c 'del(.probes, .tool, .engine, .drop.stack?)' "$LAB_DIR/followed"
		} | not_ok "one that follows: memory and descriptors stay"
	fi
}

lab_open
lab_scene
lab_container shelf "$LAB_NETWORK"
shelf=$(lab_ip shelf)
within 30 "$DOCKDROP" trace --host "$LAB_URL" web db >/dev/null # what it makes once
left_state >"$LAB_DIR/before"
follow
runs healthy 0 '.verdict == "delivered" and .cause == null and .loss.events_lost == 0'
at host iptables -I DOCKER-USER -s "$(lab_ip web)" -p icmp -j DROP
runs faulty 1 '.cause.id == "nf-rule-drop" and .cause.confidence == "exact" and .loss.events_lost == 0'
at host iptables -D DOCKER-USER 1
followed
if wait_for 10 left_nothing; then
	ok "nothing stays behind"
else
	diff "$LAB_DIR/before" "$LAB_DIR/after" | not_ok "nothing stays behind"
fi
tap_end
