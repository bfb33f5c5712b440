# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="a wrong, permanent neighbour entry"
cause=mac-mismatch
variants="request reply"
confidence='exact likely'
expect=('lost("icmp")'
	'.drop | like({layer: "ip", netns: $to, device: "eth0", reason: "OTHERHOST"})'
	'.cause.text | ascii_downcase | contains("02:00:00:00:00:99")'
	'.cause.remedy[0] | contains("ip neigh del \($to_ip)")')

apply()
{
	at "$from" ip neigh replace "$to_ip" dev eth0 lladdr 02:00:00:00:00:99 nud permanent
}
