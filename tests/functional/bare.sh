#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Ends that no engine has to know: a network namespace by its path, or by a process in it. Names are not
# known then; everything else is as with an engine.
source "$(dirname "$0")/../lab/lab.sh"
source "$LAB_TOP/tests/lab/tap.sh"

# trace STATUS OPTION...: in the lab's host, where no engine is at the usual place.
trace()
{
	local status=$1
	shift
	DOCKER_HOST='' lab_host timeout $((30 * LAB_SLOW)) "$DOCKDROP" trace --json "$@" >"$LAB_DIR/document" 2>"$LAB_DIR/stderr"
	(($? == status))
}

# says NAME STATUS CONDITION OPTION...
says()
{
	local name=$1 status=$2 condition=$3
	shift 3
	if trace "$status" "$@" && jq --exit-status "$condition" "$LAB_DIR/document" >/dev/null; then
		ok "$name"
	else
		{ echo "not so: $condition"; cat "$LAB_DIR/stderr"
		jq 'del(.probes)' "$LAB_DIR/document"; } | not_ok "$name"
	fi
}

refuses()
{
	local name=$1 words=$2
	shift 2
	if trace 3 "$@" && grep -q "$words" "$LAB_DIR/stderr" && [[ ! -s $LAB_DIR/document ]]; then
		ok "$name"
	else
		cat "$LAB_DIR/stderr" "$LAB_DIR/document" | not_ok "$name"
	fi
}

# What a drop is, without the names of the two and what differs from packet to packet.
drop_of()
{
	jq --sort-keys 'del(.drop.netns) | {verdict, direction, drop, cause: .cause | del(.remedy)}' "$LAB_DIR/document" |
		sed 's/\bweb\b/SRC/g; s/\bdb\b/DST/g; s/pid:[0-9]*/SRC/g; s|/proc/[0-9]*/ns/net|DST|g'
}

lab_open
lab_scene
web=$(lab_docker inspect --format '{{.State.Pid}}' web)
db=$(lab_docker inspect --format '{{.State.Pid}}' db)
bridge=$(lab_bridge "$LAB_NETWORK")

says "a process and a path" 0 ".verdict == \"delivered\" and .engine.name == null and
	.request.bridge == \"$bridge\" and .request.network == null and
	(.request.src | .name == \"pid:$web\" and .id == null and .ip == \"$(lab_ip web)\" and .mac != null) and
	(.request.dst | .host_device == \"$(lab_veth db)\")" "pid:$web" "/proc/$db/ns/net"
says "to the host" 0 '.request.dst.name == "host"' "pid:$web" host
says "from the host" 0 '.request.src.name == "host"' host "pid:$db"
says "to an address" 0 ".request.dst.ip == \"$(lab_ip db)\"" "pid:$web" "$(lab_ip db)"
says "with the engine, beside a name" 0 '.request.network == "shop_default" and
	.request.src.id == null and .request.dst.name == "db"' --host "$LAB_URL" "pid:$web" db

lab_host iptables -I DOCKER-USER -p icmp -j DROP
trace 1 --host "$LAB_URL" web db
drop_of >"$LAB_DIR/named"
trace 1 "pid:$web" "/proc/$db/ns/net"
if [[ -s $LAB_DIR/named ]] && diff <(sed 's/"length": .*//' "$LAB_DIR/named") <(drop_of | sed 's/"length": .*//') \
	>"$LAB_DIR/diff"; then
	ok "a drop is told as with names"
else
	not_ok "a drop is told as with names" <"$LAB_DIR/diff"
fi
lab_host iptables -D DOCKER-USER 1

lab_in db iptables-nft -A INPUT -p icmp -j DROP
says "the remedy enters the namespace" 1 ".cause.id == \"container-firewall\" and
	(.cause.remedy[0] | startswith(\"nsenter --net=/proc/$db/ns/net iptables\"))" "pid:$web" "/proc/$db/ns/net"

lab_network stock
lab_container mart stock
stock=$(lab_docker inspect --format '{{.State.Pid}}' mart)
says "networks without a name are those of bridges" 1 ".cause.id == \"docker-isolation\" and
	(.cause.text | contains(\"$bridge\") and contains(\"$(lab_bridge stock)\")) and .cause.remedy == []" \
	"pid:$web" "pid:$stock"

# two namespaces on a bridge, of no engine's making, with two addresses and IPv6 alone on another
lab_host ip link add plain type bridge
lab_host ip link set plain up
for n in 1 2; do
	lab_host ip netns add "n$n"
	lab_host ip link add "v$n" type veth peer name e0 netns "n$n"
	lab_host ip link set "v$n" master plain up
	lab_host ip -n "n$n" addr add "10.77.0.$n/24" dev e0
	lab_host ip -n "n$n" addr add "fd00:77::$n/64" dev e0 nodad
	lab_host ip -n "n$n" link set e0 up
done
lab_host iptables -I DOCKER-USER -i plain -j ACCEPT
says "namespaces by name" 0 '.request.bridge == "plain" and .request.src.ip == "10.77.0.1"' \
	/run/netns/n1 /run/netns/n2
says "over IPv6" 0 '.request.src.ip == "fd00:77::1"' -6 /run/netns/n1 /run/netns/n2
says "apart from the engine's" 1 '.request.network == null and .verdict != "delivered"' \
	/run/netns/n1 "pid:$db"
lab_host ip link set v2 nomaster
says "a port that is missing" 1 '.cause.id == "bridge-port-missing" and .cause.remedy == ["ip link set v2 master plain"]' \
	/run/netns/n1 /run/netns/n2

refuses "no such process" "no such process" pid:4194305 host
refuses "no process" "pid:NUMBER" pid:web host
refuses "no namespace" "no network namespace" /etc/passwd host
refuses "nothing there" "No such file" /run/netns/none host
lab_host ip netns add empty
refuses "no address" "no address" /run/netns/empty host
tap_end
