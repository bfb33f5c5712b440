#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The engine is restarted, or hangs, while a trace waits for an answer: what was seen counts all the same. The
# doctor, which has to ask the engine, says that all is well or that it could not ask, and nothing else.
LAB_KIND=again
source "$(dirname "$0")/../lab/lab.sh"
source "$LAB_TOP/tests/lab/tap.sh"

# A datagram waits in front of a service that does not read.
is_waiting()
{
	[[ $(lab_in db ss -Hlun sport = :7 | awk '{ print $2 }') -gt 0 ]]
}

# The engine's process, as the lab numbers it.
engine()
{
	lab_host cat "$LAB_DIR/pid"
}

is_another()
{
	[[ $(engine 2>/dev/null) != "$1" ]] && lab_docker version >/dev/null 2>&1
}

# during NAME COMMAND...: runs it while the trace waits; then the verdict has to be there.
during()
{
	local name=$1 tracer status
	shift
	lab_host kill -STOP "$pid"
	within 60 "$DOCKDROP" trace --host "$LAB_URL" --json --udp 7 --timeout $((4 * LAB_SLOW)) web db \
		>"$LAB_DIR/document" 2>"$LAB_DIR/stderr" &
	tracer=$!
	wait_for 20 is_waiting && "$@"
	wait $tracer
	status=$?
	lab_host kill -CONT "$pid"
	wait_for 10 drained
	if ((status == 1)) && [[ ! -s $LAB_DIR/stderr ]] &&
		jq --exit-status '.verdict == "unanswered" and .cause.id == "app-silent"' "$LAB_DIR/document" >/dev/null; then
		ok "$name"
	else
		{ echo "exit status $status"; cat "$LAB_DIR/stderr"; jq 'del(.probes)' "$LAB_DIR/document"; } |
			not_ok "$name"
	fi
}

# examined NAME STATUSES: the doctor's exit status is one of those: 0 without a finding, 3 with one line.
examined()
{
	local status
	within 60 "$DOCKDROP" doctor --host "$LAB_URL" --json >"$LAB_DIR/document" 2>"$LAB_DIR/stderr"
	status=$?
	if [[ " $2 " == *" $status "* ]] && case $status in
	0) jq -e '[.findings[] | select(.check != "log")] == []' "$LAB_DIR/document" >/dev/null && [[ ! -s $LAB_DIR/stderr ]] ;;
	3) [[ ! -s $LAB_DIR/document ]] && (($(wc -l <"$LAB_DIR/stderr") == 1)) ;;
	*) false ;;
	esac; then
		ok "$1"
	else
		{ echo "exit status $status"; cat "$LAB_DIR/stderr"; jq -c '.findings' "$LAB_DIR/document"; } | not_ok "$1"
	fi
}

drained()
{
	! is_waiting
}

LAB_CONFIG='{"live-restore": true}'
lab_open
lab_scene
pid=$(lab_pid db)
old=$(engine)
during "nothing happens to the engine" true
during "it is restarted" lab_host kill "$old"
wait_for 30 is_another "$old" || lab_die "the engine did not come back"
old=$(engine)
during "it is killed" lab_host kill -KILL "$old"
wait_for 30 is_another "$old" || lab_die "the engine did not come back"
old=$(engine)
during "it hangs" lab_host kill -STOP "$old"
examined "the doctor, while it hangs" 3
lab_host kill -CONT "$old"
examined "the doctor, when it goes on" 0
lab_host kill -KILL "$old"
examined "the doctor, when it was killed just now" "0 3"
wait_for 30 is_another "$old" || lab_die "the engine did not come back"
examined "the doctor, when it is back" 0
tap_end
