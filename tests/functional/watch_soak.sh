#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# watch for $SOAK seconds (40), while containers start, lose packets and die, and the engine is stopped
# twice for a while: memory stays, names are right, every drop that a rule counted is accounted for.
source "$(dirname "$0")/../lab/lab.sh"
source "$LAB_TOP/tests/lab/tap.sh"
SOAK=${SOAK:-40} PORT=9999 EACH=5
MOST=300 # containers: of each its own kind of drops, and watch tells so many apart to the port

rss()
{
	awk '/RssAnon/ { print $2 }' "/proc/$watcher/status"
}

# A container of its own name that sends EACH datagrams into the rule, and is gone.
one()
{
	local name=c$1
	lab_container "$name" "$LAB_NETWORK" sleep 30 || return
	lab_in "$name" "$LAB_BUILD/flood" "$db" $PORT 1000 $EACH >/dev/null
	lab_docker rm -f "$name" >/dev/null
	made=$((made + 1))
}

noted()
{
	(($(grep -c "\"text\":\"the engine $1" "$LAB_DIR/lines") >= $2))
}

# engine_away N: for the Nth time
engine_away()
{
	lab_host sh -c 'kill -TERM "$(cat "$1")"' sh "$LAB_DIR/pid"
	if wait_for 30 noted "does not answer" "$1" && wait_for 60 noted "is back" "$1" &&
		wait_for 30 lab_docker version >/dev/null 2>&1; then
		ok "the engine went and came back, time $1"
	else
		not_ok "the engine went and came back, time $1" <"$LAB_DIR/log"
	fi
}

export LAB_RESTARTS=1
LAB_CONFIG='{"live-restore": true}'
lab_open
lab_scene
db=$(lab_ip db)
lab_ping web "$db" >/dev/null
lab_host iptables -I DOCKER-USER -p udp --dport $PORT -j DROP
"$DOCKDROP" watch --json --host "$LAB_URL" >"$LAB_DIR/lines" 2>"$LAB_DIR/err" &
watcher=$!
wait_for 30 lab_is_attached $watcher
made=0 n=0 away=0 end=$((SECONDS + SOAK)) first='' logged=$SECONDS
while ((SECONDS < end || away < 2)); do
	one $((++n))
	while ((SECONDS < end - SOAK + n * SOAK / MOST)); do pause 2; done
	if ((away < 2 && SECONDS > end - SOAK + (away + 1) * SOAK / 3)); then engine_away $((++away)); fi
	if ((SECONDS >= logged)); then
		sizes+=" $(rss)"
		logged=$((SECONDS + 10))
	fi
	if [[ -z $first ]] && ((SECONDS > end - SOAK * 3 / 4)); then first=$(rss); fi
done
last=$(rss)
resident=$(awk '/VmRSS/ { print $2 }' /proc/$watcher/status)
pause 12
counted=$(lab_host iptables -nvxL DOCKER-USER | awk '$3 == "DROP" { print $1 }')
kill -INT $watcher
wait $watcher
tail -n 1 "$LAB_DIR/lines" >"$LAB_DIR/summary"
told=$(jq --argjson p $PORT '([.kinds[] | select(.port == $p) | .total] | add) + .totals.other + .totals.missed + .totals.folded' \
	"$LAB_DIR/summary")
if ((told >= counted && made > 0)); then
	ok "$counted drops of $made containers are accounted for"
else
	{ echo "the rule counted $counted, watch $told"; jq -c .totals "$LAB_DIR/summary"; } | not_ok "every drop is accounted for"
fi
named=$(jq --argjson p $PORT '[.kinds[] | select(.port == $p and (.src.name | test("^c[0-9]+$"))) | .src.name] |
	unique | length' "$LAB_DIR/summary")
wrong=$(jq --argjson p $PORT --argjson each $EACH '[.kinds[] | select(.port == $p and .total != $each)] | length' \
	"$LAB_DIR/summary")
if ((named == made && wrong == 0)); then
	ok "each of $made has its name and its $EACH drops"
else
	{ echo "$named of $made have a name, $wrong have another count than $EACH"
	jq -c --argjson p $PORT '.kinds[] | select(.port == $p) | [.src.name, .dst.name, .total]' "$LAB_DIR/summary"
	} | not_ok "each of $made has its name and its $EACH drops"
fi
# a kind of drops takes some 3 KiB, and 512 are kept
if ((last < ${first:-0} + 2048 && resident < 16384)); then
	ok "memory stays: $first KiB, then $last KiB, and $resident KiB with libraries"
else
	echo "$first KiB, then $last KiB, and $resident KiB with libraries" | not_ok "memory stays"
fi
echo "# KiB each 10 s:$sizes"
tap_end
