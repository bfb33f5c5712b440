# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="the ping is answered, but not by db"
cause=address-duplicate
variants="dnat owner owner-tcp dnat6 owner6"
[[ $variant == *6 ]] && args=(-6)
verdict=vanished confidence=possible works=yes
expect=('.drop == null' '.cause.text | contains("db never got")'
	'[.probes[].result] == [$verdict, $verdict, $verdict]')
# its reset would pass for one of db's
[[ $variant == owner-tcp ]] && args=(--tcp 4321) verdict=refused works=''

scene()
{
	lab_scene
	lab_container other "$LAB_NETWORK"
}

apply()
{
	if [[ $variant == dnat* ]]; then
		at web "$ipt" -t nat -A OUTPUT -d "$to_ip" -j DNAT --to-destination "$(lab_ip other "$ipv")"
	else
		at other ip addr add "$to_ip" dev eth0 nodad
		at web ip neigh replace "$to_ip" dev eth0 nud permanent \
			lladdr "$(lab_docker inspect -f '{{range .NetworkSettings.Networks}}{{.MacAddress}}{{end}}' other)"
	fi
}
