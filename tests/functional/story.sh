#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Two containers of one network cannot talk. The gateway answers, the default bridge works, no counter of
# iptables -L moves, nothing is logged. Two ways to get there; trace tells them apart, and the doctor
# finds each without a packet.
source "$(dirname "$0")/../lab/lab.sh"
source "$LAB_TOP/tests/lab/tap.sh"

lab_open

# that NAME COMMAND...: it succeeds; fails NAME COMMAND...: it does not.
that()
{
	if "${@:2}" >"$LAB_DIR/output" 2>&1; then
		ok "$1"
	else
		not_ok "$1" <"$LAB_DIR/output"
	fi
}

fails()
{
	if "${@:2}" >"$LAB_DIR/output" 2>&1; then
		not_ok "$1" <"$LAB_DIR/output"
	else
		ok "$1"
	fi
}

look()
{
	within 60 "$DOCKDROP" trace --host "$LAB_URL" --json web db >"$LAB_DIR/trace"
	within 60 "$DOCKDROP" doctor --host "$LAB_URL" --json web db >"$LAB_DIR/doctor"
}

# saying VERSION: the same engine says that it is this version, on a socket of its own; sets LAB_URL.
saying()
{
	local dir=$LAB_DIR/saying-$1 body
	mkdir "$dir"
	body=$(lab_docker version --format '{{json .Server}}' | jq -c --arg version "$1" '.Version = $version')
	printf 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s' \
		"${#body}" "$body" >"$dir/version"
	# an engine's settings are those of a process of that name
	# shellcheck disable=SC2016 # of the inner shell
	{ lab_host bash -c 'exec -a dockerd "$@"' dockerd "$LAB_BUILD/fakeengine" "$dir/sock" "$dir" "$LAB_DIR/sock"; } \
		2>/dev/null &
	wait_for 5 test -S "$dir/sock" || lab_die "the engine of version $1 does not listen"
	LAB_URL=unix://$dir/sock
}

# What somebody looks at who suspects the firewall: counters of what drops, as iptables -L shows them.
counters()
{
	lab_host iptables -nvxL | awk '/DROP|REJECT/ && !/^Chain/ { print $1, $3, $0 }'
}

# ---- as it was before: a network that is gone by now, and what it left in table raw

lab_docker network create --subnet 172.29.0.0/24 old >/dev/null
old=$(lab_bridge old)
lab_docker network rm old >/dev/null
lab_docker network create --subnet 172.29.0.0/24 "$LAB_NETWORK" >/dev/null
for name in web db; do
	lab_container "$name" "$LAB_NETWORK"
	lab_container "plain-$name" bridge
done
at host sysctl -q -w net.bridge.bridge-nf-call-iptables=1
db=$(lab_ip db)
rule="-A PREROUTING -d $db/32 ! -i $old -j DROP"
engine=$(lab_docker version --format '{{.Server.Version}}')
that "all is well at first" lab_ping web "$db"

# shellcheck disable=SC2086 # words
at host iptables -t raw $rule
before=$(counters)
fails "a leftover rule: the neighbour does not answer" lab_ping web "$db"
that "the gateway does" lab_ping web 172.29.0.1
that "the default bridge works" lab_ping plain-web "$(lab_ip plain-db)"
that "no counter that iptables -L shows has moved" test "$before" == "$(counters)"
look
holds "trace names the rule in table raw" "$LAB_DIR/trace" '.verdict == "dropped" and .cause.id == "docker-stale-rule"
	and .drop.netfilter.table == "raw" and .drop.netfilter.hook == "PREROUTING" and .drop.netfilter.rule.text == $rule
	and (.cause.text | contains($old))' --arg rule "$rule" --arg old "$old"
holds "and no problem of the engine's" "$LAB_DIR/trace" '.advisories == []'
holds "and the check that finds it" "$LAB_DIR/trace" '.cause.check == "docker-stale-rule"'
holds "the doctor finds it without a packet" "$LAB_DIR/doctor" '[.findings[] | select(.check != "log")] |
	length == 1 and .[0].check == "docker-stale-rule" and .[0].severity == "broken" and .[0].evidence == $rule' \
	--arg rule "$rule"
within 60 "$DOCKDROP" doctor --host "$LAB_URL" --json --compare bridge "$LAB_NETWORK" >"$LAB_DIR/compare"
holds "and what tells this network from the default one" "$LAB_DIR/compare" \
	'.differences | any(.kind == "rule" and .values[0] == null and .values[1] == $rule)' --arg rule "$rule"
that "what it says to do can be done" lab_host sh -c "$(jq -r '.cause.remedy[0]' "$LAB_DIR/trace")"
that "and helps" lab_ping web "$db"
look
holds "nothing is left to be found" "$LAB_DIR/doctor" '[.findings[] | select(.check != "log")] == []'

# ---- the order that engine 28.0.0 left: the host's last REJECT ahead of what Docker accepts

at_rule=$(lab_host iptables -S FORWARD | grep -n -- '-j DOCKER-USER' | cut -d : -f 1)
at host iptables -I FORWARD "$at_rule" -j REJECT --reject-with icmp-host-prohibited
rule="-A FORWARD -j REJECT --reject-with icmp-host-prohibited"
fails "the host's REJECT first: the neighbour does not answer" lab_ping web "$db"
that "the gateway does, again" lab_ping web 172.29.0.1
look
holds "trace names the rule in FORWARD" "$LAB_DIR/trace" '.cause.id == "nf-rule-reject" and
	.drop.netfilter.table == "filter" and .drop.netfilter.chain == "FORWARD" and
	.drop.netfilter.rule.text == $rule and .drop.netfilter.owner == "user"' --arg rule "$rule"
if [[ $engine != 28.0.0* ]]; then
	holds "and blames no other version of the engine" "$LAB_DIR/trace" '.advisories == []'
fi
holds "the doctor finds the order without a packet" "$LAB_DIR/doctor" '[.findings[].check] as $found |
	($found | index("forward-order")) and ($found | index("nf-rule-reject"))'
holds "and blames no other version of the engine" "$LAB_DIR/doctor" '[.findings[].advisories[]] == []'
url=$LAB_URL
for version in 28.0.0 28.0.1 5:28.0.0-1~ubuntu.24.04~noble; do
	saying "$version"
	look
	within 60 "$DOCKDROP" doctor --host "$LAB_URL" --json >"$LAB_DIR/host"
	within 60 "$DOCKDROP" doctor --host "$LAB_URL" >"$LAB_DIR/text"
	wanted='["moby-49518"]'
	[[ $version != 28.0.1 ]] || wanted='[]'
	holds "version $version: trace tells what is known of it" "$LAB_DIR/trace" \
		'.engine.version == $version and [.advisories[].id] == $wanted' \
		--arg version "$version" --argjson wanted "$wanted"
	for document in doctor host; do
		holds "version $version: the doctor does, too ($document)" "$LAB_DIR/$document" \
			'.engine.known_problems > 0 and (.findings[] | select(.check == "forward-order") |
			[.advisories[].id] == $wanted)' --argjson wanted "$wanted"
	done
	if [[ $version == 28.0.1 ]]; then
		fails "and none as fixed" grep -q "fixed upstream" "$LAB_DIR/text"
	else
		that "and the version that fixes it" grep -q "fixed upstream in 28.0.1" "$LAB_DIR/text"
	fi
done
LAB_URL=$url
that "what it says to do can be done, too" lab_host sh -c "$(jq -r '.cause.remedy[0]' "$LAB_DIR/trace")"
that "and helps, too" lab_ping web "$db"
tap_end
