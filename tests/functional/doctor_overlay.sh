#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# dockdrop doctor on an overlay network that is on two nodes: two labs, each an engine of its own, joined by a
# wire to one swarm.
source "$(dirname "$0")/../lab/lab.sh"
source "$LAB_TOP/tests/lab/tap.sh"
source "$LAB_TOP/tests/lab/doctor.sh"

# second_open FILE: another lab, which is told there, and lives until a line comes, or this script ends.
second_open()
{
	(
		LAB_LENT='' # one that was started beforehand is the first
		lab_open
		echo "$LAB_PID $LAB_URL $LAB_DIR" >"$1.new" && mv "$1.new" "$1"
		read -r _
	) <&"$hold" &
	disown $!
}

# second COMMAND...: a command of lab.sh, there
second() { LAB_PID=$second_pid LAB_URL=$second_url LAB_DIR=$second_dir "$@"; }

# swarmed COMMAND...: of the engine, which may want another try while the nodes get to know each other
swarmed() { wait_for 30 "$@" >/dev/null 2>"$LAB_DIR/swarm" || lab_die "$*: $(<"$LAB_DIR/swarm")"; }

has_peers() { [[ $(lab_docker network inspect mesh | jq '.[0].Peers | length') == 2 ]]; }

lab_open
doctor_open
mkfifo "$LAB_DIR/hold"
exec {hold}<>"$LAB_DIR/hold"
second_open "$LAB_DIR/second"
trap 'echo >&"$hold"; lab_close' EXIT
wait_for 40 test -e "$LAB_DIR/second" || lab_die "there is no second lab"
read -r second_pid second_url second_dir <"$LAB_DIR/second"

# a wire between the two hosts
at host ip link add wire0 type veth peer name wire1
nsenter --target "$LAB_PID" --net ip link set wire1 netns "$second_pid"
at host ip address add 192.0.2.1/24 dev wire0
at host ip link set wire0 up
second lab_host ip address add 192.0.2.2/24 dev wire1
second lab_host ip link set wire1 up

# swarm_open [OPTION]...: with web on the one node, which is all there is of it then
swarm_open()
{
	lab_docker swarm init --advertise-addr 192.0.2.1 "$@" >/dev/null 2>"$LAB_DIR/swarm" || return
	lab_docker network create --driver overlay --attachable mesh >/dev/null
	swarmed lab_docker run --detach --name web --network mesh lab serve
}

# swarm_join: the other node, with far, whose address goes to $far
swarm_join()
{
	swarmed second lab_docker swarm join --advertise-addr 192.0.2.2 \
		--token "$(lab_docker swarm join-token -q worker)" 192.0.2.1:2377
	swarmed second lab_docker run --detach --name far --network mesh lab serve
	wait_for 30 has_peers || lab_die "the nodes do not meet"
	far=$(second lab_ip far)
	wait_for 20 lab_ping web "$far" >/dev/null || not_ok "the two nodes' containers meet" </dev/null
}

if ! swarm_open; then
	skip "finds overlay-blocked (broken)" "this engine makes no swarm: $(head -n 1 "$LAB_DIR/swarm")"
	tap_end
fi
quiet "the only node of a swarm"
swarmed lab_docker run --detach --name web2 --network mesh lab serve
swarm_join
quiet "two nodes of a swarm"
quiet "a container and one on the other node" web "$far"

at host iptables -A INPUT -p udp --dport 4789 -j DROP
lab_ping web "$far" >/dev/null && not_ok "the lab is wrong" <<<"they meet in spite of the rule"
finds overlay-blocked broken
finds overlay-blocked broken web "$far"
cured overlay-blocked
wait_for 20 lab_ping web "$far" >/dev/null && ok "and they meet again" || not_ok "and they meet again" </dev/null
at host iptables -D INPUT 1
at host iptables -F INPUT
at host iptables -A INPUT -s 192.0.2.99 -p udp --dport 4789 -j DROP
quiet "a rule for another's frames"
at host iptables -F INPUT
at host iptables -A INPUT -i wire0 -p tcp --dport 7946 -j REJECT
finds overlay-blocked risk
cured overlay-blocked 1
quiet "two that are here" web web2
at host iptables -F INPUT

# ---- who is where, in the network's own namespace

sandbox=$(lab_docker inspect --format '{{.NetworkSettings.SandboxKey}}' web)
inside=$(lab_docker network inspect --format '{{.Id}}' mesh)
inside=$(dirname "$sandbox")/1-${inside:0:10}
mesh() { lab_host nsenter "--net=$inside" -- "$@"; }
mac=$(mesh ip -json neigh show "$far" | jq -r '.[0].lladdr')
dev=$(mesh ip -json neigh show "$far" | jq -r '.[0].dev')

# lost NAME: nobody gets there
lost()
{
	at web ip neigh flush all
	lab_ping web "$far" >/dev/null && not_ok "the lab is wrong" <<<"they meet in spite of $1"
}

mesh bridge fdb del "$mac" dev "$dev" dst 192.0.2.2 self
lost "a forwarding entry that is gone"
finds overlay-peer-missing broken
finds overlay-peer-missing broken web "$far"
quiet "two that are here" web web2
mesh bridge fdb add "$mac" dev "$dev" dst 192.0.2.99 self permanent
lost "a node that is not there"
finds overlay-peer-elsewhere broken
cured overlay-peer-elsewhere 0 web "$far"
wait_for 20 lab_ping web "$far" >/dev/null && ok "and they meet again" || not_ok "and they meet again" </dev/null
mesh ip neigh del "$far" dev "$dev"
lost "a neighbour entry that is gone"
finds overlay-peer-missing broken
mesh ip neigh add "$far" lladdr "$mac" dev "$dev" nud permanent
quiet "all entries there"
finds overlay-peer-missing broken web "${far%.*}.99"

# ---- services, whose own addresses nobody has

lab_docker service create --detach --name svc --network mesh --replicas 2 lab serve >/dev/null 2>&1
has_tasks() { [[ $(lab_docker network inspect --verbose mesh | jq '.[0].Services.svc.Tasks | length') == 2 ]]; }
wait_for 30 has_tasks || lab_die "the service does not come up"
quiet "a service on both nodes"
quiet "a service's own address" web "$(lab_docker network inspect --verbose mesh | jq -r '.[0].Services.svc.VIP')"

# ---- another port for the containers' frames

lab_docker service rm svc >/dev/null
second lab_docker rm -f far >/dev/null
lab_docker rm -f web web2 >/dev/null
swarmed second lab_docker swarm leave
swarmed lab_docker swarm leave --force
swarm_open --data-path-port 5789 || lab_die "no second swarm: $(<"$LAB_DIR/swarm")"
swarm_join
quiet "another port"
at host iptables -A INPUT -p udp --dport 4789 -j DROP
lab_ping web "$far" >/dev/null || not_ok "the lab is wrong" <<<"they need port 4789"
quiet "a rule for the usual port"
at host iptables -R INPUT 1 -p udp --dport 5789 -j DROP
lab_ping web "$far" >/dev/null && not_ok "the lab is wrong" <<<"they meet in spite of the rule"
finds overlay-blocked broken
same "which tells of that port" true "$(jq '.findings[0].text | contains("udp port 5789")' "$LAB_DIR/doctor")"
tap_end
