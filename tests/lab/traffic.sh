# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Healthy traffic between web and db of the lab: pings, connections that open and close, datagrams,
# over IPv4 and IPv6; and what a healthy network says besides, such as router solicitations. Source
# it after lab.sh, on a lab with LAB_IPV=6.

# One round in each container costs half a second of waiting, not of work.
traffic_start()
{
	local db db6 web6
	db=$(lab_ip db) db6=$(lab_ip db 6) web6=$(lab_ip web 6)
	lab_docker exec -d web sh -c "while :; do
		ping -c 1 -W 1 $db; ping -c 1 -W 1 $db6
		wget -qO /dev/null http://$db/; wget -qO /dev/null http://[$db6]/
		udpecho 7 $db; udpecho 7 $db6
		sleep 0.3
	done >/dev/null 2>&1"
	lab_docker exec -d db sh -c "while :; do
		ping -c 1 -W 1 $web6; ping -c 1 -W 1 ff02::2%eth0; ping -c 1 -W 1 224.0.0.251
		sleep 0.5
	done >/dev/null 2>&1"
}
