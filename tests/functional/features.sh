#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# dockdrop features: what it says is what can be found out otherwise, and it leaves nothing.
source "$(dirname "$0")/../lab/lab.sh"
source "$LAB_TOP/tests/lab/tap.sh"
source "$LAB_TOP/tests/lab/left.sh"

lab_open

# known NAME CONDITION: of the document of the last run.
known()
{
	holds "$1" "$LAB_DIR/features" "$2" --arg engine "$engine"
}

features()
{
	"$DOCKDROP" features --json "$@" >"$LAB_DIR/features" 2>"$LAB_DIR/stderr"
}

# Everything that a look around might leave behind.
state()
{
	lab_host nft --stateless list ruleset 2>/dev/null
	lab_host ls /proc/net
	left_orphans
}

engine=$(lab_docker version --format '{{.Server.Version}}')
lab_scene
before=$(state)
features --host "$LAB_URL"
status=$?
if ((status == 0)) && [[ ! -s $LAB_DIR/stderr ]]; then
	ok "it says that trace can run"
else
	{ echo "exit status $status"; cat "$LAB_DIR/stderr"; } | not_ok "it says that trace can run"
fi
known "one document" '.schema == 1 and .can_trace == true'
known "the engine" '.engine.version == $engine and .engine.name == "Docker Engine"'
known "the firewall's backend" '.engine.firewall_backend == "iptables-nft"'
known "every row says whether it works" '.features | length > 10 and all(.works | type | . == "boolean" or . == "null")'
known "what does not work costs something" '.features | all(.works != false or .cost != null and .remedy != null)'
known "tracepoints work" '.features[] | select(.name == "tracepoint").works'
known "a scheme is in use" '.scheme | IN("expression", "trace", "nftrace")'
known "the one that works, and no worse one" \
	'[.features[] | select(.section == "rules" and .works and (.name | IN("expression", "trace", "nftrace")))][0].name == .scheme'
if [[ -e /sys/bus/event_source/devices/kprobe ]]; then
	known "kprobes work" '.features[] | select(.name == "kprobe").works'
else
	known "kprobes do not work" '.features[] | select(.name == "kprobe").works == false'
fi
known "every program was loaded and checked" \
	'.programs | length > 5 and all(.load_us > 0 and (.kind | length > 0))'

"$DOCKDROP" features --host "$LAB_URL" -v >"$LAB_DIR/text" 2>/dev/null
if [[ $(head -n 1 "$LAB_DIR/text") == "trace can run here: kernel $(uname -r), $(uname -m)" ]]; then
	ok "the first line says it all"
else
	not_ok "the first line says it all" <"$LAB_DIR/text"
fi

"$DOCKDROP" trace --host "$LAB_URL" --json web db >"$LAB_DIR/document"
attach=$(jq -r .host.attach "$LAB_DIR/document")
features --host "$LAB_URL"
known "trace uses the same kind of probe" ".host.attach == \"$attach\""

features --host unix:///nowhere
status=$?
if ((status == 3)); then
	ok "without an engine it ends with 3"
else
	not_ok "without an engine it ends with 3" <<<"exit status $status"
fi
known "and tells the rest" '.can_trace == false and .engine == null and (.features | length > 5)'

setpriv --reuid 65534 --regid 65534 --clear-groups "$DOCKDROP" features --json \
	>"$LAB_DIR/features" 2>/dev/null
status=$?
if ((status == 3)); then
	ok "without privileges it ends with 3"
else
	not_ok "without privileges it ends with 3" <<<"exit status $status"
fi
known "and names those that are missing" \
	'.features[] | select(.name == "capabilities") | .works == false and (.detail | contains("cap_sys_admin"))'

after=$(state)
if [[ $before == "$after" ]]; then
	ok "it leaves nothing"
else
	diff <(echo "$before") <(echo "$after") | not_ok "it leaves nothing"
fi
tap_end
