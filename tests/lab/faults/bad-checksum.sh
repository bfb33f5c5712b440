# shellcheck shell=bash disable=SC2034,SC2154
# SPDX-License-Identifier: GPL-2.0
about="something on the way spoils a checksum"
cause=bad-checksum
variants="icmp icmp-reply tcp tcp-reply udp udp-reply ip ip-reply"
variants+=" icmp6 icmp6-reply tcp6 tcp6-reply udp6 udp6-reply"
case $variant in
tcp6*) args=(-6 --tcp 80) ;;
tcp*) args=(--tcp 80) ;;
udp6*) args=(-6 --udp 7) ;;
udp*) args=(--udp 7) ;;
icmp-reply) works=yes ;; # a raw socket gets its copy before the checksum is looked at
*6*) args=(-6) ;;
esac
checksum=${variant%%[6-]*}
protocol=${checksum/ip/icmp}
[[ $checksum == icmp ]] && protocol=icmp
expect=('lost($protocol)' '.drop | like({netns: $to, device: "eth0"})'
	'.drop | reason(["\($checksum | ascii_upcase)_CSUM", "SKB_CSUM"])'
	'.cause.text | contains($checksum | ascii_upcase)')

missing()
{
	# the answer arrives at a raw socket all the same
	if [[ $variant == icmp*-reply ]] && ! has_reasons; then
		echo "the kernel gives no reasons for drops"
	fi
}

# Behind everything that looks at it itself, as a broken offload would do it.
apply()
{
	local at_bit=@th,16,16 type=ip
	case $checksum in
	tcp) at_bit=@th,128,16 ;;
	udp) at_bit=@th,48,16 ;;
	ip) at_bit=@nh,80,16 ;;
	esac
	[[ $ipv == 6 ]] && type=ip6
	warm
	# else the kernel need not fill it in, nor look at it, between two of its own devices
	at "$from" "$LAB_BUILD/txoff" eth0
	at host nft add table bridge shop
	at host nft add chain bridge shop leave '{ type filter hook postrouting priority 400; }'
	at host nft add rule bridge shop leave oifname "$to_veth" "$type" daddr "$to_ip" \
		meta l4proto "${protocol/icmp/$icmp}" "$at_bit" set 0xdead
}

facts()
{
	fact checksum "$checksum"
	fact protocol "$protocol"
}
