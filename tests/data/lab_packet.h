/* SPDX-License-Identifier: GPL-2.0 */
/* For the lab's BPF programs: what is meant to be lost, and what has to pass all the same. */
#ifndef LAB_PACKET_H
#define LAB_PACKET_H

#include <linux/bpf.h>
#include <linux/icmpv6.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/* A frame that is neither ARP nor Neighbour Discovery, nor what else IPv6 says by itself. */
static __always_inline int is_data(void *data, void *end)
{
	struct ethhdr *eth = data;
	struct ipv6hdr *ip6 = data + sizeof(*eth);
	struct icmp6hdr *icmp = (void *)(ip6 + 1);

	if ((void *)(eth + 1) > end)
		return 0;
	if (eth->h_proto == bpf_htons(ETH_P_IP))
		return 1;
	if (eth->h_proto != bpf_htons(ETH_P_IPV6) || (void *)(icmp + 1) > end)
		return 0;
	if (ip6->nexthdr == IPPROTO_TCP || ip6->nexthdr == IPPROTO_UDP)
		return 1;
	return ip6->nexthdr == IPPROTO_ICMPV6 &&
	       (icmp->icmp6_type == ICMPV6_ECHO_REQUEST || icmp->icmp6_type == ICMPV6_ECHO_REPLY);
}

#endif
