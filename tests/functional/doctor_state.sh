#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# dockdrop doctor on what the kernel and the engine keep: names, forwarding of IPv6, tracked connections.
# Each is made to happen, is found, and is gone when what the doctor says was done.
source "$(dirname "$0")/../lab/lab.sh"
source "$LAB_TOP/tests/lab/tap.sh"
source "$LAB_TOP/tests/lab/doctor.sh"

# ---- names: the default network has no DNS

names()
{
	lab_docker run -d --name old lab serve >/dev/null
	lab_docker run -d --name new lab sleep 100000 >/dev/null
	lab_docker run -d --name linked --link old lab sleep 100000 >/dev/null
	lab_docker exec new ping -c 1 -W 1 old >/dev/null 2>&1 && lab_die "the default network has names"
	quiet "a container with a --link" linked old
	quiet "the default network of a whole host"
	finds names-unresolved note new old
	cured names-unresolved 0 new old
	lab_docker exec new ping -c 1 -W 1 old >/dev/null && ok "and the name is known" ||
		not_ok "and the name is known" </dev/null
	lab_docker rm -f old new linked >/dev/null
}

# ---- IPv6 that is not forwarded

forwarding6()
{
	LAB_IPV=6 lab_network six
	lab_container six1 six sleep 100000
	lab_container six2 six sleep 100000
	wait_for 10 lab_is_settled6 || lab_die "IPv6 is not ready"
	quiet "a network with IPv6"
	at host sysctl -q -w net.ipv6.conf.all.forwarding=0
	finds forwarding-off broken
	doctor six1 six2 -6
	same "which two neighbours can do without" '["forwarding-off"] 0' "$(found) $status"
	if [[ -e /proc/sys/net/ipv6/conf/all/force_forwarding ]]; then
		at host sysctl -q -w "net.ipv6.conf.$(lab_bridge six).force_forwarding=1"
		quiet "a bridge that forwards all the same"
		at host sysctl -q -w "net.ipv6.conf.$(lab_bridge six).force_forwarding=0"
	fi
	doctor
	cured forwarding-off
	lab_docker rm -f six1 six2 >/dev/null
	lab_docker network rm six >/dev/null
}

# ---- UDP connections that outlive their rule

# sent PORT ADDRESS: a datagram from outside to the host's port, whose connection leads to the address.
sent() { outside bash -c "echo >/dev/udp/192.0.2.1/$1" && wait_for 5 leads_to "$1" "$2"; }
leads_to() { [[ -n $(lab_host conntrack -L -p udp --orig-port-dst "$1" --reply-src "$2" 2>/dev/null) ]]; }

# led PORT ADDRESS: a datagram, while a rule sends the port to the address.
led()
{
	at host iptables -t nat -I DOCKER -p udp --dport "$1" -j DNAT --to-destination "$2:7"
	at host iptables -t raw -I PREROUTING -j ACCEPT
	at host iptables -I FORWARD -d "$2" -j ACCEPT
	sent "$1" "$2" || not_ok "a connection to $2" <<<"is not tracked"
	at host iptables -D FORWARD 1
	at host iptables -t raw -D PREROUTING 1
	at host iptables -t nat -D DOCKER 1
}

stale()
{
	command -v conntrack >/dev/null || { skip "finds conntrack-stale (risk)" "conntrack is not installed"; return; }
	outside_open
	at host sysctl -q -w net.netfilter.nf_conntrack_udp_timeout=600
	lab_network "$LAB_NETWORK"
	lab_container db "$LAB_NETWORK"
	lab_docker run --detach --name dns --network "$LAB_NETWORK" --publish 5353:7/udp lab serve >/dev/null
	wait_for 10 lab_serves dns || lab_die "dns does not serve"
	sent 5353 "$(lab_ip dns)" || not_ok "the published port is reached" <<<"its connection is not tracked"
	quiet "a published port that is in use"
	led 5354 "$(lab_ip dns | sed 's/[0-9]*$/77/')"
	quiet "two whom it does not concern" db dns
	finds conntrack-stale risk
	same "which tells of the address" true \
		"$(jq '.findings[0].text | contains("nobody has") and contains("192.0.2.2") and contains("5354")' "$LAB_DIR/doctor")"
	cured conntrack-stale
	led 5353 "$(lab_ip db)"
	finds conntrack-stale risk
	same "which tells of its owner" true "$(jq '.findings[0].text | contains("which is db")' "$LAB_DIR/doctor")"
	finds conntrack-stale risk db 192.0.2.2
	cured conntrack-stale
	leads_to 5353 "$(lab_ip dns)" && ok "and what is good is left alone" || not_ok "and what is good is left alone" </dev/null
}

# ---- answers to what the host gave its own address

# Engines since 28.2 keep a container's address for its bridge in table raw, where an answer from outside does
# not have it yet.
masked()
{
	local ip bridge rule
	lab_network shield
	lab_container one shield sleep 100000
	lab_container two shield sleep 100000
	bridge=$(lab_bridge shield)
	for ip in "$(lab_ip one)" "$(lab_ip two)"; do
		lab_host iptables -t raw -S PREROUTING 2>/dev/null | grep -qF -- "-d $ip/32 ! -i $bridge -j DROP" ||
			at host iptables -t raw -A PREROUTING -d "$ip" ! -i "$bridge" -j DROP
	done
	[[ -n ${outside-} ]] || outside_open
	at host ip route add default via 192.0.2.2
	quiet "a way out"
	quiet "a way out of one container's" one 192.0.2.2
	at host iptables -t nat -I POSTROUTING -s "$(lab_ip one)" -j ACCEPT
	finds docker-isolation broken one 192.0.2.2
	at host iptables -t nat -D POSTROUTING 1
	at host ip route del default
	lab_docker rm -f one two >/dev/null
	lab_docker network rm shield >/dev/null
	# an older engine does not know the rules
	lab_host iptables -t raw -S PREROUTING | grep -F -- "! -i $bridge " | while read -r _ rule; do
		# shellcheck disable=SC2086 # words
		at host iptables -t raw -D $rule </dev/null
	done
}

# ---- a rule of the engine's that no frame meets

reached() { lab_ping apart1 "$(lab_ip apart2)" >/dev/null; }

unkept()
{
	if [[ ! -e /proc/sys/net/bridge ]]; then
		skip "finds icc-not-kept (note)" "there is no br_netfilter to switch off"
		return
	fi
	lab_network apart --opt com.docker.network.bridge.enable_icc=false
	lab_container apart1 apart sleep 100000
	lab_container apart2 apart sleep 100000
	reached && not_ok "the two are kept apart" <<<"they are not"
	quiet "two that are kept apart"
	at host sysctl -q -w net.bridge.bridge-nf-call-iptables=0
	reached || not_ok "the rule is not met" <<<"it is"
	finds icc-not-kept note
	at host ip link set "$(lab_bridge apart)" type bridge nf_call_iptables 1
	reached && not_ok "the bridge's own attribute" <<<"does nothing"
	quiet "a bridge of which it is wanted"
	at host ip link set "$(lab_bridge apart)" type bridge nf_call_iptables 0
	finds icc-not-kept note
	cured icc-not-kept
	lab_docker rm -f apart1 apart2 >/dev/null
	lab_docker network rm apart >/dev/null
}

lab_open
doctor_open
[[ -n ${1-} ]] && { "$1"; tap_end; }
names
forwarding6
stale
masked
unkept
tap_end
