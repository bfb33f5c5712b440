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

if ! lab_docker swarm init --advertise-addr 192.0.2.1 >/dev/null 2>"$LAB_DIR/swarm"; then
	skip "finds overlay-blocked (broken)" "this engine makes no swarm: $(head -n 1 "$LAB_DIR/swarm")"
	tap_end
fi
lab_docker network create --driver overlay --attachable mesh >/dev/null
swarmed lab_docker run --detach --name web --network mesh lab serve
quiet "the only node of a swarm"
swarmed lab_docker run --detach --name web2 --network mesh lab serve
swarmed second lab_docker swarm join --advertise-addr 192.0.2.2 --token "$(lab_docker swarm join-token -q worker)" 192.0.2.1:2377
swarmed second lab_docker run --detach --name far --network mesh lab serve
wait_for 30 has_peers || lab_die "the nodes do not meet"
far=$(second lab_ip far)
wait_for 20 lab_ping web "$far" >/dev/null || not_ok "the two nodes' containers meet" </dev/null
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
tap_end
