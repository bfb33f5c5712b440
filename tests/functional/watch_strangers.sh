#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# While the engine is away its addresses change hands: a container ends, somebody whom no engine knows
# takes its address, on the same bridge. watch tells the names that it can be sure of, and no other.
source "$(dirname "$0")/../lab/lab.sh"
source "$LAB_TOP/tests/lab/tap.sh"

noted()
{
	grep -q "\"text\":\"the engine $1" "$LAB_DIR/lines"
}

# send PORT COMMAND...: three datagrams to that port, by a command that ends in the address
send()
{
	"${@:2}" "$1" 50 3 >/dev/null
}

# kinds PORT: who sent what to whom, of all that was dropped for that port
kinds()
{
	jq -r --argjson port "$1" '.kinds[] | select(.port == $port) | "\(.src.name) \(.dst.name) \(.total)"' \
		"$LAB_DIR/summary" | sort | xargs
}

# A namespace of nobody's on the bridge of the network, with the address.
stray_is_there()
{
	stray=$(cat "$LAB_DIR/stray" 2>/dev/null) && [[ -n $stray ]] &&
		[[ $(lab_host readlink "/proc/$stray/ns/net") != $(lab_host readlink /proc/1/ns/net) ]]
}

stray_open()
{
	lab_host unshare --net sh -c 'echo $$ >"$1"; exec sleep 300' sh "$LAB_DIR/stray" &
	disown
	wait_for 5 stray_is_there || lab_die "no namespace"
	lab_host ip link add stray type veth peer name eth0 netns "$stray"
	lab_host ip link set stray master "$bridge" up
	lab_stray ip link set eth0 up
	lab_stray ip addr add "$1/16" dev eth0
	lab_stray ip route add default via "$gateway"
	wait_for 10 lab_stray "$LAB_BUILD/root/bin/busybox" ping -c 1 -W 1 "$db" >/dev/null || lab_die "the bridge does not take the port"
}

lab_stray()
{
	lab_host nsenter "--net=/proc/$stray/ns/net" -- "$@"
}

flood()
{
	lab_in "$1" "$LAB_BUILD/flood" "${@:2}"
}

# is_known CONTAINER: watch has its name
is_known()
{
	send 8000 flood "$1" "$db"
	grep -q "\"$1\"" "$LAB_DIR/lines"
}

engine_leaves()
{
	touch "$LAB_DIR/hold"
	lab_host sh -c 'kill -TERM "$(cat "$1")"' sh "$LAB_DIR/pid"
	wait_for 30 noted "does not answer"
}

engine_returns()
{
	rm "$LAB_DIR/hold"
	wait_for 60 noted "is back" && wait_for 30 lab_docker version >/dev/null 2>&1
}

export LAB_RESTARTS=1
LAB_CONFIG='{"live-restore": true}'
lab_open
lab_scene
lab_container old "$LAB_NETWORK" sleep 300
lab_network other
lab_container far other
lab_let_through
lab_host iptables -I FORWARD -p udp -j DROP
bridge=$(lab_bridge "$LAB_NETWORK") gateway=$(lab_gateway "$LAB_NETWORK")
db=$(lab_ip db) far=$(lab_ip far) old=$(lab_ip old)
for name in web db old far; do lab_pid $name; done >/dev/null # the engine cannot be asked later
lab_ping web "$db" >/dev/null
"$DOCKDROP" watch --json --host "$LAB_URL" >"$LAB_DIR/lines" 2>"$LAB_DIR/err" &
watcher=$!
wait_for 30 lab_is_attached $watcher
pause 10 # and has looked at every container
if engine_leaves; then ok "the engine is away"; else not_ok "the engine is away" <"$LAB_DIR/log"; fi
send 8001 flood web "$db"
lab_host kill -KILL "$(lab_pid old)"
send 8002 flood web "$old"
pause 12 # counted, before somebody has that address
stray_open "$old"
send 8003 lab_stray "$LAB_BUILD/flood" "$db"
send 8004 lab_stray "$LAB_BUILD/flood" "$far"
send 8005 flood web "$db"
send 8006 flood far "$old"
pause 12
if engine_returns; then ok "the engine is back"; else not_ok "the engine is back" <"$LAB_DIR/log"; fi
pause 12
send 8007 flood web "$db"
send 8008 lab_stray "$LAB_BUILD/flood" "$db"
lab_host ip link del stray
lab_docker run --detach --name heir --network "$LAB_NETWORK" --ip "$old" lab sleep 300 >/dev/null 2>&1 ||
	lab_container heir "$LAB_NETWORK" sleep 300
[[ $(lab_ip heir) == "$old" ]] || echo "# heir has $(lab_ip heir), old had $old"
wait_for 10 is_known heir # before that its address is nobody's
send 8009 flood heir "$db"
pause 12
kill -INT $watcher
wait $watcher
tail -n 1 "$LAB_DIR/lines" >"$LAB_DIR/summary"
same "names hold while the engine is away" "web db 3" "$(kinds 8001)"
same "of a container that ended meanwhile, too" "web old 3" "$(kinds 8002)"
same "who took its address is not called by its name" "$old $db 3" "$(kinds 8003)"
same "... nor where the packet is routed, and its port is not to be seen" "$old far 3" "$(kinds 8004)"
same "a port of a container's names it" "web $db 3" "$(kinds 8005)"
same "an address that may be either's is nobody's" "far $old 3" "$(kinds 8006)"
same "the engine is back, and so are the names" "web db 3" "$(kinds 8007)"
same "... but for whom it does not know" "$old db 3" "$(kinds 8008)"
same "the address is another container's now" "heir db 3" "$(kinds 8009)"
if ((TAP_FAILED)); then jq -c '.kinds[] | [.src.name, .dst.name, .port, .total]' "$LAB_DIR/summary" | sed 's/^/# /'; fi
tap_end
