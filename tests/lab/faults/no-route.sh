# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="a container has lost its routes"
cause=no-route
variants="request reply request6 reply6"
[[ $variant == *6 ]] && args=(-6)
if [[ $variant == request* ]]; then
	verdict=unsent
	expect=('.drop == null' '.cause.text | contains("db") or contains($to_ip)')
else
	verdict=unanswered
	expect=('.cause.text | contains("db")')
fi

apply()
{
	# without a way back, db would drop the request as one from nowhere
	at "$from" sysctl -q -w net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.eth0.rp_filter=0
	at "$from" ip "-$ipv" route flush table main
}
