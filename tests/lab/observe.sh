# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
# watch and record in the background, for the tests of either. Source it after lab.sh; it wants db's
# address in $db and a port of no service's in $PORT.

# observe NAME COMMAND...: starts dockdrop COMMAND, with what it says in files of that name.
observe()
{
	local name=$1
	shift
	"$DOCKDROP" "$1" --host "$LAB_URL" "${@:2}" >"$LAB_DIR/$name.out" 2>"$LAB_DIR/$name.err" &
	observer=$!
	wait_for 20 is_observing "$name"
}

# Attached and told so; --json says nothing before the first drop.
is_observing()
{
	grep -qs ^link_id "/proc/$observer/fdinfo/"* &&
		{ grep -qE 'watching|recording' "$LAB_DIR/$1.err" || lab_is_attached $observer; }
}

# end SIGNAL: leaves the exit status in $got.
end()
{
	kill "-$1" $observer
	wait $observer
	got=$?
}

counted()
{
	lab_host iptables -nvxL DOCKER-USER | awk '$3 == "DROP" { print $1 }'
}

has_lines()
{
	(($(wc -l <"$LAB_DIR/$1.out") >= $2))
}

# is_known CONTAINER OUTPUT: watch has its name; by what is lost at a port that is not the rule's
is_known()
{
	lab_in "$1" "$LAB_BUILD/flood" "$db" $((PORT + 1)) 10 1 >/dev/null
	grep -q "\"$1\"" "$LAB_DIR/$2.out"
}
