# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="strict reverse path filtering, and the way back leads elsewhere"
cause=rp-filter
variants="request reply"
device=eth0
[[ $variant == reply ]] && device=eth1 args=(--network "$LAB_NETWORK")
expect=('lost("icmp")'
	'.drop | like({layer: "ip", netns: $to, device: $device, reason: "IP_RPFILTER"})'
	'.cause.remedy[0] | contains("rp_filter")')

scene()
{
	lab_scene
	[[ $variant == reply ]] || return 0
	lab_network stock
	lab_docker network connect stock web
	lab_docker network connect stock db
}

# A host that would drop a packet for this does not answer its ARP either, so that both have to
# know each other beforehand. For the reply, db sends it through a network that it shares too.
apply()
{
	local mac
	warm
	if [[ $variant == reply ]]; then
		mac=$(at "$to" ip -json link show eth1 | jq -r '.[0].address')
		at "$from" ip route add "$to_ip/32" dev eth1
		at "$from" ip neigh add "$to_ip" dev eth1 lladdr "$mac" nud permanent
		# since 28 the engine drops there what comes to a container's address by another bridge
		at host iptables -t raw -F PREROUTING
	else
		at "$to" ip link add shop0 type veth peer name shop1
		at "$to" ip link set shop0 up
		at "$to" ip link set shop1 up
		at "$to" ip route add "$from_ip/32" dev shop0
	fi
	at "$to" sysctl -q -w "net.ipv4.conf.$device.rp_filter=1"
}

facts()
{
	fact device "$device"
}
