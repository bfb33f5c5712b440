# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="nothing listens on the port"
cause=no-listener
variants="tcp udp"
verdict=refused
args=("--$variant" 4321)
expect=('lost($variant)'
	'.request | like({protocol: $variant, port: 4321})'
	'.drop | like({netns: $to, reason: "NO_SOCKET"}) and (.layer | IN("transport", "socket"))')
