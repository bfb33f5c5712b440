#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# dockdrop doctor, where the engine was told to leave the firewall to others, or to run no proxy: what that breaks
# is found, what it does not is no fault.
source "$(dirname "$0")/../lab/lab.sh"
source "$LAB_TOP/tests/lab/tap.sh"
source "$LAB_TOP/tests/lab/doctor.sh"

# A container that publishes port 8080, and one beside it.
publishing()
{
	lab_network "$LAB_NETWORK"
	lab_docker run -d --name web --network "$LAB_NETWORK" -p 8080:80 lab serve >/dev/null
	lab_container db "$LAB_NETWORK"
	wait_for 10 lab_serves web || lab_die "web does not serve"
	outside_open
}

# visits [CONTAINER]: whether the published port is reached, from outside or from there
visits()
{
	if (($#)); then
		ask lab_in "$1" "$(lab_gateway "$LAB_NETWORK")"
	else
		ask outside 192.0.2.1
	fi
}

# ask COMMAND... ADDRESS
ask()
{
	"${@:1:$#-1}" timeout 2 bash -c "exec 3<>/dev/tcp/${*: -1}/8080 && printf 'GET / HTTP/1.0\r\n\r\n' >&3 && cat <&3" \
		2>/dev/null | grep -q "this is the lab"
}

# reaches NAME yes|no [CONTAINER]
reaches() { same "$1" "$2" "$(visits "${@:3}" && echo yes || echo no)"; }

# away: the engine's rule for the port is gone
away()
{
	local rule
	rule=$(lab_host iptables -t nat -S DOCKER | grep -F -- "--dport 8080")
	# shellcheck disable=SC2086 # words
	at host iptables -t nat -D ${rule#-A }
}

by_default()
{
	publishing
	reaches "a published port is reached" yes
	quiet "a published port"
	away
	reaches "by the proxy, too" yes
	finds port-by-proxy note
	cured port-by-proxy
	at host iptables -t nat -A PREROUTING -p tcp --dport 8000:8090 -j DNAT --to-destination "$(lab_ip web):80"
	away
	quiet "a rule of somebody else's"
	at host iptables -t nat -F PREROUTING
	finds port-by-proxy note
	at host pkill -f "docker-proxy.*8080" # of the lab's own processes
	reaches "without rule and proxy" no
	finds port-unserved broken
	cured port-unserved
	reaches "and it is reached again" yes
}

no_rules()
{
	publishing
	reaches "a published port is reached without rules" yes
	finds engine-rules-off note
	doctor web db
	same "which is nothing to two neighbours" '[]' "$(found)"
}

no_proxy()
{
	publishing
	at host sysctl -q -w net.bridge.bridge-nf-call-iptables=1
	reaches "a published port is reached without a proxy" yes
	reaches "from its own network, too" yes db
	quiet "an engine without a proxy"
	away
	reaches "without rule and proxy" no
	finds port-unserved broken
	cured port-unserved
	at host sysctl -q -w net.bridge.bridge-nf-call-iptables=0
	reaches "an answer over the bridge is nobody's" no db
	finds hairpin-lost risk
	quiet "two whom it does not concern" web db
	at host iptables -t nat -A POSTROUTING -o "$(lab_bridge "$LAB_NETWORK")" -j MASQUERADE
	reaches "with the host's address as its source" yes db
	quiet "a rule that keeps the answer on its way"
	at host iptables -t nat -D POSTROUTING -o "$(lab_bridge "$LAB_NETWORK")" -j MASQUERADE
	finds hairpin-lost risk
	cured hairpin-lost
	reaches "and it is reached again" yes db
}

neither()
{
	publishing
	reaches "without rules and proxy" no
	doctor
	same "finds port-unserved" '["engine-rules-off","port-unserved"] 1' "$(found) $status"
	at host iptables -t nat -A PREROUTING -p tcp --dport 8080 -j DNAT --to-destination "$(lab_ip web):80"
	reaches "by a rule of somebody's" yes
	finds engine-rules-off note
}

# settled SCENE CONFIGURATION: in an engine of its own
settled()
{
	(
		LAB_CONFIG=$2
		lab_open
		doctor_open
		"$1"
		tap_end
	) || TAP_FAILED=1
}

settled by_default '{}'
settled no_rules '{"iptables": false}'
settled no_proxy '{"userland-proxy": false}'
settled neither '{"iptables": false, "userland-proxy": false}'
tap_end
