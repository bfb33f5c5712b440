#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# More networks than one bridge: which one is taken, routed ways, published ports, the outside,
# shared namespaces, the default bridge, macvlan.
source "$(dirname "$0")/../lab/lab.sh"
source "$LAB_TOP/tests/lab/tap.sh"

# traced NAME STATUS CONDITION OPTION...
traced()
{
	local got
	within 30 "$DOCKDROP" trace --host "$LAB_URL" --json --count 1 "${@:4}" \
		>"$LAB_DIR/document" 2>"$LAB_DIR/stderr"
	got=$?
	if ((got == $2)) && jq --exit-status "$3" "$LAB_DIR/document" >/dev/null; then
		ok "$1"
		return
	fi
	{
		echo "exit status $got instead of $2, or not so: $3"
		cat "$LAB_DIR/stderr"
		jq -c 'del(.probes, .drop.stack?, .tool, .engine)' "$LAB_DIR/document"
		jq -r '.probes[]?.hops[]? | [.t_us, .direction, .netns, .device, .layer, .event, .function,
			.hook, .reason, .note] | map(tostring) | join(" ")' "$LAB_DIR/document"
	} 2>&1 | not_ok "$1"
}

# says NAME WORDS OPTION...: the text, or the error, has these words.
says()
{
	within 30 "$DOCKDROP" trace --host "$LAB_URL" --count 1 "${@:3}" >"$LAB_DIR/text" 2>&1
	# the text is broken into lines of a terminal's width
	if tr -s ' \n' ' ' <"$LAB_DIR/text" | grep -qF -- "$2"; then
		ok "$1"
	else
		not_ok "$1" <"$LAB_DIR/text"
	fi
}

several()
{
	local delivered='.verdict == "delivered" and .cause == null'

	traced "on several networks: the one that both are on" 0 \
		"$delivered"' and .request.network == "stock" and .request.network_choice == "shared"' both db
	says "and the text says so" "network stock" both db
	says "and the text says why" "one of 2 that both is on: both are on it" both db
	traced "the one that was asked for" 0 \
		"$delivered"' and .request.network == "stock" and .request.network_choice == "asked"' \
		--network stock both db
	traced "the one that its routes lead to" 0 \
		"$delivered"' and .request.network_choice == "route" and
		.request.network == "'"$(by_route)"'"' both 192.0.2.2
	traced "on one alone there is nothing to choose" 0 \
		"$delivered"' and (.request | has("network_choice") | not)' web both
}

# The network of both's address that its routes lead out from.
by_route()
{
	local source
	source=$(at both ip -json route get 192.0.2.2 | jq -r '.[0].prefsrc')
	lab_docker inspect both | jq -r --arg ip "$source" \
		'.[0].NetworkSettings.Networks | to_entries[] | select(.value.IPAddress == $ip).key'
}

bridges()
{
	traced "two bridges" 1 '.cause.id == "docker-isolation" and .cause.confidence == "exact"' web db
	traced "two bridges, by the port that is published on the host" 0 \
		'.verdict == "delivered" and .request.dst.name == "host"' --tcp 8080 web "$gateway"
	traced "a port that is published, from the host" 0 '.verdict == "delivered"' --tcp 80 host db
	traced "container to host" 0 '.verdict == "delivered"' web host
	traced "host to container" 0 '.verdict == "delivered"' host web
	at host iptables -I INPUT -i "$(lab_bridge "$LAB_NETWORK")" -p tcp --dport 8080 -j DROP
	at host iptables -t nat -I PREROUTING -i "$(lab_bridge "$LAB_NETWORK")" -p tcp --dport 8080 -j ACCEPT
	traced "a published port that the host's firewall closes" 1 '.cause.id == "nf-rule-drop" and
		.drop.netfilter.hook == "INPUT" and (.drop.netfilter.rule.text | contains("8080"))' \
		--tcp 8080 web "$gateway"
	at host iptables -t nat -D PREROUTING 1
	at host iptables -D INPUT 1
}

outward()
{
	traced "to an address outside" 0 '.verdict == "delivered" and .request.dst.name == "192.0.2.2"' \
		web 192.0.2.2
	traced "to an address outside, from the host" 0 '.verdict == "delivered"' host 192.0.2.2
	traced "to a port outside that nobody listens on" 1 \
		'.verdict == "refused" and .cause.id == "no-listener"' --tcp 9 web 192.0.2.2
	traced "to nobody outside" 1 '.cause.id == "neigh-unresolved" and
		(.cause.text | contains("192.0.2.77"))' web 192.0.2.77
	at host iptables -I FORWARD -o out0 -p icmp -j DROP
	traced "dropped on the way out" 1 '.cause.id == "nf-rule-drop" and .direction == "request"' \
		web 192.0.2.2
	at host iptables -D FORWARD 1
	at host iptables -I FORWARD -i out0 -p icmp -j DROP
	traced "dropped on the way back" 1 '.cause.id == "nf-rule-drop" and .direction == "reply"' \
		web 192.0.2.2
	at host iptables -D FORWARD 1
}

shared()
{
	lab_container side container:web sleep 1000
	traced "a container that lives in another's namespace" 0 '.verdict == "delivered" and
		.request.src.name == "side" and .request.network == "shop_default"' side both
	says "two of one namespace" "the same place" side web
	lab_container lone none sleep 1000
	says "no network" "network mode none" lone web
	lab_container hosted host sleep 1000
	says "the host's network" "name 'host' in its place" hosted web
	lab_docker run --detach --name old lab serve >/dev/null
	lab_docker run --detach --name linked --link old lab sleep 1000 >/dev/null
	wait_for 10 lab_serves old || lab_die "old does not serve"
	traced "the default bridge, with --link" 0 '.verdict == "delivered" and
		.request.network == "bridge" and .request.bridge == "docker0"' --tcp 80 linked old
}

# macvlan and ipvlan: no bridge, and the host is not reached.
sublinks()
{
	local driver=$1 subnet=$2
	if ! at host ip link add link out0 name probe0 type "$driver" 2>/dev/null; then
		skip "$driver" "this kernel has none"
		return
	fi
	at host ip link del probe0
	lab_network "$driver" --driver "$driver" --subnet "$subnet.0/24" --opt parent=out0
	lab_container "$driver-a" "$driver" sleep 1000
	lab_container "$driver-b" "$driver"
	traced "$driver: two containers" 0 '.verdict == "delivered" and .request.bridge == null' \
		--tcp 80 "$driver-a" "$driver-b"
	at "$driver-b" iptables -I INPUT -p icmp -j DROP
	traced "$driver: the container's own firewall" 1 \
		'.cause.id == "container-firewall" and .cause.confidence == "exact"' "$driver-a" "$driver-b"
	at "$driver-b" iptables -D INPUT 1
	at host ip address add "$subnet.200/24" dev out0
	for ends in "$driver-a $subnet.200" "host $driver-a"; do
		# shellcheck disable=SC2086 # two words
		traced "$driver: the host and what hangs on its device do not reach each other ($ends)" 1 \
			'.cause.id == "neigh-unresolved" and .cause.check == "macvlan-host" and
			(.cause.text | contains("hangs on out0 of the host ('"$driver"')"))' $ends
	done
	at host ip address del "$subnet.200/24" dev out0
}

lab_open
lab_network "$LAB_NETWORK"
lab_network stock
lab_container web "$LAB_NETWORK"
lab_docker run --detach --name db --network stock --publish 8080:80 lab >/dev/null serve
wait_for 10 lab_serves db || lab_die "db does not serve"
lab_container both "$LAB_NETWORK"
lab_docker network connect stock both
gateway=$(at host ip -json -4 address show dev "$(lab_bridge "$LAB_NETWORK")" |
	jq -r '.[0].addr_info[0].local')
outside_open
several
bridges
outward
shared
sublinks macvlan 10.9.0
sublinks ipvlan 10.8.0
tap_end
