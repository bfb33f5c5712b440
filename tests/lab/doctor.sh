# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# For tests of the doctor: source lab.sh and tap.sh before, and call doctor_open once the lab is open.

# For the commands to paste, which run on the lab's host.
doctor_open()
{
	cat >"$LAB_DIR/bin/docker" <<-END
		#!/bin/bash
		DOCKER_CONFIG=$LAB_DIR exec "$LAB_BUILD/root/usr/bin/docker" --host "$LAB_URL" "\$@"
	END
	chmod +x "$LAB_DIR/bin/docker"
}

# doctor [ARGUMENT]...: the document, and $status
doctor()
{
	within 60 "$DOCKDROP" doctor --host "$LAB_URL" --json "$@" >"$LAB_DIR/doctor" 2>"$LAB_DIR/stderr"
	status=$?
}

# The kernel's log is the whole machine's, and tells of other labs.
found()
{
	jq -c '[.findings[] | select(.check != "log") | .check] | unique' "$LAB_DIR/doctor"
}

# quiet NAME [ARGUMENT]...: the doctor finds nothing.
quiet()
{
	local name=$1
	shift
	doctor "$@"
	if ((status == 0)) && [[ $(found) == '[]' && ! -s $LAB_DIR/stderr ]]; then
		ok "nothing is wrong: $name"
	else
		{ echo "exit status $status"; cat "$LAB_DIR/stderr"; jq -c '.findings[], .not_checked[]' "$LAB_DIR/doctor"; } |
			not_ok "nothing is wrong: $name"
	fi
}

# complaints ID SEVERITY: what is not as it should be with the finding.
complaints()
{
	local wanted=0
	[[ $2 != broken ]] || wanted=1
	((status == wanted)) || echo "exit status $status instead of $wanted"
	[[ ! -s $LAB_DIR/stderr ]] || cat "$LAB_DIR/stderr"
	[[ $(found) == "[\"$1\"]" || $1 == log ]] || echo "found: $(found)"
	jq -e --arg id "$1" --arg severity "$2" '.findings | any(.check == $id and .severity == $severity
		and (.text | length > 20 and (contains("?") | not)) and (.why | length > 0))' "$LAB_DIR/doctor" >/dev/null ||
		echo "no such finding, or not whole"
}

# finds ID SEVERITY [ARGUMENT]...: this alone is wrong.
finds()
{
	local name="finds $1 ($2)${3+ between ${*:3}}" wrong
	doctor "${@:3}"
	wrong=$(complaints "$1" "$2")
	if [[ -z $wrong ]]; then
		ok "$name"
	else
		{ echo "$wrong"; jq -c '.findings[], .not_checked[]' "$LAB_DIR/doctor"; } | not_ok "$name"
	fi
}

# cured ID [N [ARGUMENT]...]: its remedy N, counted from 0, run as it stands, makes it go away.
cured()
{
	local command
	command=$(jq -r --arg id "$1" --argjson n "${2-0}" \
		'first(.findings[] | select(.check == $id)).remedy[$n]' "$LAB_DIR/doctor")
	lab_host bash -c "$command" >"$LAB_DIR/remedy" 2>&1
	doctor "${@:3}"
	if [[ $(found) == '[]' && $status == 0 ]]; then
		ok "what it says of $1 helps: $command"
	else
		{ cat "$LAB_DIR/remedy"; jq -c '.findings[]' "$LAB_DIR/doctor"; } |
			not_ok "what it says of $1 helps: $command"
	fi
}
