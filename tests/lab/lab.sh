# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# The lab: a private Docker Engine in its own network, mount and PID namespaces, beside any engine
# that the machine runs. Source this file and call lab_open; the lab ends with the script, however
# that ends. dockdrop itself runs outside, with --host "$LAB_URL".

LAB_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
LAB_BUILD=$LAB_TOP/build/lab
DOCKDROP=${DOCKDROP:-$LAB_TOP/build/dockdrop}
LAB_NETWORK=shop_default
LAB_SLOW=${LAB_SLOW:-1} # how many times longer everything may take than on a real machine
LAB_IPV=4
LAB_CONFIG='{}' # of the engine
LAB_KIND=${LAB_KIND:-docker} # or again (it is started anew when it ends), rootless, podman
LAB_RUN=() # options for every container
lab_networks=0

# wait_for SECONDS COMMAND...: until the command succeeds; fails when the time is up.
wait_for()
{
	local deadline=$((SECONDS + $1 * LAB_SLOW))
	shift
	until "$@"; do
		((SECONDS < deadline)) || return 1
		sleep 0.02
	done
}

# pause TENTHS: of a second, for what can be seen nowhere
pause()
{
	sleep "$(($1 * LAB_SLOW))e-1"
}

# within SECONDS COMMAND...: ends the command when the time is up.
within()
{
	timeout --foreground $(($1 * LAB_SLOW)) "${@:2}"
}

# lab_is_attached PID: dockdrop, which watches; it gives its privileges up only then.
lab_is_attached()
{
	grep -qs '^NoNewPrivs:.*1' "/proc/$1/status"
}

lab_die()
{
	echo "lab: $*" >&2
	exit 1
}

# Where br_netfilter is a module, the engine loads it, and every bridge of the machine would be
# filtered from then on. Loaded beforehand and switched off, it changes nothing outside the lab.
lab_keep_bridges()
{
	local sysctl=/proc/sys/net/bridge
	[[ ! -e $sysctl ]] && modprobe br_netfilter 2>/dev/null || return 0
	for knob in iptables ip6tables arptables; do
		echo 0 >"$sysctl/bridge-nf-call-$knob"
	done
}

# Something that was done beforehand, in a machine that is thrown away; see tests/vm.
lab_lent()
{
	[[ " ${LAB_LENT-} " == *" $1 "* ]]
}

lab_answers()
{
	[[ -d /proc/$LAB_KEEPER ]] || lab_die "the engine did not start:$(echo; tail -n 20 "$LAB_DIR/log")"
	lab_docker version --format '{{.Server.Version}}' >"$LAB_DIR/version" 2>/dev/null
}

lab_open()
{
	! lab_lent lab_open || return 0
	((EUID == 0)) || lab_die "the lab needs root, for namespaces of its own"
	[[ -e $LAB_BUILD/image.tar ]] || lab_die "not built yet: make lab"
	lab_keep_bridges
	LAB_DIR=$(mktemp -d /tmp/dockdrop-lab.XXXXXX) # short: a socket's path has 107 bytes
	LAB_URL=unix://$LAB_DIR/sock
	trap lab_close EXIT
	[[ $LAB_KIND != podman ]] || LAB_RUN=(--cgroup-parent "/${LAB_DIR##*/}")
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	# A session of its own keeps Ctrl-C from the engine; the two kinds of parent-death signal
	# take everything down even if this script is killed outright.
	local enter=()
	[[ $LAB_KIND != rootless ]] || lab_user
	setsid "${enter[@]}" setpriv --pdeathsig KILL \
		unshare --net --mount --pid --fork --kill-child=KILL --mount-proc \
		"$LAB_TOP/tests/lab/engine.sh" "$LAB_BUILD" "$LAB_DIR" "$LAB_KIND" "$LAB_CONFIG" \
		>"$LAB_DIR/log" 2>&1 </dev/null &
	LAB_KEEPER=$!
	wait_for 30 lab_answers || lab_die "the engine does not answer:$(echo; tail -n 20 "$LAB_DIR/log")"
	LAB_PID=$(pgrep -P "$LAB_KEEPER")
	lab_docker import "$LAB_BUILD/image.tar" lab >/dev/null
}

# A user namespace in which root is nobody outside of it, and a command that enters it, in $enter.
lab_user()
{
	unshare --user sleep 60 &
	local sleeper=$!
	wait_for 5 lab_is_apart "$sleeper" || lab_die "this kernel gives no user namespace"
	echo "0 100000 65536" | tee "/proc/$sleeper/uid_map" >"/proc/$sleeper/gid_map"
	chown 100000:100000 "$LAB_DIR"
	exec {LAB_USER}<"/proc/$sleeper/ns/user"
	kill "$sleeper"
	wait "$sleeper" 2>/dev/null
	enter=(nsenter "--user=/proc/self/fd/$LAB_USER" --setuid 0 --setgid 0)
}

lab_is_apart()
{
	[[ $(readlink "/proc/$1/ns/user") != "$(readlink /proc/self/ns/user)" ]]
}

lab_close()
{
	trap '' INT TERM HUP
	trap - EXIT
	set +e
	local state
	if [[ -n ${LAB_KEEPER-} ]]; then
		# a paused container cannot be killed
		for state in /sys/fs/cgroup/freezer/"${LAB_DIR##*/}"/*/freezer.state; do
			echo THAWED >"$state"
		done
		# the first process of the PID namespace takes all others with it
		pkill -KILL -P "$LAB_KEEPER" || kill -KILL "$LAB_KEEPER"
		wait "$LAB_KEEPER"
	fi 2>/dev/null
	find /sys/fs/cgroup -depth -type d -path "*/${LAB_DIR##*/}*" -exec rmdir {} + 2>/dev/null
	rm -rf --one-file-system "$LAB_DIR"
}

lab_docker()
{
	DOCKER_CONFIG=$LAB_DIR "$LAB_BUILD/root/usr/bin/docker" --host "$LAB_URL" "$@"
}

# lab_host COMMAND...: in the engine's namespaces, which are the lab's "host".
lab_host()
{
	PATH=$LAB_DIR/bin:$PATH nsenter --target "$LAB_PID" --net --mount --pid -- "$@"
}

# lab_pid CONTAINER: its first process, as the engine numbers it. The engine is asked again once it has
# ended: under emulation its client takes a second.
lab_pid()
{
	local known=$LAB_DIR/pid.$1 pid=''
	[[ ! -e $known ]] || pid=$(<"$known")
	if [[ -z $pid || ! -d /proc/$LAB_PID/root/proc/$pid ]]; then
		pid=$(lab_docker inspect --format '{{.State.Pid}}' "$1") || return
		echo "$pid" >"$known"
	fi
	echo "$pid"
}

# lab_in CONTAINER COMMAND...: a program of this machine in the container's network namespace.
lab_in()
{
	local pid
	pid=$(lab_pid "$1") || return
	shift
	lab_host nsenter "--net=/proc/$pid/ns/net" -- "$@"
}

# at host|CONTAINER COMMAND...; tells what it runs to file descriptor $LAB_SHOW.
at()
{
	[[ -z ${LAB_SHOW-} ]] || echo "  $1# ${*:2}" >&"$LAB_SHOW"
	if [[ $1 == host ]]; then
		lab_host "${@:2}"
	else
		lab_in "$@"
	fi
}

# lab_network NAME [OPTION...]; where $LAB_IPV is 6 it has IPv6 besides, with a subnet of its own.
lab_network()
{
	local ipv6=()
	[[ $LAB_IPV != 6 ]] || ipv6=(--ipv6 --subnet "fd00:7:$((++lab_networks))::/64")
	lab_docker network create "${ipv6[@]}" "${@:2}" "$1" >/dev/null
}

lab_serves()
{
	[[ -n $(lab_in "$1" ss -Hlun sport = :7 2>/dev/null) ]]
}

# lab_container NAME NETWORK [COMMAND...]; without a command it serves TCP port 80 and UDP port 7.
lab_container()
{
	local command=("${@:3}")
	((${#command[@]})) || command=(serve)
	lab_docker run "${LAB_RUN[@]}" --detach --name "$1" --network "$2" lab "${command[@]}" >/dev/null
	[[ ${command[0]} != serve ]] || wait_for 10 lab_serves "$1" || lab_die "container $1 does not serve"
}

# lab_ping CONTAINER ADDRESS: one echo, as a program in the container would send it.
lab_ping()
{
	lab_docker exec "$1" ping -c 1 -W 1 "$2"
}

# lab_ip CONTAINER [4|6]: its address on its first network.
lab_ip()
{
	local member=IPAddress
	[[ ${2-} != 6 ]] || member=GlobalIPv6Address
	lab_docker inspect --format "{{range .NetworkSettings.Networks}}{{.$member}} {{end}}" "$1" |
		cut -d ' ' -f 1
}

# The host's address on a network, which its containers take for their gateway.
lab_gateway()
{
	lab_host ip -json "-$LAB_IPV" addr show dev "$(lab_bridge "$1")" scope global |
		jq -r '.[0].addr_info[0].local'
}

# The host's end of a container's veth pair.
lab_veth()
{
	local index
	index=$(lab_in "$1" ip -json link show eth0 | jq '.[0].link_index')
	lab_host ip -json link | jq -r --argjson index "$index" '.[] | select(.ifindex == $index).ifname'
}

lab_has_cgroups()
{
	grep -q ' - cgroup2 ' /proc/self/mountinfo
}

# The container's directory of cgroup2.
lab_cgroup()
{
	local pid mount
	mount=$(sed -n 's/.* \/ \([^ ]*\) .* - cgroup2 .*/\1/p' /proc/self/mountinfo | head -n 1)
	pid=$(lab_docker inspect --format '{{.State.Pid}}' "$1")
	echo "$mount$(lab_host cat "/proc/$pid/cgroup" | sed -n 's/^0:://p')"
}

# lab_gate DIR KIND: a BPF program on a cgroup; see gate.c. Prints its number.
lab_gate()
{
	[[ -z ${LAB_SHOW-} ]] || echo "  host# gate cgroup $*" >&"$LAB_SHOW"
	"$LAB_BUILD/gate" cgroup "$@" | sed 's/attached //'
}

# The bridge of a network.
lab_bridge()
{
	local gateway
	if [[ $LAB_KIND == podman ]]; then
		gateway=$(lab_docker network inspect --format '{{(index .IPAM.Config 0).Gateway}}' "$1")
		lab_host ip -json addr |
			jq -r --arg ip "$gateway" '.[] | select(any(.addr_info[]; .local == $ip)).ifname'
		return
	fi
	echo "br-$(lab_docker network inspect --format '{{.Id}}' "$1" | cut -c 1-12)"
}

# lab_scene: what most faults start from, web and db on one network.
lab_scene()
{
	! lab_lent lab_scene || return 0
	lab_network "$LAB_NETWORK"
	lab_container web "$LAB_NETWORK"
	lab_container db "$LAB_NETWORK"
}

# lab_routed: web and db on networks of their own, and no rule that keeps the two apart.
lab_routed()
{
	lab_network "$LAB_NETWORK"
	lab_network stock
	lab_container web "$LAB_NETWORK"
	lab_container db stock
	lab_let_through
}

# Rules of Docker's between its networks are passed by; newer engines have theirs in table raw.
lab_let_through()
{
	local program
	for program in iptables ip6tables; do
		lab_host "$program" -t raw -I PREROUTING -j ACCEPT
		lab_host "$program" -I FORWARD -j ACCEPT
	done
}

# A namespace behind a veth of the host's: 192.0.2.2.
outside_open()
{
	lab_host unshare --net sleep 600 &
	disown $!
	wait_for 5 outside_is || lab_die "there is no outside"
	at host ip link add out0 type veth peer name out1 netns "$outside"
	at host ip address add 192.0.2.1/24 dev out0
	at host ip link set out0 up
	outside ip address add 192.0.2.2/24 dev out1
	outside ip link set out1 up
	outside ip link set lo up
}
outside_is() { outside=$(lab_host pgrep -fx 'sleep 600'); }
outside() { lab_host nsenter --target "$outside" --net -- "$@"; }

# Whether duplicate address detection is through on every device of the lab: until then it has no
# link-local address to ask its neighbours from.
lab_is_settled6()
{
	local name
	for name in host $(lab_docker ps --format '{{.Names}}'); do
		[[ -z $(LAB_SHOW='' at "$name" ip -6 address show tentative) ]] || return 1
	done
}
