#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# record --ring: files of a bounded size, of which the last ones stay, each whole for report and for
# tshark, and which together hold what was counted; names that somebody else has; kill -9.
source "$(dirname "$0")/../lab/lab.sh"
source "$LAB_TOP/tests/lab/tap.sh"
PORT=9000 PORTS=100 KEPT=3 MB=$((1 << 20))

# recording NAME OPTION...: starts it, to $LAB_DIR/NAME/file-*
recording()
{
	name=$1 ring=$LAB_DIR/$1/file
	mkdir -p "$LAB_DIR/$1"
	"$DOCKDROP" record --host "$LAB_URL" -o "$ring" --json "${@:2}" >"$LAB_DIR/$1.out" 2>"$LAB_DIR/$1.err" &
	recorder=$!
	wait_for 20 lab_is_attached $recorder
}

end()
{
	kill "-$1" $recorder
	wait $recorder 2>/dev/null
	got=$?
}

# has N: a file of that number, with something in it
has()
{
	[[ -s $ring-$(printf %05d "$1") ]]
}

# drops COUNT: datagrams of PORTS flows into the rule
drops()
{
	lab_in web "$LAB_BUILD/flood" "$db" $PORT 2000 "$1" $PORTS >/dev/null
}

# drops_until N: drops, until there is a file of that number; a machine that is busy samples few of them
drops_until()
{
	local tries
	for ((tries = 0; tries < 60; tries++)); do
		! has "$1" || return 0
		drops 1000
	done
	has "$1"
}

counted()
{
	lab_host iptables -nvxL DOCKER-USER | awk '$3 == "DROP" { print $1 }'
}

# Of the rule's ports; each file alone.
reported()
{
	local file sum=0
	for file in "$ring"-*; do
		"$DOCKDROP" report --json "$file" >"$LAB_DIR/report" 2>"$LAB_DIR/report.err"
		sum=$((sum + $(jq --argjson from $PORT \
			'[.kinds[] | select(.port >= $from and .port < $from + 100) | .total] | add // 0' "$LAB_DIR/report")))
	done
	echo $sum
}

# numbers: of the files that are there
numbers()
{
	local file
	for file in "$ring"-*; do echo $((10#${file##*-})); done | xargs
}

# whole FILE: for report, and for tshark, which finds comments
whole()
{
	"$DOCKDROP" report --json "$1" >"$LAB_DIR/report" 2>&1
	(($? <= 1)) && jq -e '.damage == null' "$LAB_DIR/report" >/dev/null || { echo "report: $1"; cat "$LAB_DIR/report"; }
	command -v tshark >/dev/null || return 0
	tshark -n -r "$1" -T fields -e frame.comment 2>"$LAB_DIR/tshark.err" |
		grep -qv -e '^dropped: ' -e '^$' && echo "tshark: $1: other comments"
	[[ ! -s $LAB_DIR/tshark.err ]] || grep -v 'Running as user' "$LAB_DIR/tshark.err"
}

# Everything is in the files, where none is removed.
sums()
{
	local before wrong='' file
	before=$(counted)
	recording sums --ring 50 --file-size 1 --proto udp
	drops_until 3
	end INT
	same "it ends well" 0 "$got"
	same "several files" true "$([[ $(numbers | wc -w) -gt 2 ]] && echo true || numbers)"
	same "together they have what the rule counted" $(($(counted) - before)) "$(reported)"
	wrong=$(for file in "$ring"-*; do whole "$file"; done)
	same "each is whole, for report and tshark" none "${wrong:-none}"
}

bounds()
{
	local last file all sizes
	recording bounds --ring $KEPT --file-size 1 --proto udp
	drops_until 5
	end TERM
	read -r -a all <<<"$(numbers)"
	last=${all[-1]}
	same "the last $KEPT stay" "$((last - 2)) $((last - 1)) $last" "${all[*]}"
	same "and are for root alone" "600 600 600" "$(stat -c %a "$ring"-* | xargs)"
	# a record may reach beyond; the last is still short
	sizes=$(for file in "$ring"-*; do
		(($(stat -c %s "$file") < MB + MB / 8)) || stat -c '%n %s' "$file"
	done)
	same "sizes are bounded" none "${sizes:-none}"
}

# What stands where the next files would be, put there while it runs.
strangers()
{
	mkdir -p "$LAB_DIR/strangers"
	ring=$LAB_DIR/strangers/file
	echo precious >"$LAB_DIR/strangers/precious"
	recording strangers --ring 50 --file-size 1 --proto udp
	echo mine >"$ring-00002"
	ln -s precious "$ring-00003"
	ln -s nothing "$ring-00004"
	mkdir "$ring-00005"
	drops_until 6
	end INT
	same "a file, links and a directory are passed by" "0 mine precious" \
		"$got $(cat "$ring-00002" "$ring-00003" | xargs)"
	same "... and nothing is made through a link" none "$(cd "$LAB_DIR/strangers" && ls nothing 2>/dev/null || echo none)"
	"$DOCKDROP" record --host "$LAB_URL" --duration 0.1 --ring 5 -o "$ring" >/dev/null 2>"$LAB_DIR/strangers.err"
	same "not over an earlier ring" 3 $?
	rm -r "$ring"-*
	echo mine >"$ring-00007"
	"$DOCKDROP" record --host "$LAB_URL" --duration 0.1 --ring 5 -o "$ring" >/dev/null 2>"$LAB_DIR/strangers.err"
	same "... not even if its first files are gone" "3 7" "$? $(numbers)"
	"$DOCKDROP" record --host "$LAB_URL" --duration 0.1 --ring 5 -o "$ring" --force >/dev/null 2>"$LAB_DIR/strangers.err"
	same "... with --force in its place" "0 1" "$? $(numbers)"
	rm "$ring"-*
	ln -s precious "$ring-00001"
	"$DOCKDROP" record --host "$LAB_URL" --duration 0.1 --ring 5 -o "$ring" --force >/dev/null 2>"$LAB_DIR/strangers.err"
	same "... but through no link" "3 precious" "$? $(cat "$LAB_DIR/strangers/precious")"
}

killed()
{
	local before all
	before=$(counted)
	recording killed --ring 50 --file-size 1 --proto udp
	drops_until 2
	all=$(($(counted) - before))
	sleep $((LAB_SLOW + 1)) # what was counted is in the file after a second
	end KILL
	same "kill -9: what was counted a second ago is there" $all "$(reported)"
	"$DOCKDROP" report --json "$ring-00001" >/dev/null 2>&1
	same "... the first file is whole" 1 $?
	"$DOCKDROP" report "$(printf '%s\n' "$ring"-* | tail -n 1)" >/dev/null 2>"$LAB_DIR/killed.err"
	same "... of the last it is said that it has no end" "4 1" "$? $(grep -c 'no end\|cut short' "$LAB_DIR/killed.err")"
}

lab_open
lab_scene
db=$(lab_ip db)
lab_ping web "$db" >/dev/null
lab_host iptables -I DOCKER-USER -p udp -j DROP
sums
bounds
strangers
killed
tap_end
