# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="the service does not accept its connections, or too many handshakes are not ended"
cause=accept-queue-full
variants="stuck-reply stopped-reply handshakes-reply stuck6-reply"
verdict=unanswered confidence=likely
args=(--tcp 81)
[[ $variant == *6* ]] && args=(-6 --tcp 81)
case $variant in
stuck*) expect=('.cause.text | test("process hold \\(pid [0-9]+\\) does not accept")') ;;
stopped*) expect=('.cause.text | contains("stopped by a signal")' '.cause.remedy[0] | test("^kill -CONT [0-9]+$")') ;;
handshakes*) expect=('.cause.text | contains("SYN cookies are off")') ;;
esac
expect+=('.drop == null')

apply()
{
	local i pid
	if [[ $variant != handshakes* ]]; then
		pid=$(at "$dst" "$LAB_BUILD/hold" full tcp 81)
		[[ $variant != stopped* ]] || at host kill -STOP "$pid"
		return
	fi
	at "$dst" sysctl -q -w net.ipv4.tcp_syncookies=0
	at "$dst" "$LAB_BUILD/hold" listen tcp 81 >/dev/null
	at "$src" iptables -A INPUT -p tcp --sport 81 -j DROP
	for i in 1 2 3 4; do
		lab_docker exec --detach "$src" nc -w 60 "$dst_ip" 81
	done
	wait_for 10 half_open
}

half_open()
{
	(($(at "$dst" ss -Hnt state syn-recv sport = :81 | wc -l) >= 2))
}
