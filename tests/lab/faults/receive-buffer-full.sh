# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="the service does not read its datagrams"
cause=receive-buffer-full
variants="stuck stopped stuck6"
args=(--udp 81)
[[ $variant == *6 ]] && args=(-6 --udp 81)
expect=('lost("udp")' '.drop | like({netns: $to, reason: "SOCKET_RCVBUFF"})'
	'.cause.text | test("process hold \\(pid [0-9]+\\)")')
[[ $variant == stopped ]] && expect+=('.cause.remedy[0] | test("^kill -CONT [0-9]+$")')

apply()
{
	local pid
	pid=$(at "$dst" "$LAB_BUILD/hold" full udp 81)
	[[ $variant != stopped ]] || at host kill -STOP "$pid"
}
