#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Leftovers of Docker's: each is told, and the command that is given for it removes it and nothing else.
source "$(dirname "$0")/../lab/lab.sh"
source "$LAB_TOP/tests/lab/tap.sh"

trace()
{
	within 30 "$DOCKDROP" trace --host "$LAB_URL" --json "$@" web db >"$LAB_DIR/document" 2>"$LAB_DIR/stderr"
}

rules()
{
	lab_host iptables-save | grep '^-' | sort
}

# removes NAME OPTIONS RULE...: the rule drops, its remedy takes it off, and the packet arrives.
removes()
{
	local name=$1 options=$2 before remedy
	shift 2
	before=$(rules)
	lab_host iptables "$@"
	# one more that looks like it
	lab_host iptables -t raw -A PREROUTING -d 192.0.2.1/32 ! -i br-111111111111 -j DROP
	# shellcheck disable=SC2086 # several options
	trace $options
	remedy=$(jq -r 'select(.cause.id == "docker-stale-rule").cause.remedy[0]' "$LAB_DIR/document")
	[[ -z $remedy ]] || lab_host bash -c "$remedy"
	lab_host iptables -t raw -D PREROUTING -d 192.0.2.1/32 ! -i br-111111111111 -j DROP
	# shellcheck disable=SC2086
	if [[ -n $remedy && $(rules) == "$before" ]] && trace $options; then
		ok "$name"
	else
		{ echo "remedy: $remedy"; diff <(echo "$before") <(rules); cat "$LAB_DIR/stderr"
		jq 'del(.probes)' "$LAB_DIR/document"; } | not_ok "$name"
		lab_host iptables -t raw -F
	fi
}

lab_open
lab_scene
gone=br-000000000000 ip=$(lab_ip db)
removes "of an address" "" -t raw -A PREROUTING -d "$ip" ! -i $gone -j DROP
removes "of a port" "--tcp 80" -t raw -I PREROUTING -d "$ip" ! -i $gone -p tcp --dport 80 -j DROP
removes "of a network with this bridge" "" -I DOCKER-ISOLATION-STAGE-1 ! -s 172.31.0.0/16 \
	-o "$(lab_bridge "$LAB_NETWORK")" -j DROP
tap_end
