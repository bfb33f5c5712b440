#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Whatever it cannot work with gets one line on standard error, the right exit status, and nothing
# on standard output; in bounded time.
source "$(dirname "$0")/../lab/lab.sh"
source "$LAB_TOP/tests/lab/tap.sh"

USAGE=2 CANNOT=3

# refuses NAME STATUS WORDS COMMAND...: WORDS is an extended regular expression.
refuses()
{
	local name=$1 status=$2 words=$3 got
	shift 3
	within 20 "$@" >"$LAB_DIR/stdout" 2>"$LAB_DIR/stderr" </dev/null
	got=$?
	if complaints >"$LAB_DIR/complaints"; then
		ok "$name"
	else
		cat "$LAB_DIR/complaints" "$LAB_DIR/stderr" "$LAB_DIR/stdout" | cat -v | not_ok "$name"
	fi
}

# Of what refuses() ran; succeeds if there are none.
complaints()
{
	local wrong=()
	((got == status)) || wrong+=("exit status $got instead of $status")
	(($(wc -l <"$LAB_DIR/stderr") == 1)) || wrong+=("not one line on standard error")
	grep -qE -- "$words" "$LAB_DIR/stderr" || wrong+=("not in the message: $words")
	! grep -q '[[:cntrl:]]' "$LAB_DIR/stderr" || wrong+=("control characters on standard error")
	[[ ! -s $LAB_DIR/stdout ]] || wrong+=("something on standard output")
	((${#wrong[@]} == 0)) || printf '%s\n' "${wrong[@]}"
	return ${#wrong[@]}
}

trace()
{
	local name=$1 status=$2 words=$3
	shift 3
	refuses "$name" "$status" "$words" "$DOCKDROP" trace --host "$LAB_URL" "$@"
}

usage()
{
	trace "port 0" $USAGE "1 to 65535" --tcp 0 web db
	trace "port 65536" $USAGE "1 to 65535" --tcp 65536 web db
	trace "port with a sign" $USAGE "1 to 65535" --udp -1 web db
	trace "port that is no number" $USAGE "1 to 65535" --tcp http web db
	trace "two protocols" $USAGE tcp --tcp 80 --udp 53 web db
	trace "count 0" $USAGE count --count 0 web db
	trace "size that is too large" $USAGE size --size 99999999999999999999 web db
	trace "unknown option" $USAGE "--frobnicate" --frobnicate web db
	trace "option without its value" $USAGE tcp web db --tcp
	trace "no operands" $USAGE SRC
	trace "one operand" $USAGE DST web
	trace "three operands" $USAGE cache web db cache
	trace "source equals destination" $USAGE both web web
	trace "an empty name" $USAGE empty "" db
	refuses "no command" $USAGE command "$DOCKDROP"
	refuses "unknown command" $USAGE explode "$DOCKDROP" explode
}

engines()
{
	local url
	refuses "no such socket" $CANNOT "no such socket.*start" \
		"$DOCKDROP" trace --host unix:///nowhere/docker.sock web db
	"$LAB_BUILD/fakeengine" "$LAB_DIR/stale" "$LAB_DIR" &
	wait_for 5 test -S "$LAB_DIR/stale"
	kill $!
	wait $! 2>/dev/null
	refuses "nobody listens" $CANNOT "nobody listens" \
		"$DOCKDROP" trace --host "unix://$LAB_DIR/stale" web db
	for url in tcp://192.0.2.1:2375 ssh://root@192.0.2.1 npipe:////./pipe/docker_engine; do
		refuses "remote engine ${url%%:*}" $CANNOT "engine" "$DOCKDROP" trace --host "$url" web db
		refuses "remote engine ${url%%:*} in DOCKER_HOST" $CANNOT "engine" \
			env DOCKER_HOST="$url" "$DOCKDROP" trace web db
	done
	refuses "no engine's URL" $CANNOT "URL" "$DOCKDROP" trace --host gopher://engine web db
}

# Needs a program that others may run, and a directory that they may enter.
privileges()
{
	local public
	public=$(mktemp -d)
	chmod 755 "$public"
	install -m 755 "$DOCKDROP" "$public/dockdrop"
	refuses "not root" $CANNOT "root" setpriv --reuid nobody --regid nogroup --clear-groups \
		"$public/dockdrop" trace --host "$LAB_URL" web db
	# perfmon and bpf by their numbers: Debian 11's setpriv does not know their names
	local caps=+sys_admin,+net_admin,+net_raw,+sys_ptrace,+syslog,+cap_38,+cap_39
	refuses "permission denied on the socket" $CANNOT "permission denied" \
		setpriv --reuid nobody --regid nogroup --clear-groups \
		--inh-caps "$caps" --ambient-caps "$caps" "$public/dockdrop" trace --host "$LAB_URL" web db
	rm -rf "$public"
	refuses "no type information" $CANNOT "BTF|type information" \
		unshare --mount sh -c 'mount -t tmpfs tmpfs /sys/kernel/btf && exec "$@"' - \
		"$DOCKDROP" trace --host "$LAB_URL" web db
}

containers()
{
	trace "unknown container" $CANNOT 'cache.*running:.*web' web cache
	trace "a name with control characters" $CANNOT 'no container' web $'db\e[31m\nok'
	trace "a name that is a path" $CANNOT 'no container' web ../../version
	trace "no IPv6" $CANNOT "web has no IPv6 address" -6 web db
	trace "an IPv6 address over IPv4" $CANNOT "fd00::7 is an IPv6 address, and -4 asks for IPv4" -4 web fd00::7
	trace "addresses of two families" $CANNOT "IPv6 address, and .* asks for IPv4" 172.18.0.2 fd00::7
	trace "a link-local address" $CANNOT "unicast" web fe80::1
	trace "an IPv4 address in disguise" $CANNOT "unicast" web ::ffff:172.18.0.2
	trace "an address of nobody" $CANNOT "192.0.2.7" 192.0.2.7 web
	lab_container stopped "$LAB_NETWORK" sleep 1000
	lab_docker kill stopped >/dev/null
	trace "stopped container" $CANNOT "docker start stopped" web stopped
	lab_container frozen "$LAB_NETWORK" sleep 1000
	lab_docker pause frozen >/dev/null
	trace "paused container" $CANNOT "docker unpause frozen" frozen web
	lab_container hosted host sleep 1000
	trace "container in the host's network" $CANNOT "host" web hosted
	lab_container alone none sleep 1000
	trace "container without a network" $CANNOT "alone has no (network|IPv4 address)" web alone
	lab_container joined container:web sleep 1000
	trace "two containers in one namespace" $CANNOT "same|share" web joined
	trace "unknown network" $CANNOT "backstage" --network backstage web db
}

# How many pings got to db.
pings()
{
	lab_in db nstat --ignore --noupdate --zeros --json IcmpInEchos | jq .kernel.IcmpInEchos
}

pinged()
{
	(($(pings) > before))
}

# db is told not to answer, which keeps the trace waiting until its time is up.
dies_during_trace()
{
	local before
	lab_in db sysctl -qw net.ipv4.icmp_echo_ignore_all=1
	before=$(pings)
	(
		wait_for 10 pinged
		lab_docker kill db >/dev/null
	) &
	trace "container that dies during the trace" $CANNOT "stopped during the trace: docker start db" \
		--timeout $((4 * LAB_SLOW)) web db
	wait $!
}

# answer PATH BODY [LENGTH]: what the fake engine says to GET PATH.
answer()
{
	printf 'HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s' \
		"${3:-${#2}}" "$2" >"$fake/$1"
}

# A fake engine that is right as far as it goes, in the directory $fake, at $LAB_DIR/fake.sock.
fake_engine()
{
	fake=$LAB_DIR/fake
	mkdir "$fake"
	"$LAB_BUILD/fakeengine" "$LAB_DIR/fake.sock" "$fake" &
	wait_for 5 test -S "$LAB_DIR/fake.sock"
	fake_right
}

fake_right()
{
	rm -f "$fake"/*
	answer _ping OK
	answer version "{\"Version\":\"20.10.24\",\"ApiVersion\":\"1.41\",\"MinAPIVersion\":\"1.12\",
		\"KernelVersion\":\"$(uname -r)\"}"
	answer info '{"ServerVersion":"20.10.24"}'
	answer containers_json '[{"Id":"aaaa1111","Names":["/web"],"State":"running"},
		{"Id":"aaaa2222","Names":["/evil\u001b[2J\u202e"],"State":"running"}]'
}

lies()
{
	local fake path
	fake_engine
	local LAB_URL=unix://$LAB_DIR/fake.sock
	trace "ambiguous prefix" $CANNOT 'fits 2 containers.*web' aaaa db
	trace "names with control characters from the engine" $CANNOT 'running:.*web' nobody db
	for path in version info containers_json containers_web_json; do
		fake_right
		answer "$path" '{"Id":[[[['
		trace "malformed JSON: $path" $CANNOT 'malformed|cut short' web db
		fake_right
		answer "$path" '{"Id":' 4000
		trace "truncated answer: $path" $CANNOT 'cut short' web db
		fake_right
		: >"$fake/$path"
		trace "no answer: $path" $CANNOT 'does not answer in time' web db
	done
	fake_right
	answer containers_web_json '{"Id":7,"Name":{},"State":"running","NetworkSettings":[]}'
	trace "JSON of another shape" $CANNOT 'malformed' web db
	fake_right
	answer containers_web_json '{"Id":"aaaa1111","Name":"/we\u001b[31mb","State":{"Running":false},
		"HostConfig":{"NetworkMode":"bridge"},"NetworkSettings":{"Networks":{}}}'
	trace "a stopped container with control characters in its name" $CANNOT 'not running' web db
	fake_right
	printf 'SSH-2.0-OpenSSH_9.2\r\n' >"$fake/_ping"
	trace "not HTTP" $CANNOT 'not HTTP' web db
	fake_right
	answer version "{\"Version\":\"1\",\"ApiVersion\":\"1.41\",\"KernelVersion\":\"1.0-elsewhere\"}"
	trace "an engine of another kernel" $CANNOT 'kernel 1.0-elsewhere' web db
}

lab_open
lab_network "$LAB_NETWORK"
lab_container web "$LAB_NETWORK" sleep 1000
lab_container db "$LAB_NETWORK" sleep 1000
usage
engines
privileges
containers
dies_during_trace
lies
tap_end
