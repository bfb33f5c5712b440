# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="db is on two networks and answers by another than the one that it was asked on; strict reverse path filtering"
cause=rp-filter
variants="request host-reply"
confidence='exact likely'
# a host does not even answer the ARP question of an address that it would take no packet from
[[ $variant == host* ]] && verdict=unanswered confidence=likely
[[ $variant == request ]] && expect=('lost("icmp")' '.drop | like({layer: "ip", netns: $place, device: $device})')
expect+=(
	'.cause.remedy[0] | contains("conf/\($device)/rp_filter=2")')

# web asks for an address of db's on the other network than theirs; or on one of two that web is not on.
scene()
{
	local plain=(--opt com.docker.network.bridge.enable_ip_masquerade=false)
	lab_network "$LAB_NETWORK" "${plain[@]}"
	lab_network stock "${plain[@]}"
	lab_container web "$LAB_NETWORK"
	if [[ $variant == request ]]; then
		lab_container db stock
		lab_docker network connect "$LAB_NETWORK" db
	else
		lab_network back "${plain[@]}"
		lab_container db back
		lab_docker network connect stock db
	fi
	lab_let_through
	dst=$(lab_docker inspect --format '{{.NetworkSettings.Networks.stock.IPAddress}}' db)
}

apply()
{
	case $variant in
	request)
		place=db
		device=$(at db ip -json address | jq -r --arg ip "$dst" '.[] | select(.addr_info[].local == $ip).ifname')
		at db sysctl -q -w "net.ipv4.conf.$device.rp_filter=1"
		;;
	host-reply)
		place=host device=$(lab_bridge back)
		at db ip route replace default via "$(lab_gateway back)"
		at db sysctl -q -w net.ipv4.conf.all.rp_filter=0
		at host sysctl -q -w "net.ipv4.conf.$device.rp_filter=1"
		;;
	esac
}

facts()
{
	fact dst db
	fact place "$place"
	fact device "$device"
}
