#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What watch says of faults that only more than one packet, or more than the packet, can tell apart: the
# cause that trace finds, or none with certainty; never another.
source "$(dirname "$0")/../lab/lab.sh"
source "$LAB_TOP/tests/lab/fault.sh"
source "$LAB_TOP/tests/lab/tap.sh"

# packets: what somebody in the source tries, until watch has had samples before and after its looks
packets()
{
	for _ in 1 2 3 4; do
		fault_symptom
		pause 2
	done >/dev/null 2>&1
}

# kinds: those of the summary that fit the fault's packet, but for what is only waited for in vain
kinds()
{
	jq -c '[.kinds[] | select(.layer != "neigh") |
		{cause, netfilter, function: .function, netns, total, src: .src.name, dst: .dst.name}]' "$LAB_DIR/summary"
}

# watched NAME CONDITION: makes the fault, watches the packets, checks the kinds that there are.
watched()
(
	local watcher reason name="$1"
	fault_load "$1" || lab_die "no fault $1"
	lab_open
	reason=$(missing)
	if [[ -n $reason ]]; then
		skip "$name" "$reason"
		exit 0
	fi
	fault_place
	fault_apply
	"$DOCKDROP" watch --host "$LAB_URL" --json >"$LAB_DIR/lines" 2>"$LAB_DIR/err" &
	watcher=$!
	wait_for 30 lab_is_attached $watcher
	packets
	kill -INT $watcher
	wait $watcher
	tail -n 1 "$LAB_DIR/lines" >"$LAB_DIR/summary"
	if kinds | jq --exit-status "$2" >/dev/null; then
		ok "$name"
		exit 0
	fi
	{
		echo "not so: $2"
		kinds | jq .
		cat "$LAB_DIR/err"
	} | not_ok "$name"
	exit 1
)

# shellcheck disable=SC2154 # fault_place sets the two
# Rules of several kinds that drop at the same time, all of the same two: each packet is of its own
# rule, or of none where two of nftables' fit.
beside()
(
	local watcher name="rules beside each other"
	fault_load nf-rule-drop
	lab_open
	fault_place
	lab_host iptables -I DOCKER-USER -p udp --dport 9001 -j DROP
	lab_host iptables -I DOCKER-USER -p udp --dport 9002 -m comment --comment '--dport 9003' -j DROP
	# nobody has looked there before the first of them, all of which come at once
	lab_in db iptables -A INPUT -p udp --dport 9007 -j DROP
	lab_host nft -f - <<-END
		table ip shop {
			chain guard {
				type filter hook forward priority 10;
				udp dport 9003 drop
				udp dport 9004 ip saddr $from_ip drop
				ip daddr $to_ip udp dport 9004-9005 drop
				udp dport 9006 limit rate over 20/second drop
				udp dport 9006 drop
			}
		}
	END
	"$DOCKDROP" watch --host "$LAB_URL" --json >"$LAB_DIR/lines" 2>"$LAB_DIR/err" &
	watcher=$!
	wait_for 30 lab_is_attached $watcher
	lab_in web "$LAB_BUILD/flood" "$to_ip" 9007 100000 20 >/dev/null
	pause 12
	lab_in web "$LAB_BUILD/flood" "$to_ip" 9007 100000 20 >/dev/null
	for _ in 1 2 3 4; do
		lab_in web "$LAB_BUILD/flood" "$to_ip" 9001 2000 120 6 >/dev/null
		pause 5
	done
	# what the engine or its user rewrites later is not what dropped them
	lab_host iptables -F DOCKER-USER
	lab_host iptables -A DOCKER-USER -p udp --dport 1 -j DROP
	lab_host nft delete table ip shop
	lab_in web "$LAB_BUILD/flood" "$to_ip" 9001 2000 120 6 >/dev/null
	pause 12
	kill -INT $watcher
	wait $watcher
	tail -n 1 "$LAB_DIR/lines" >"$LAB_DIR/summary"
	# kernels where nf_hook_slow() frees what nftables drops do not say that it was nftables: then none is named
	jq -c '[.kinds[] | select(.netfilter.hook and .port >= 9001) | {key: (.port | tostring),
		value: (.netfilter.rule.text // if .function == "nf_hook_slow" then "any" else "none" end)}] |
		from_entries' "$LAB_DIR/summary" >"$LAB_DIR/texts"
	jq --exit-status '(."9001" | contains("--dport 9001 ")) and (."9002" | contains("--dport 9002 ")) and
		(."9003" | . == "any" or contains("udp dport 9003 ")) and (."9005" | . == "any" or contains("9004-9005")) and
		(."9004" | . == "any" or contains("udp dport 9004 ")) and (."9006" | . == "any" or . == "none") and (."9007" | contains("-A INPUT "))' \
		"$LAB_DIR/texts" >/dev/null && ok "$name" && exit 0
	{ jq . "$LAB_DIR/texts"; jq -c '.kinds[] | [.port, .netfilter.rule.text, .cause.confidence]' "$LAB_DIR/summary"
	} | not_ok "$name"
	exit 1
)

# each NAME CONDITION
each()
{
	watched "$@" || TAP_FAILED=1
}

# The cause, and nothing else.
only()
{
	echo "length > 0 and all(.[]; .cause.id == \"$1\")"
}

each ct-table-full:host "$(only ct-table-full)"
each ct-table-full:container "$(only ct-table-full)"
each nfqueue-unattended:iptables "$(only nfqueue-unattended) and
	any(.[]; .netfilter.rule.text | contains(\"--queue-num 7\")) and any(.[]; .cause.text | contains(\"NFQUEUE 7\"))"
each nfqueue-unattended:nft "$(only nfqueue-unattended)"
each nfqueue-unattended:legacy "$(only nfqueue-unattended) and
	any(.[]; .netfilter.rule.text | contains(\"--queue-num 7\"))"
each nf-rule-drop-legacy "$(only nf-rule-drop) and any(.[]; .netfilter.rule.backend == \"iptables-legacy\")"
each nf-rule-drop-nft "$(only nf-rule-drop) and (any(.[]; .cause.confidence == \"likely\" and
	.netfilter.rule.text != null and .netfilter.rule.backend == \"nftables\") or
	all(.[]; .function == \"nf_hook_slow\" and .netfilter.rule == null))"
# a verdict map does more than can be read; never another rule
each nf-rule-drop-nft-ways:jump "$(only nf-rule-drop) and all(.[]; .netfilter.rule.table == \"shop\" or
	(.function == \"nf_hook_slow\" and .netfilter.rule == null))"
each nf-rule-drop-nft-ways:vmap "$(only nf-rule-drop) and all(.[]; .netfilter.rule | . == null or .table == \"shop\")"
beside || TAP_FAILED=1
tap_end
