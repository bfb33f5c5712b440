# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="the packet reaches the container, and nobody there answers"
cause=app-silent
variants="udp-reply icmp-reply udp6-reply icmp6-reply paused-reply"
verdict=unanswered
confidence=likely
[[ $variant == *6* ]] && args=(-6)
[[ $variant == udp* || $variant == paused* ]] && args+=(--udp 7)
expect=('.drop == null' '.cause.text | contains("db")')

case $variant in
udp*) expect+=('.cause.text | contains("stopped by a signal")' '.cause.remedy[0] | test("^kill -CONT [0-9]+$")') ;;
paused*) expect+=('.cause.text | contains("is paused")' '.cause.remedy[0] == "docker unpause db"') ;;
esac

apply()
{
	if [[ $variant == paused* ]]; then
		lab_docker pause db >/dev/null
	elif [[ $variant == udp* ]]; then
		# the service hangs, its socket still takes datagrams
		lab_docker kill --signal STOP db >/dev/null
	elif [[ $variant == icmp6* ]]; then
		at db sysctl -q -w net.ipv6.icmp.echo_ignore_all=1
	else
		at db sysctl -q -w net.ipv4.icmp_echo_ignore_all=1
	fi
}
