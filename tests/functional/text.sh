#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What a person reads: the demo, from its start to its end, and the case when all is well.
source "$(dirname "$0")/../lab/lab.sh"
source "$LAB_TOP/tests/lab/tap.sh"

unset LAB_LENT # it watches labs begin and end
out=$(mktemp)

# that NAME COMMAND...: the command succeeds on $out.
that()
{
	local name=$1
	shift
	if "$@"; then
		ok "$name"
	else
		not_ok "$name" <"$out"
	fi
}

narrow() { ! expand "$out" | grep -qE '^.{81}'; }
plain() { ! grep -q $'\e' "$out"; }
# after the line that shows the command: the answer's first line
report() { sed -n '/# dockdrop trace/,/^Taking/p' "$out" | sed '1,2d;$d'; }
answer() { report | sed -n '/^DROPPED/,$p'; }
# what was too long for a line goes on in the next, by two blanks
unfolded() { sed -E ':a;N;$!ba;s/\n {2,9}([^ ])/ \1/g'; }
first_line() { report | unfolded | head -n 1 | grep -qE '^Docker Engine [0-9].*kernel.*(iptables-nft)'; }
names_rule() { answer | tr -s ' \n' ' ' | grep -qF -- "-s $web/32 -d $db/32 -p icmp -j DROP"; }
remedy() { answer | grep -qF 'iptables -D DOCKER-USER 1'; }
shows_ping() { grep -q '100% packet loss' "$out"; }
nothing_left() { [[ -z $(find /tmp -maxdepth 1 -path "${lab%/sock}") ]]; }

demo()
{
	local web db lab status
	"$LAB_TOP/tests/lab/demo.sh" nf-rule-drop >"$out" 2>&1
	status=$?
	read -r web db < <(sed -n 's/.*(\([0-9.]*\)).*(\([0-9.]*\)).*/\1 \2/p' "$out" | head -n 1)
	lab=$(sed -n 's/.*DOCKER_HOST=unix:\/\///p' "$out")
	that "the demo succeeds" test $status = 0
	that "it shows the failing ping" shows_ping
	that "engine, kernel and firewall stand in the first line" first_line
	that "the rule is named" names_rule
	that "the remedy is a command" remedy
	that "80 columns are enough" narrow
	that "no colour without a terminal" plain
	that "the lab is gone" nothing_left
}

three_lines() { (($(unfolded <"$out" | wc -l) == 3)); }
delivered()
{
	lab_open
	lab_scene
	"$DOCKDROP" trace --host "$LAB_URL" web db >"$out" 2>&1
	that "a delivered ping is reported" grep -qi delivered "$out"
	that "in three lines" three_lines
	lab_docker pause db >/dev/null
	"$DOCKDROP" trace --host "$LAB_URL" web db >"$out" 2>&1
	that "a paused container answers, and it is said why" grep -q "db is paused: its kernel answers" "$out"
}

# The demo is stopped when it shows what dockdrop says, as with Ctrl-C at that moment.
interrupted()
{
	local lab demo status
	: >"$out"
	# a shell's background programs ignore SIGINT
	setsid env --default-signal=INT "$LAB_TOP/tests/lab/demo.sh" neigh-unresolved >"$out" 2>&1 &
	demo=$!
	wait_for 60 grep -q "# dockdrop trace" "$out"
	lab=$(sed -n 's/.*DOCKER_HOST=unix:\/\///p' "$out")
	kill -INT -- "-$demo"
	wait $demo
	status=$?
	echo "exit status $status" >>"$out"
	that "Ctrl-C ends the demo with its status" test $status = 130
	that "Ctrl-C takes the demo down" nothing_left
}

demo
interrupted
delivered
rm -f "$out"
tap_end
