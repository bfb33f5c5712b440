# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="nothing listens on the port"
cause=no-listener
variants="tcp udp tcp6 udp6"
protocol=${variant%6}
verdict=refused
args=("--$protocol" 4321)
[[ $variant == *6 ]] && args=(-6 "${args[@]}")
expect=('lost($protocol)'
	'.request | like({protocol: $protocol, port: 4321})'
	'.drop | like({netns: $to, reason: "NO_SOCKET"}) and (.layer | IN("transport", "socket"))')

facts()
{
	fact protocol "$protocol"
}
