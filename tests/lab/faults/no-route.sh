# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="a container has lost its routes"
cause=no-route
variants="request reply request6 reply6 rewritten"
[[ $variant == *6 ]] && args=(-6)
if [[ $variant == rewritten ]]; then
	verdict=refused check=none
	expect=('.drop | like({layer: "ip", netns: "host", reason: "IP_INNOROUTES"})'
		'.cause.text | contains("he host has no route to 192.0.2.9") and contains($to_ip)')
elif [[ $variant == request* ]]; then
	verdict=unsent
	expect=('.drop == null' '.cause.text | contains("db") or contains($to_ip)')
else
	verdict=unanswered
	expect=('.cause.text | contains("db")')
fi

apply()
{
	if [[ $variant == rewritten ]]; then
		at host iptables -t nat -A PREROUTING -s "$from_ip" -d "$to_ip" -j DNAT --to-destination 192.0.2.9
		return
	fi
	# without a way back, db would drop the request as one from nowhere
	at "$from" sysctl -q -w net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.eth0.rp_filter=0
	at "$from" ip "-$ipv" route flush table main
}
