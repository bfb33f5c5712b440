# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="the ping is longer than the sender's device takes, and may not be fragmented"
cause=mtu-exceeded
variants="request request6"
args=(--size 2000 --df)
[[ $variant == *6 ]] && args=(-6 "${args[@]}")
verdict=unsent works=yes
expect=('.drop == null')

apply()
{
	at web ip link set eth0 mtu 1280
}
