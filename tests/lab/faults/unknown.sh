# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="a policy rule for pings alone forbids them; the route itself looks well"
cause=unknown
verdict=unsent status=4 confidence=possible
expect=('.drop == null' '.cause.text | contains("Permission denied")')

apply()
{
	at web ip rule add to "$to_ip" ipproto icmp prohibit
}
