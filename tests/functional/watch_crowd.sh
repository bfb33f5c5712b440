#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# CROWD containers (200) start at once, lose packets and end at once, while watch runs: every drop is
# counted, and has its name soon. They are namespaces on a network of the engine's, behind a socket that
# tells of them as the engine would: for real ones the engine takes minutes.
source "$(dirname "$0")/../lab/lab.sh"
source "$LAB_TOP/tests/lab/tap.sh"
CROWD=${CROWD:-200} PORT=9999 EARLY=$((CROWD / 4))
RATE=20 EACH=$((60 * LAB_SLOW)) # datagrams a second, and in all, of each container

# flood PID...: all at the same time; in the background
flood()
{
	(
		export -f flood_all && export LAB_BUILD PORT RATE EACH
		lab_host bash -c 'flood_all "$@"' crowd "$db" "$@"
	) &
}

# In the lab's namespaces: a process each, with a device on the bridge. Prints their numbers.
crowd_make()
{
	local n pid pids=()
	for ((n = 1; n <= CROWD; n++)); do
		unshare --net sleep 600 >/dev/null &
		pids+=($!)
	done
	for ((n = 1; n <= CROWD; n++)); do
		pid=${pids[n - 1]}
		until [[ $(readlink "/proc/$pid/exe") == */sleep ]]; do sleep 0.01; done
		echo "link add crowd$n master $1 up type veth peer name eth0 netns $pid"
	done | ip -batch -
	for ((n = 1; n <= CROWD; n++)); do
		# as the engine does it, or there is a storm of multicast
		nsenter "--net=/proc/${pids[n - 1]}/ns/net" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6; exec ip -batch -' <<-END
			address add $(address "$n")/16 dev eth0
			link set eth0 up
			neighbour add $2 lladdr $3 dev eth0
		END
		echo "${pids[n - 1]}"
	done
}

# flood_all ADDRESS PID...; in the lab's namespaces
flood_all()
{
	local pid
	for pid in "${@:2}"; do
		nsenter "--net=/proc/$pid/ns/net" "$LAB_BUILD/flood" "$1" $PORT $RATE $EACH >/dev/null &
	done
	wait
}

address()
{
	echo "172.28.$((1 + $1 / 200)).$((1 + $1 % 200))"
}

id()
{
	printf 'c0ffee%058d' "$1"
}

# inspected N: what the engine says of it
inspected()
{
	local body
	body=$(jq -cn --arg id "$(id "$1")" --arg name "/crowd$1" --arg ip "$(address "$1")" \
		--arg network "$LAB_NETWORK" --arg network_id "$network_id" --argjson pid "${pids[$1 - 1]}" \
		'{Id: $id, Name: $name, State: {Running: true, Pid: $pid}, HostConfig: {NetworkMode: $network},
		NetworkSettings: {Networks: {($network): {NetworkID: $network_id, IPAddress: $ip, IPPrefixLen: 16}}}}')
	printf 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n%s' "$body"
}

# tell ACTION: of all of them
tell()
{
	local n
	for ((n = 1; n <= CROWD; n++)); do
		printf '{"Type":"container","Action":"%s","Actor":{"ID":"%s","Attributes":{"name":"crowd%d"}}}\n' \
			"$1" "$(id "$n")" "$n"
	done >&"$events"
}

# The engine as it is, but for the crowd and for what it tells.
fake_open()
{
	local fake=$LAB_DIR/fake n
	mkdir "$fake"
	mkfifo "$fake/events"
	for ((n = 1; n <= CROWD; n++)); do
		inspected "$n" >"$fake/containers_$(id "$n")_json"
	done
	exec {events}<>"$fake/events"
	printf 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n' >&"$events"
	# shellcheck disable=SC2016 # of the inner shell
	{ lab_host bash -c 'exec -a dockerd "$@"' dockerd "$LAB_BUILD/fakeengine" "$fake/sock" "$fake" "$LAB_DIR/sock"; } \
		2>/dev/null {events}>&- &
	wait_for 5 test -S "$fake/sock" || lab_die "the engine of the crowd does not listen"
	LAB_URL=unix://$fake/sock
}

cpu_ms()
{
	awk -v hz="$(getconf CLK_TCK)" '{ print int(($14 + $15) * 1000 / hz) }' "/proc/$watcher/stat"
}

# How many of the crowd have their name in what was shown.
named()
{
	grep -o '"name":"crowd[0-9]*"' "$LAB_DIR/lines" | sort -u | wc -l
}

are_named()
{
	(($(named) == $1))
}

# When the last one was named, in seconds from when it was told of.
since_told()
{
	grep '"type":"drop".*"name":"crowd' "$LAB_DIR/lines" | jq -r --slurp --argjson told "$told" \
		'def ms: (.[:19] + "Z" | fromdateiso8601) * 1000 + (.[20:23] | tonumber);
		group_by(.src.name) | map(.[0].time | ms) | (max - $told) / 1000'
}

counted()
{
	lab_host iptables -nvxL DOCKER-USER | awk '$3 == "DROP" { print $1 }'
}

lab_open
lab_network "$LAB_NETWORK" --subnet 172.28.0.0/16
lab_container db "$LAB_NETWORK"
db=$(lab_ip db)
network_id=$(lab_docker network inspect --format '{{.Id}}' "$LAB_NETWORK")
mac=$(lab_in db ip -json link show eth0 | jq -r '.[0].address')
lab_host iptables -I DOCKER-USER -p udp --dport $PORT -j DROP
readarray -t pids < <(
	export -f crowd_make address && export CROWD
	lab_host bash -c 'crowd_make "$@"' crowd "$(lab_bridge "$LAB_NETWORK")" "$db" "$mac"
)
lab_ping db 172.28.0.1 >/dev/null # the bridge knows its port
same "the crowd is there" "$CROWD" "${#pids[@]}"
fake_open
"$DOCKDROP" watch --json --host "$LAB_URL" >"$LAB_DIR/lines" 2>"$LAB_DIR/err" &
watcher=$!
wait_for 30 lab_is_attached $watcher
pause 5
before=$(cpu_ms)
told=$(date +%s%3N)
tell start
flood "${pids[@]: -EARLY}" # they were told of last
flooding=$!
if wait_for 20 are_named "$EARLY"; then
	ok "those who lose packets at once have a name soon"
else
	{ echo "$(named) of $EARLY"; cat "$LAB_DIR/err"; } | not_ok "those who lose packets at once have a name soon"
fi
echo "# $(since_told) s after they had started, with $(($(cpu_ms) - before)) ms of CPU"
flood "${pids[@]:0:CROWD-EARLY}"
wait $flooding $!
lab_host kill "${pids[@]}"
tell die
pause 15
rss=$(awk '/VmRSS/ { print $2 }' /proc/$watcher/status)
echo "# $(($(cpu_ms) - before)) ms when all had ended, and $rss KiB"
same "less than 16 MiB are in use" 1 "$((rss < 16384))"
kill -INT $watcher
wait $watcher
tail -n 1 "$LAB_DIR/lines" | jq -c --argjson port $PORT '.kinds |= map(select(.port == $port))' >"$LAB_DIR/summary"
same "every drop is counted, and in a kind" "$((CROWD * EACH)) $(counted)" \
	"$(jq -r '[.kinds[].total] | add | "\(.) \(.)"' "$LAB_DIR/summary")"
holds "each of them lost what it sent, and has its name from the first time on" "$LAB_DIR/summary" \
	'.kinds | group_by(.src.ip) | length == $n and all(
		(map(.total) | add) == $each and (map(select(.src.is != "container") | .last_ns) | max // 0) <=
		(map(select(.src.name | startswith("crowd")) | .first_ns) | min))' --argjson n "$CROWD" --argjson each "$EACH"
holds "... and who came later has no other" "$LAB_DIR/summary" \
	'[.kinds[] | select(.src.is != "container")] | length <= $early' --argjson early "$EARLY"
echo "# $(jq '[.kinds[] | select(.src.is != "container") | .total] | add // 0' "$LAB_DIR/summary") drops came before the name"
tap_end
