#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What watch costs, and whether it counts every drop: a storm of datagrams from one container to
# another, in a private engine's namespace, into a rule that counts what it drops; beside a bpftrace
# script on the same tracepoint, and perf record, where they are installed. Alternating runs of
# SECONDS each; medians.
source "$(dirname "$0")/../lab/lab.sh"
RUNS=${RUNS:-5} FORWARDS=${FORWARDS:-10} SECONDS_EACH=${SECONDS_EACH:-3} STORM=${STORM:-30}
PORT=9999 SINK=7777
BLAST=$LAB_BUILD/blast

# What a user would reach for otherwise.
BPFTRACE='tracepoint:skb:kfree_skb {
	$skb = (struct sk_buff *)args->skbaddr;
	$ip = (struct iphdr *)($skb->head + $skb->network_header);
	@[args->location, args->reason, $skb->dev->ifindex, $ip->saddr, $ip->daddr, $ip->protocol] = count();
}'

median()
{
	sort -n | awk '{ v[NR] = $1 } END { print NR ? v[int((NR + 1) / 2)] : 0 }'
}

# Packets that the rule has dropped so far.
dropped()
{
	lab_host iptables -nvxL DOCKER-USER | awk '$3 == "DROP" { print $1 }'
}

# storm SECONDS: drops a second, by the rule's own counter
storm()
{
	local before after
	before=$(dropped)
	lab_in web "$BLAST" "$db" $PORT "$1" >/dev/null
	after=$(dropped)
	echo $(((after - before) / $1))
}

# forward SECONDS: datagrams a second that arrive
forward()
{
	lab_in db "$BLAST" - $SINK $(($1 + 1)) >"$LAB_DIR/taken" &
	local sink=$!
	wait_for 5 sinks
	lab_in web "$BLAST" "$db" $SINK "$1" >/dev/null
	wait $sink
	awk -v s="$1" '{ print int($1 / s) }' "$LAB_DIR/taken"
}

sinks()
{
	[[ -n $(lab_in db ss -Hlun sport = :$SINK) ]]
}

observed()
{
	case $1 in
	watch) grep -q watching "$LAB_DIR/observer.err" ;;
	bpftrace) holds_programs ;;
	perf) [[ -s $LAB_DIR/perf.data ]] ;;
	esac
}

# bpftrace says nothing into a file before it ends.
holds_programs()
{
	grep -qs ^prog_id "/proc/$observer/fdinfo/"*
}

# start none|watch|bpftrace|perf
start()
{
	observer=
	case $1 in
	none) return ;;
	watch) "$DOCKDROP" watch --host "$LAB_URL" >"$LAB_DIR/observer" 2>"$LAB_DIR/observer.err" & ;;
	bpftrace) BPFTRACE_STRLEN=64 bpftrace -e "$BPFTRACE" >"$LAB_DIR/observer" 2>&1 & ;;
	perf) perf record -q -a -e skb:kfree_skb -o "$LAB_DIR/perf.data" >"$LAB_DIR/observer" 2>&1 & ;;
	esac
	observer=$!
	wait_for 20 observed "$1" || return 1
}

stop()
{
	[[ -n $observer ]] || return 0
	kill -INT "$observer" 2>/dev/null
	wait "$observer" 2>/dev/null
}

# Which observers there are, and whether they run here.
available()
{
	local name
	echo watch
	for name in bpftrace perf; do
		if ! command -v $name >/dev/null; then
			echo "$name is not installed, so that nothing is compared with it" >&2
			continue
		fi
		if start $name; then
			echo $name
		else
			echo "$name does not run here: $(tail -n 1 "$LAB_DIR/observer")" >&2
		fi
		stop
		rm -f "$LAB_DIR/perf.data"
	done
}

rates()
{
	local run observer_name
	for ((run = 0; run < RUNS; run++)); do
		for observer_name in none "${observers[@]}"; do
			start "$observer_name" || continue
			storm "$SECONDS_EACH" >>"$LAB_DIR/rate.$observer_name"
			stop
			rm -f "$LAB_DIR/perf.data"
		done
	done
	echo
	echo "Drop rate, $RUNS alternating runs of $SECONDS_EACH s, median"
	printf '%-28s %12s %8s\n' "" "drops/s" "kept"
	base=$(median <"$LAB_DIR/rate.none")
	for observer_name in none "${observers[@]}"; do
		row "$observer_name" "$(median <"$LAB_DIR/rate.$observer_name")" "$base"
	done
}

row()
{
	awk -v n="$1" -v a="$2" -v b="$3" 'BEGIN { printf "%-28s %12d %8.3f\n", n, a, b ? a / b : 0 }'
}

forwards()
{
	local run
	for ((run = 0; run < FORWARDS; run++)); do
		forward "$SECONDS_EACH" >>"$LAB_DIR/forward.none"
		start watch
		forward "$SECONDS_EACH" >>"$LAB_DIR/forward.watch"
		stop
	done
	echo
	echo "Forwarding rate, nothing dropped, $FORWARDS alternating runs of $SECONDS_EACH s, median"
	base=$(median <"$LAB_DIR/forward.none")
	row none "$base" "$base"
	row watch "$(median <"$LAB_DIR/forward.watch")" "$base"
}

# Ticks of a process's own CPU time.
ticks()
{
	awk '{ print $14 + $15 }' "/proc/$1/stat"
}

# Nanoseconds for each run of the observer's programs, by the kernel's own statistics.
program_cost()
{
	local ids
	ids=$(sed -n 's/^prog_id:[[:space:]]*//p' "/proc/$observer/fdinfo/"* | sort -u | paste -sd ,)
	bpftool --json prog show | jq --argjson ids "[$ids]" '[.[] | select(.id | IN($ids[])) | select(.run_cnt)] |
		(map(.run_time_ns) | add) / (map(.run_cnt) | max) | floor'
}

# Apart from the rates: it takes time itself that the kernel counts this.
costs()
{
	local before name
	before=$(sysctl -n kernel.bpf_stats_enabled)
	echo
	echo "In the program, ns for each drop, one run of $SECONDS_EACH s"
	for name in watch bpftrace; do
		[[ " ${observers[*]} " == *" $name "* ]] && start "$name" || continue
		sysctl -qw kernel.bpf_stats_enabled=1
		storm "$SECONDS_EACH" >/dev/null
		printf '%-28s %12d\n' "$name" "$(program_cost)"
		sysctl -qw "kernel.bpf_stats_enabled=$before"
		stop
	done
}

exact()
{
	local before after cpu rss own missed told
	"$DOCKDROP" watch --json --host "$LAB_URL" --proto udp >"$LAB_DIR/lines" 2>"$LAB_DIR/observer.err" &
	observer=$!
	wait_for 30 lab_is_attached $observer
	cpu=$(ticks $observer)
	before=$(dropped)
	lab_in web "$BLAST" "$db" $PORT "$STORM" >"$LAB_DIR/sent"
	after=$(dropped)
	sleep 1.2
	cpu=$(($(ticks $observer) - cpu))
	rss=$(awk '/VmRSS/ { print $2 }' /proc/$observer/status)
	own=$(awk '/RssAnon/ { print $2 }' /proc/$observer/status)
	kill -INT $observer
	wait $observer
	tail -n 1 "$LAB_DIR/lines" >"$LAB_DIR/summary"
	told=$(jq '[.kinds[] | select(.reason == "NETFILTER_DROP") | .total] | add' "$LAB_DIR/summary")
	missed=$(jq '.totals.other + .totals.missed' "$LAB_DIR/summary")
	echo
	echo "A storm of $STORM s"
	printf '%-28s %12d\n' "dropped, by the rule" $((after - before))
	printf '%-28s %12d\n' "by watch, of that kind" "$told"
	printf '%-28s %12d\n' "by watch, of unknown kind" "$missed"
	printf '%-28s %12.1f\n' "CPU of watch, %" "$(awk -v t=$cpu -v s="$STORM" 'BEGIN { print t / s }')"
	printf '%-28s %12d\n' "its own memory, KiB" "$own"
	printf '%-28s %12d\n' "with libraries' code, KiB" "$rss"
	if ((told + missed >= after - before && told <= after - before)); then
		echo "every drop is accounted for"
	else
		echo "NOT every drop is accounted for"
		return 1
	fi
}

lab_open
lab_scene
db=$(lab_ip db)
lab_host iptables -I DOCKER-USER -p udp --dport $PORT -j DROP
lab_ping web "$db" >/dev/null
mapfile -t observers < <(available)
exact
status=$?
costs
rates
forwards
exit $status
