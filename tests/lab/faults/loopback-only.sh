# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="the service listens on the loopback device of its container alone"
cause=loopback-only
variants="tcp udp tcp6 udp6"
protocol=${variant%6}
verdict=refused
args=("--$protocol" 81)
[[ $variant == *6 ]] && args=(-6 "${args[@]}")
expect=('lost($protocol)' '.drop | like({netns: $to, reason: "NO_SOCKET"})'
	'.cause.text | contains(if $fam == "ip6" then "::1" else "127.0.0.1" end)')

apply()
{
	at "$to" "$LAB_BUILD/hold" loopback "$protocol" 81 >/dev/null
}

facts()
{
	fact protocol "$protocol"
}
