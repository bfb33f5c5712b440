#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# watch: the names of containers that come and go, are restarted or renamed, or talk to themselves.
source "$(dirname "$0")/../lab/lab.sh"
source "$LAB_TOP/tests/lab/tap.sh"
source "$LAB_TOP/tests/lab/observe.sh"
PORT=9999

# Names of those that come and go while it watches.
names()
{
	lab_host iptables -I DOCKER-USER -p udp --dport $PORT -j DROP
	observe names watch --json
	lab_container late "$LAB_NETWORK" sleep 60
	wait_for 10 is_known late names
	lab_in late "$LAB_BUILD/flood" "$db" $PORT 10 3 >/dev/null
	lab_in db "$LAB_BUILD/flood" "$(lab_ip late)" $PORT 10 2 >/dev/null
	lab_docker rm -f late >/dev/null
	pause 3
	end INT
	lab_host iptables -D DOCKER-USER 1
	tail -n 1 "$LAB_DIR/names.out" >"$LAB_DIR/summary"
	holds "a container that came later, and one that is gone, have their names" "$LAB_DIR/summary" \
		'any(.kinds[]; .src.name == "late" and .port == $port and .dst.name == "db" and .total == 3) and
		any(.kinds[]; .src.name == "db" and .dst.name == "late" and .total == 2)' --argjson port $PORT
}

# A container that talks to itself, by loopback or by its own address.
alone()
{
	observe alone watch --json --container web
	lab_docker exec web nc -w 1 127.0.0.1 98 >/dev/null 2>&1
	lab_docker exec web nc -w 1 "$(lab_ip web)" 99 >/dev/null 2>&1
	pause 3
	end INT
	holds "a container talks to itself" <(tail -n 1 "$LAB_DIR/alone.out") \
		'[.kinds[] | {port, src: .src.name, dst: .dst.name, cause: .cause.id}] | sort ==
		[{port: 98, src: "web", dst: "web", cause: "no-listener"}, {port: 99, src: "web", dst: "web", cause: "no-listener"}]'
}

# The same container after a restart, under a new name, and one that nobody has.
renamed()
{
	local port
	lab_container first "$LAB_NETWORK"
	observe renamed watch --json --container nobody
	grep -q "no container runs by the name or ID 'nobody'" "$LAB_DIR/renamed.out" && ok "a name that nobody has" ||
		not_ok "a name that nobody has" <"$LAB_DIR/renamed.out"
	end INT
	observe renamed watch --json
	wait_for 10 is_known first renamed
	for port in 91 91 92; do
		lab_docker exec first nc -w 1 "$db" $port >/dev/null 2>&1
		pause 5 # until it is counted
		if ((port == 91)); then lab_docker restart -t 0 first; else lab_docker rename first second; fi >/dev/null
		pause 10
	done
	wait_for 10 is_known second renamed
	lab_docker exec second nc -w 1 "$db" 92 >/dev/null 2>&1
	pause 3
	end INT
	lab_docker rm -f second >/dev/null
	holds "a restart makes no other container, a new name is told" <(tail -n 1 "$LAB_DIR/renamed.out") \
		'[.kinds[] | select(.port == 91 or .port == 92) | [.src.name, .port, .total]] | sort ==
		[["first", 91, 2], ["first", 92, 1], ["second", 92, 1]]'
}

# One that sends at once and ends, again and again: the engine tells of it after its packet.
crashing()
{
	lab_host iptables -I DOCKER-USER -p udp --dport 93 -j DROP
	observe crashing watch --json --port 93
	lab_docker run -d --name loop --network "$LAB_NETWORK" --restart always lab udpecho 93 "$db" >/dev/null
	wait_for 20 has_lines crashing 3
	lab_docker rm -f loop >/dev/null
	pause 10
	end INT
	same "each packet of one that crashes and starts again is its own" "loop $(counted | head -n 1)" \
		"$(tail -n 1 "$LAB_DIR/crashing.out" | jq -r '.kinds[] | "\(.src.name) \(.total)"' | xargs)"
	lab_host iptables -D DOCKER-USER 1
}

lab_open
lab_scene
db=$(lab_ip db)
lab_ping web "$db" >/dev/null
names
alone
renamed
crashing
tap_end
