# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="the packet reaches the container, and nobody there answers"
cause=app-silent
variants="udp-reply icmp-reply"
verdict=unanswered
confidence=likely
[[ $variant == udp-reply ]] && args=(--udp 7)
expect=('.drop == null' '.cause.text | contains("db")')

apply()
{
	if [[ $variant == udp-reply ]]; then
		# the service hangs, its socket still takes datagrams
		lab_docker kill --signal STOP db >/dev/null
	else
		at db sysctl -q -w net.ipv4.icmp_echo_ignore_all=1
	fi
}
