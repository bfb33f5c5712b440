#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# watch, record and report: counts against those of the rule, causes against those of trace,
# a recording read by others; and every way to end, after which nothing is left.
source "$(dirname "$0")/../lab/lab.sh"
source "$LAB_TOP/tests/lab/tap.sh"
source "$LAB_TOP/tests/lab/observe.sh"
PORT=9999 DROPS=2000

counts()
{
	local udp
	lab_host iptables -I DOCKER-USER -p udp --dport $PORT -j DROP
	observe counts watch --json
	udp=$observer
	observe second watch --json --proto udp --max-events 3
	wait_for 10 has_lines counts 0
	lab_in web "$LAB_BUILD/flood" "$db" $PORT 1000 $DROPS >/dev/null
	pause 2
	wait $observer
	same "--max-events ends it" 0 $?
	holds "... with as many lines" <(grep -c '"type":"drop"' "$LAB_DIR/second.out") '. == 3'
	observer=$udp
	end INT
	tail -n 1 "$LAB_DIR/counts.out" >"$LAB_DIR/summary"
	same "as many drops as the rule counted" "$(counted)" "$(jq \
		--argjson port $PORT '[.kinds[] | select(.port == $port) | .total] | add' "$LAB_DIR/summary")"
	holds "a drop has names, place, rule and cause" <(grep '"type":"drop"' "$LAB_DIR/counts.out" | tail -n 1) \
		'.src.name == "web" and .dst.name == "db" and .netns == "host" and .network == "shop_default" and
		(.reason | . == null or . == "NETFILTER_DROP") and .netfilter.hook == "FORWARD" and
		.netfilter.rule.chain == "DOCKER-USER" and .cause.id == "nf-rule-drop"'
	holds "what was not shown is said to be" <(grep '"type":"drop"' "$LAB_DIR/counts.out" | jq -s .) \
		'length < $drops and ([.[].not_shown] | add) > 0' --argjson drops $DROPS
	lab_host iptables -D DOCKER-USER 1
}

# traced PORT OPTION... : the cause that trace finds, for the port
traced()
{
	within 60 "$DOCKDROP" trace --host "$LAB_URL" --json --count 2 "${@:2}" >"$LAB_DIR/trace"
	printf '%s %s\n' "$1" "$(jq -r '.cause.id' "$LAB_DIR/trace")" >>"$LAB_DIR/traced"
}

listens() { [[ -n $(lab_in "$1" ss -Hltn sport = ":$2") ]]; }

# Five faults and two more, each with a port of its own, seen by trace, watched and recorded at the same time.
faults()
{
	local veth=() live
	lab_network other
	lab_container far other
	veth=("$(lab_veth web)" "$(lab_veth db)")
	lab_host iptables -I DOCKER-USER -p tcp --dport 8001 -j DROP
	lab_host iptables -I DOCKER-USER -p tcp --dport 8002 -j REJECT
	at db iptables -I INPUT -p tcp --dport 8004 -j DROP
	observe live watch --json
	live=$observer
	observe record record -o "$LAB_DIR/file" --json
	traced 8001 web db --tcp 8001
	traced 8002 web db --tcp 8002
	traced 8003 web db --udp 8003
	traced 8004 web db --tcp 8004
	lab_ping web "$db" >/dev/null
	for port in "${veth[@]}"; do lab_host bridge link set dev "$port" isolated on; done
	traced 8005 web db --tcp 8005
	for port in "${veth[@]}"; do lab_host bridge link set dev "$port" isolated off; done
	traced 8006 web far --tcp 8006
	lab_docker exec -d db httpd -p 127.0.0.1:8007
	wait_for 5 listens db 8007
	traced 8007 web db --tcp 8007
	end INT
	same "record ends well" 0 $got
	observer=$live
	end INT
	tail -n 1 "$LAB_DIR/live.out" >"$LAB_DIR/live"
	tshark_comments
	at db iptables -D INPUT 1
	lab_host iptables -D DOCKER-USER 1
	lab_host iptables -D DOCKER-USER 1
	"$DOCKDROP" report --json "$LAB_DIR/file" >"$LAB_DIR/report"
	same "report says that there are drops" 1 $?
	while read -r port cause; do
		for view in live record.out report; do
			causes_of "$port" "$LAB_DIR/$view"
		done >"$LAB_DIR/causes"
		[[ ! -s $LAB_DIR/comments ]] || comments_of "$port" >>"$LAB_DIR/causes"
		same "trace, watch, record, report and tshark say the same of port $port" "$cause" \
			"$(sort -u "$LAB_DIR/causes" | xargs)"
	done <"$LAB_DIR/traced"
	same "causes that were traced" "$(cut -d ' ' -f 2 "$LAB_DIR/traced" | xargs)" \
		"nf-rule-drop nf-rule-reject no-listener container-firewall bridge-port-isolated docker-isolation loopback-only"
	same "the same kinds and totals, live and from the file" "$(sums "$LAB_DIR/record.out")" \
		"$(sums "$LAB_DIR/report")"
}

# causes_of PORT FILE: of what web sent there; "none" where there is nothing
causes_of()
{
	jq -r --argjson port "$1" '[.kinds[] | select(.port == $port and .src.name == "web") | .cause.id] | unique |
		if . == [] then "none" else .[] end' "$2"
}

# Port and comment of every packet of the recording.
tshark_comments()
{
	! command -v tshark >/dev/null ||
		tshark -n -r "$LAB_DIR/file" -T fields -e tcp.dstport -e udp.dstport -e frame.comment >"$LAB_DIR/comments" 2>/dev/null
}

comments_of()
{
	awk -F '\t' -v port="$1" '$1 == port || $2 == port { print $3 }' "$LAB_DIR/comments" |
		sed -n 's/^dropped: web .*: \([a-z0-9-]*\), .*(.*/\1/p'
}

sums()
{
	jq -c '[.totals.drops, .totals.noise, .totals.other,
		([.kinds[] | [.src.name, .dst.name, .port, .protocol, .cause.id, .total]] | sort)]' "$1"
}

# Programs that know nothing of dockdrop's.
readers()
{
	local name="tshark shows packets with comments"
	if ! command -v tshark >/dev/null; then
		skip "$name" "tshark is not installed"
		return
	fi
	tshark -n -r "$LAB_DIR/file" -Y 'tcp.dstport == 8001' -T fields -e frame.comment \
		>"$LAB_DIR/comments" 2>/dev/null
	if grep -q 'web .* -> db .* on the host .*nf-rule-drop.*rule: -A DOCKER-USER -p tcp .*--dport 8001' \
		"$LAB_DIR/comments"; then
		ok "$name"
	else
		not_ok "$name" <"$LAB_DIR/comments"
	fi
	same "... and nothing but packets" "$(tshark -r "$LAB_DIR/file" 2>/dev/null | wc -l)" \
		"$(tshark -r "$LAB_DIR/file" -Y eth 2>/dev/null | wc -l)"
}

redacted()
{
	local secret='172\.|shop_default|cust|"(web|db)"' name='customer-x.'
	lab_network customer.net -o com.docker.network.bridge.name=cust-br0
	lab_docker run --detach --name "$name" --network customer.net lab serve >/dev/null
	lab_host iptables -I DOCKER-USER -i cust-br0 -p icmp -m comment --comment "ours: customer" -j DROP
	lab_host iptables -I DOCKER-USER -s "$(lab_ip web)" -p icmp -j DROP
	observe redact record -o "$LAB_DIR/redacted" --redact
	lab_ping web "$db" >/dev/null
	lab_ping "$name" "$db" >/dev/null
	lab_docker network disconnect customer.net "$name"
	pause 5
	end TERM
	lab_host iptables -D DOCKER-USER 1
	lab_host iptables -D DOCKER-USER 1
	lab_docker rm -f "$name" >/dev/null
	if grep -qaE "$secret" "$LAB_DIR/redacted"; then
		strings "$LAB_DIR/redacted" | grep -E "$secret" | not_ok "no name is left with --redact"
	else
		ok "no name is left with --redact"
	fi
	holds "... and the cause is" <("$DOCKDROP" report --json "$LAB_DIR/redacted") \
		'([.kinds[].src.name | select(startswith("container-"))] | unique | length) == 2 and any(.kinds[]; .cause.id == "nf-rule-drop" and (.src.name | test("^container-")))'
}

# Files that are not whole, or none of ours.
damaged()
{
	local size cut
	size=$(stat -c %s "$LAB_DIR/file")
	for cut in $((size - 5)) $((size / 2)) 40; do
		head -c "$cut" "$LAB_DIR/file" >"$LAB_DIR/cut"
		"$DOCKDROP" report --json "$LAB_DIR/cut" >"$LAB_DIR/cut.json" 2>"$LAB_DIR/cut.err"
		got=$?
		if ((got == 4)) && jq -e .damage "$LAB_DIR/cut.json" >/dev/null || ((cut == 40 && got == 3)); then
			ok "cut to $cut bytes of $size"
		else
			{ echo "status $got"; cat "$LAB_DIR/cut.err"; } | not_ok "cut to $cut bytes of $size"
		fi
	done
	{ head -c $((size / 2)) "$LAB_DIR/file"; head -c 64 /dev/zero; } >"$LAB_DIR/cut"
	"$DOCKDROP" report "$LAB_DIR/cut" >/dev/null 2>&1
	same "damaged in the middle" 4 $?
	"$DOCKDROP" report /bin/true >/dev/null 2>"$LAB_DIR/cut.err"
	same "not pcapng" 3 $?
	"$DOCKDROP" report "$LAB_DIR" >/dev/null 2>&1
	same "a directory" 3 $?
}

# refuses NAME PATH: record writes nothing there.
refuses()
{
	local before
	before=$(stat -Lc '%i %s %Y' "$2")
	if "$DOCKDROP" record --host "$LAB_URL" --duration 0.1 -o "$2" "${@:3}" >/dev/null 2>"$LAB_DIR/refused"; then
		echo "it ran" | not_ok "$1"
	else
		same "$1" "$before" "$(stat -Lc '%i %s %Y' "$2")"
	fi
}

files()
{
	echo precious >"$LAB_DIR/precious"
	ln -s precious "$LAB_DIR/link"
	refuses "not over a file" "$LAB_DIR/precious"
	refuses "not through a link" "$LAB_DIR/link"
	refuses "not through a link with --force" "$LAB_DIR/link" --force
	"$DOCKDROP" record --host "$LAB_URL" --duration 0.1 -o "$LAB_DIR/precious" --force >/dev/null 2>&1
	same "over a file with --force, for root alone" "600" "$(stat -c %a "$LAB_DIR/precious")"
	mkdir "$LAB_DIR/small"
	lab_in web "$LAB_BUILD/flood" "$db" $PORT 100 1000 >/dev/null & # nobody listens there
	unshare --mount sh -c "mount -t tmpfs -o size=16k none '$LAB_DIR/small' &&
		exec '$DOCKDROP' record --host '$LAB_URL' --duration 20 --all -o '$LAB_DIR/small/file'" \
		>"$LAB_DIR/full.out" 2>"$LAB_DIR/full.err"
	got=$?
	wait $!
	if ((got == 3)) && grep -q 'No space left' "$LAB_DIR/full.err" && grep -q 'drop' "$LAB_DIR/full.out"; then
		ok "a full disk ends it, with a summary"
	else
		{ echo "status $got"; cat "$LAB_DIR/full.err"; } | not_ok "a full disk ends it, with a summary"
	fi
}

caps_of()
{
	lab_is_attached $observer && echo no_new_privs
}

ends()
{
	local signal still sender
	for signal in INT TERM HUP; do
		observe ends watch
		end $signal
		if ((got == 0)) && grep -q -E 'drops? that touch(es)? a container' "$LAB_DIR/ends.out"; then
			ok "$signal ends it with a summary"
		else
			{ echo "status $got"; cat "$LAB_DIR/ends.err"; } | not_ok "$signal ends it with a summary"
		fi
	done
	observe ends watch
	same "few privileges are left, and no way back" "0000000000283000 0000000000283000 1 2" \
		"$(awk '/^Cap(Prm|Bnd)|^NoNew|^Seccomp:/ { print $2 }' /proc/$observer/status | xargs)"
	end KILL
	if wait_for 5 is_gone; then
		ok "kill -9 leaves nothing"
	else
		bpftool prog show name dd_watch_drop | not_ok "kill -9 leaves nothing"
	fi
	(trap '' HUP && exec "$DOCKDROP" watch --host "$LAB_URL") >"$LAB_DIR/nohup.out" 2>"$LAB_DIR/nohup.err" &
	observer=$!
	wait_for 20 is_observing nohup
	kill -HUP $observer
	pause 5
	still=$(caps_of)
	end INT
	same "nohup is heeded" "no_new_privs 0 1" "$still $got $(grep -c -E 'drops? that touch(es)? a container' "$LAB_DIR/nohup.out")"
	forsaken
	(while sleep 0.2; do lab_in web "$LAB_BUILD/flood" "$db" $PORT 10 1 >/dev/null; done) &
	sender=$!
	within 10 "$DOCKDROP" watch --host "$LAB_URL" --all 2>/dev/null | head -n 1 >/dev/null
	same "a closed pipe ends it" "0 0" "${PIPESTATUS[*]}"
	kill $sender
}

# Its terminal goes away, as when a connection of ssh breaks.
forsaken()
{
	local terminal option name
	for option in --top --all; do
		name="a terminal that goes away ends it, with $option"
		rm -f "$LAB_DIR/forsaken"
		TERM=xterm script -qfec "echo \$\$ >$LAB_DIR/forsaken; exec $DOCKDROP watch $option --host $LAB_URL 2>$LAB_DIR/forsaken.err" \
			/dev/null >/dev/null </dev/zero &
		terminal=$!
		wait_for 20 is_forsaken || { not_ok "$name" <"$LAB_DIR/forsaken.err"; continue; }
		kill -KILL $terminal
		wait $terminal 2>/dev/null
		if wait_for 5 is_over && wait_for 5 is_gone; then
			ok "$name"
		else
			{ cat "/proc/$observer/status" "$LAB_DIR/forsaken.err"; } | not_ok "$name"
			kill -KILL "$observer"
		fi
	done
}

is_forsaken()
{
	[[ -s $LAB_DIR/forsaken ]] && observer=$(<"$LAB_DIR/forsaken") && [[ $(caps_of 2>/dev/null) == no_new_privs ]]
}

is_over()
{
	[[ ! -d /proc/$observer ]]
}

# The table, on a terminal of script(1): keys are taken, the row is explained, the terminal is given back.
top()
{
	local status
	lab_host iptables -I DOCKER-USER -p udp --dport $PORT -j DROP
	{
		wait_for 20 grep -qs DESTINATION "$LAB_DIR/screen"
		lab_in web "$LAB_BUILD/flood" "$db" $PORT 100 50 >/dev/null
		wait_for 10 grep -qs nf-rule-drop "$LAB_DIR/screen"
		printf 'sj/db\n'
		pause 5
		printf q
		pause 10
	} | TERM=xterm within 60 script -qfec "stty rows 40 cols 150; exec $DOCKDROP watch --top --host $LAB_URL" \
		"$LAB_DIR/screen" >/dev/null
	status=${PIPESTATUS[1]}
	lab_host iptables -D DOCKER-USER 1
	# the explanation is in the pane, before the terminal is given back
	if ((status == 0)) && sed '/rmcup\|\x1b\[?1049l/q' "$LAB_DIR/screen" | grep -qa 'because .*A rule in chain DOCKER-USER' &&
		grep -qa 'that touch a container' "$LAB_DIR/screen"; then
		ok "--top shows a table and explains the row"
	else
		{ echo "status $status"; tail -c 2000 "$LAB_DIR/screen" | tr -d '\033'; } |
			not_ok "--top shows a table and explains the row"
	fi
	"$DOCKDROP" watch --top --host "$LAB_URL" </dev/null >/dev/null 2>&1
	same "--top without a terminal" 3 $?
}

# Other tests watch meanwhile: no program that nobody holds.
is_gone()
{
	local id
	for id in $(bpftool --json prog show name dd_watch_drop 2>/dev/null | jq '.. | .id? // empty'); do
		grep -qsx "prog_id:[[:space:]]*$id" /proc/[0-9]*/fdinfo/* || return 1
	done
}

# A ping that is answered is no loss, though the kernel frees the answer once more; nor is a question for a route, or
# the end of a connection.
answered()
{
	observe answered watch --json --container web
	lab_ping web "$db" >/dev/null
	lab_host ip route get "$(lab_ip web)" >/dev/null
	lab_docker exec web nc -w 1 "$db" 80 </dev/null >/dev/null
	lab_docker exec web wget -q -O /dev/null "http://$db/"
	pause 3
	end INT
	holds "a ping that is answered is no loss" <(tail -n 1 "$LAB_DIR/answered.out") '.totals.drops == 0'
}

# A segment that comes again, since its acknowledgement was dropped, is no loss; where it came is known by its route.
resent()
{
	lab_host iptables -I DOCKER-USER -p tcp --sport 80 ! --tcp-flags SYN SYN -j DROP
	observe resent watch --json --all --container db --reason TCP_OLD_SEQUENCE
	{ head -c 5000 /dev/zero; pause 5; } | lab_docker exec -i web timeout 4 nc "$db" 80 >/dev/null 2>&1
	end INT
	lab_host iptables -D DOCKER-USER 1
	if ((got == 3)); then
		skip "what came before is no loss" "this kernel has no reason TCP_OLD_SEQUENCE"
		return
	fi
	holds "what came before is no loss" <(tail -n 1 "$LAB_DIR/resent.out") \
		'.totals.drops == 0 and .kinds != [] and all(.kinds[]; .class == "noise" and .netns == "db")'
}

# Packets that wait for an address that nobody tells: what is in the way, or that nothing is known to be.
waits()
{
	local port nobody=${db%.*}.250 veth
	veth=("$(lab_veth web)" "$(lab_veth db)")
	observe waits watch --json --proto icmp
	for port in "${veth[@]}"; do lab_host bridge link set dev "$port" isolated on; done
	lab_in web ip neigh flush dev eth0
	lab_ping web "$db" >/dev/null
	lab_ping web "$nobody" >/dev/null
	wait_for 15 gave_up waits "$db"
	wait_for 15 gave_up waits "$nobody"
	end INT
	for port in "${veth[@]}"; do lab_host bridge link set dev "$port" isolated off; done
	holds "what waited for its neighbour's address" <(tail -n 1 "$LAB_DIR/waits.out") \
		'[.kinds[] | select(.src.name == "web") | [.dst.ip, .cause.id, .cause.confidence, .layer]] | sort ==
		([[$db, "bridge-port-isolated", "likely", "neigh"], [$nobody, "neigh-unresolved", "likely", "neigh"]] | sort)' \
		--arg db "$db" --arg nobody "$nobody"
}

gave_up()
{
	jq -c --arg ip "$2" 'select(.dst.ip == $ip)' "$LAB_DIR/$1.out" | grep -q .
}

filters()
{
	observe wanted watch --json --container db --cause no-listener 'tcp port 81'
	one=$observer
	observe unwanted watch --json --port 82
	lab_docker exec web nc -w 1 "$db" 81 >/dev/null 2>&1
	pause 3
	end INT
	holds "--port leaves out another port" <(tail -n 1 "$LAB_DIR/unwanted.out") \
		'.totals.drops == 0 and .totals.filtered > 0'
	observer=$one
	end INT
	holds "filters let through what fits" <(tail -n 1 "$LAB_DIR/wanted.out") \
		'.totals.drops == 1 and .kinds[0].cause.id == "no-listener"'
	"$DOCKDROP" watch --host "$LAB_URL" 'tcp prt 81' >/dev/null 2>"$LAB_DIR/bad.err"
	same "an expression that is none" 3 $?
}

lab_open
lab_scene
db=$(lab_ip db)
lab_ping web "$db" >/dev/null
counts
faults
readers
redacted
damaged
files
answered
resent
waits
filters
top
ends
tap_end
