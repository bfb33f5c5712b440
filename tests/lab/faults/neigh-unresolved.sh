# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="nobody answers ARP, or a neighbour solicitation, for the address"
cause=neigh-unresolved
variants="request reply request6 silent noarp"
case $variant in
request*) check=address-missing ;;
silent | noarp) check=none ;;
esac
[[ $variant == *6 ]] && args=(-6)
verdict=unsent
confidence=likely
[[ $variant == reply* ]] && verdict='unanswered dropped'
expect=('.cause.text | contains($to_ip)')
[[ $variant == request* ]] || expect+=('.cause.text | contains("did not answer it, though it has that address")')

apply()
{
	if [[ $variant == request* ]]; then
		at "$to" ip address flush dev eth0
	elif [[ $variant == noarp ]]; then
		at "$to" ip link set eth0 arp off
	elif [[ $variant == silent ]]; then
		at "$to" sysctl -q -w net.ipv4.conf.all.arp_ignore=8
	else
		# an entry of its own keeps web from asking, which would tell db all that it needs
		warm
		at "$to" ip neigh replace "$from_ip" dev eth0 nud permanent \
			lladdr "$(at "$from" ip -json link show eth0 | jq -r '.[0].address')"
		at "$to" sysctl -q -w net.ipv4.conf.eth0.arp_ignore=8
		at "$from" ip neigh flush dev eth0
	fi
}
