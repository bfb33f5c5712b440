#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# All the ways to name the two ends, and the engine.
source "$(dirname "$0")/../lab/lab.sh"
source "$LAB_TOP/tests/lab/tap.sh"

# delivers NAME CONDITION OPTION...: the trace succeeds, and the condition holds for its document.
delivers()
{
	local name=$1 condition=$2
	shift 2
	if within 30 "$DOCKDROP" trace --json "$@" >"$LAB_DIR/document" 2>"$LAB_DIR/stderr" &&
		jq --exit-status "$condition" "$LAB_DIR/document" >/dev/null; then
		ok "$name"
	else
		{ echo "not so: $condition"; cat "$LAB_DIR/stderr"
		jq '{request, verdict}' "$LAB_DIR/document"; } | not_ok "$name"
	fi
}

lab_open
lab_scene
lab_container side container:web sleep 1000
export DOCKER_HOST=$LAB_URL
web_to_db='.request | .src.name == "web" and .dst.name == "db"'
id=$(lab_docker inspect --format '{{.Id}}' db)

delivers "names" "$web_to_db" web db
delivers "a full ID" "$web_to_db" web "$id"
delivers "a prefix of an ID" "$web_to_db" web "${id:0:12}"
delivers "addresses" "$web_to_db" "$(lab_ip web)" "$(lab_ip db)"
delivers "a container in another's namespace" '.request.src.name == "side"' side db
delivers "from the host" '.request.src.name == "host"' host db
delivers "to the host" '.request.dst.name == "host"' web host
delivers "the network's name" '.request.network == "shop_default"' --network "$LAB_NETWORK" web db

LAB_IPV=6 lab_network six
lab_container front six
lab_container back six
is6='.request.src.ip | contains(":")'
delivers "IPv4 before IPv6" "$is6 | not" front back
delivers "IPv6 where it is asked for" "$is6" -6 front back
delivers "IPv6 addresses" "$is6" "$(lab_ip front 6)" "$(lab_ip back 6)"
delivers "a name and an IPv6 address" "$is6" front "$(lab_ip back 6)"
delivers "an IPv6 address and the host" "$is6" "$(lab_ip front 6)" host
delivers "the host's IPv6 address" '.request.dst.name == "host"' front fd00:7:1::1

unset DOCKER_HOST
delivers "the engine by --host" "$web_to_db" --host "$LAB_URL" web db
mkdir -p "$LAB_DIR/home/.docker/contexts/meta/$(printf lab | sha256sum | cut -d ' ' -f 1)"
echo '{"currentContext":"lab"}' >"$LAB_DIR/home/.docker/config.json"
echo "{\"Name\":\"lab\",\"Metadata\":{},\"Endpoints\":{\"docker\":{\"Host\":\"$LAB_URL\"}}}" \
	>"$LAB_DIR/home/.docker/contexts/meta/$(printf lab | sha256sum | cut -d ' ' -f 1)/meta.json"
export DOCKER_CONFIG=$LAB_DIR/home/.docker
delivers "the engine by the current context" "$web_to_db" web db
tap_end
