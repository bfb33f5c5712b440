# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="two containers of one network have the same MAC, and the other one spoke last"
cause=address-duplicate
# What web sends moves its address back to its own port, so that no answer is lost by that; and two that
# have the same MAC have the same link-local address, which duplicate address detection finds.
variants="engine hand tcp"
mac=02:00:00:00:07:07
[[ $variant == tcp ]] && args=(--tcp 80)
verdict='dropped vanished' confidence='exact likely'
expect=('.cause.text | contains($mac)'
	'.cause.remedy[0] | contains("docker network disconnect \($network) db")')

scene()
{
	lab_network "$LAB_NETWORK"
	lab_container web "$LAB_NETWORK"
	[[ $variant == hand* ]] || LAB_RUN+=(--mac-address "$mac")
	lab_container db "$LAB_NETWORK"
	lab_container other "$LAB_NETWORK"
}

apply()
{
	if [[ $variant == hand* ]]; then
		mac=$(LAB_SHOW='' at db ip -json link show eth0 | jq -r '.[0].address')
		at other ip link set eth0 address "$mac"
	fi
	warm
	# neither looks for the other again, which would tell the bridge where db is
	at web ip neigh replace "$to_ip" dev eth0 lladdr "$mac" nud permanent
	at db ip neigh replace "$from_ip" dev eth0 nud permanent \
		lladdr "$(LAB_SHOW='' at web ip -json link show eth0 | jq -r '.[0].address')"
	lab_ping other "$from_ip" >/dev/null
}

facts()
{
	fact mac "$mac"
	fact network "$LAB_NETWORK"
}
