# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="the bridge answers for a container (neigh_suppress), by a wrong entry of the host's"
cause=mac-mismatch
variants="request request6"
[[ $variant == *6 ]] && args=(-6)
# of the host's entries the doctor does not know who asks for them
confidence='exact likely' risk=yes
expect=('lost("icmp")'
	'.cause.text | ascii_downcase | contains("02:00:00:00:00:99")')

missing()
{
	lab_host ip link add shop7 type bridge
	lab_host ip link add shop8 master shop7 type veth peer name shop9
	lab_host bridge link set dev shop8 neigh_suppress on 2>/dev/null ||
		echo "this kernel's bridges do not answer for others"
	lab_host ip link del shop8
	lab_host ip link del shop7
}

# It answers for who is behind such a port, if it has a forwarding entry for the address (br_arp_nd_proxy.c).
apply()
{
	at host ip neigh replace "$to_ip" dev "$bridge" lladdr 02:00:00:00:00:99 nud permanent
	at host bridge fdb replace 02:00:00:00:00:99 dev "$to_veth" master static
	at host bridge link set dev "$to_veth" neigh_suppress on
	at "$from" ip neigh flush dev eth0
}
