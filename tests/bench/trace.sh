#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# How long the verdict on a dropped ping takes, from the start of the program to its end, beside
# what a ping that gives up after a second takes to say nothing.
source "$(dirname "$0")/../lab/lab.sh"
RUNS=${RUNS:-20}

# took COMMAND...: milliseconds
took()
{
	local from=$EPOCHREALTIME to
	"$@" >/dev/null 2>&1
	to=$EPOCHREALTIME
	echo $(((${to/./} - ${from/./}) / 1000))
}

# row NAME COMMAND...
row()
{
	local name=$1 run
	shift
	for ((run = 0; run < RUNS; run++)); do
		took "$@"
	done | sort -n | awk -v name="$name" '
		{ ms[NR] = $1 }
		END { printf "%-24s %8d %8d %8d\n", name, ms[int((NR + 1) / 2)], ms[1], ms[NR] }'
}

lab_open
lab_scene
db=$(lab_ip db)
lab_host iptables -I DOCKER-USER -p icmp -j DROP
echo "A dropped ping, $RUNS runs each, milliseconds"
printf '%-24s %8s %8s %8s\n' "" median least most
row "dockdrop trace web db" "$DOCKDROP" trace --host "$LAB_URL" web db
row "ping -c 1 -W 1" lab_in web "$LAB_BUILD/root/bin/busybox" ping -c 1 -W 1 "$db"
