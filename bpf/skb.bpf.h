/* SPDX-License-Identifier: GPL-2.0 */
/* From an skb to struct dd_packet: what is in the packet, before anybody asks whether it matters. */
#ifndef DD_SKB_BPF_H
#define DD_SKB_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "event.h"

#define ETH_P_IP 0x0800
#define ETH_P_ARP 0x0806
#define ETH_P_IPV6 0x86dd
#define AF_INET6 10
#define IPPROTO_ICMP 1
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define IPPROTO_ICMPV6 58
#define ICMP_ECHOREPLY 0
#define ICMP_UNREACH 3
#define ICMP_ECHO 8
#define ICMP_TIME_EXCEEDED 11
#define ICMP_PARAMETERPROB 12
#define ICMPV6_ERROR_MAX 4 /* 1 unreachable, 2 too big, 3 time exceeded, 4 parameter problem */
#define ICMPV6_ECHO 128
#define ICMPV6_ECHOREPLY 129
#define ND_SOLICIT 135
#define ND_ADVERT 136
#define NEIGH_ASK 1
#define NEIGH_ANSWER 2
#define IP_OFFSET_MASK 0x1fff
#define IPV6_OFFSET_MASK 0xfff8
#define IPV6_EXTENSIONS 4 /* how many are walked; more than hosts send */
#define NEXTHDR_HOP 0
#define NEXTHDR_ROUTING 43
#define NEXTHDR_FRAGMENT 44
#define NEXTHDR_DEST 60
#define MAC_HEADER_UNSET 0xffff

/* Where the network header is told by: on input skb->data, since the stack has not set the offset yet. */
enum skb_layout { SKB_NETWORK_OFFSET, SKB_DATA };

static __always_inline void skb_read(void *to, __u32 len, const void *from)
{
	if (bpf_probe_read_kernel(to, len, from))
		__builtin_memset(to, 0, len);
}

static __always_inline const unsigned char *skb_network(struct sk_buff *skb, enum skb_layout layout)
{
	if (layout == SKB_DATA)
		return BPF_CORE_READ(skb, data);
	return BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, network_header);
}

/* The link-layer addresses, if an Ethernet header stands right before the network header. */
static __always_inline void skb_read_macs(struct sk_buff *skb, const unsigned char *network,
					  struct dd_packet *pkt)
{
	const unsigned char *head = BPF_CORE_READ(skb, head);
	__u16 mac = BPF_CORE_READ(skb, mac_header);
	struct ethhdr eth;

	if (mac == MAC_HEADER_UNSET || head + mac + sizeof(eth) != network)
		return;
	skb_read(&eth, sizeof(eth), head + mac);
	__builtin_memcpy(pkt->mac_src, eth.h_source, 6);
	__builtin_memcpy(pkt->mac_dst, eth.h_dest, 6);
}

static __always_inline void skb_parse_arp(const unsigned char *network, struct dd_packet *pkt)
{
	struct arp_ipv4 arp;

	skb_read(&arp, sizeof(arp), network);
	pkt->neigh_op = bpf_ntohs(arp.operation); /* 1 and 2, like NEIGH_ASK and NEIGH_ANSWER */
	pkt->len = sizeof(arp);
	__builtin_memcpy(pkt->src, arp.sender_ip, 4);
	__builtin_memcpy(pkt->dst, arp.target_ip, 4);
}

static __always_inline const unsigned char *skb_parse_ip(const unsigned char *network,
							 struct dd_packet *pkt)
{
	struct iphdr ip;

	skb_read(&ip, sizeof(ip), network);
	pkt->l4 = ip.protocol;
	pkt->ttl = ip.ttl;
	pkt->ip_id = bpf_ntohs(ip.id);
	pkt->len = bpf_ntohs(ip.tot_len);
	__builtin_memcpy(pkt->src, ip.saddr, 4);
	__builtin_memcpy(pkt->dst, ip.daddr, 4);
	if (bpf_ntohs(ip.frag_off) & IP_OFFSET_MASK)
		pkt->flags |= DD_PKT_FRAGMENT;
	return network + (ip.version_ihl & 0xf) * 4;
}

static __always_inline bool skb_is_extension(__u8 nexthdr)
{
	return nexthdr == NEXTHDR_HOP || nexthdr == NEXTHDR_ROUTING ||
	       nexthdr == NEXTHDR_FRAGMENT || nexthdr == NEXTHDR_DEST;
}

/* Goes on to the transport header; that of a later fragment is not there, its protocol is. */
static __always_inline const unsigned char *skb_skip_extensions(const unsigned char *at,
								struct dd_packet *pkt)
{
	struct ipv6_extension ext;

	for (int i = 0; i < IPV6_EXTENSIONS && skb_is_extension(pkt->l4); i++) {
		skb_read(&ext, sizeof(ext), at);
		at += 8;
		if (pkt->l4 != NEXTHDR_FRAGMENT)
			at += ext.len * 8;
		else if (bpf_ntohs(ext.frag_off) & IPV6_OFFSET_MASK)
			pkt->flags |= DD_PKT_FRAGMENT;
		pkt->l4 = ext.nexthdr;
		if (pkt->flags & DD_PKT_FRAGMENT)
			break;
	}
	return at;
}

static __always_inline const unsigned char *skb_parse_ip6(const unsigned char *network,
							  struct dd_packet *pkt)
{
	struct ipv6hdr ip;

	skb_read(&ip, sizeof(ip), network);
	pkt->l4 = ip.nexthdr;
	pkt->ttl = ip.hop_limit;
	pkt->len = sizeof(ip) + bpf_ntohs(ip.payload_len);
	__builtin_memcpy(pkt->src, ip.saddr, 16);
	__builtin_memcpy(pkt->dst, ip.daddr, 16);
	return skb_skip_extensions(network + sizeof(ip), pkt);
}

/* A question's target is asked for, an answer's target answers: as the addresses of ARP stand. */
static __always_inline void skb_parse_nd(const union l4hdr *h, struct dd_packet *pkt)
{
	bool ask = h->nd.type == ND_SOLICIT;

	pkt->neigh_op = ask ? NEIGH_ASK : NEIGH_ANSWER;
	pkt->icmp_type = h->nd.type;
	__builtin_memcpy(ask ? pkt->dst : pkt->src, h->nd.target, 16);
}

static __always_inline void skb_parse_l4(const union l4hdr *h, struct dd_packet *pkt)
{
	switch (pkt->l4) {
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		pkt->icmp_type = h->icmp.type;
		pkt->icmp_code = h->icmp.code;
		pkt->sport = bpf_ntohs(h->icmp.id);
		pkt->dport = bpf_ntohs(h->icmp.sequence);
		break;
	case IPPROTO_TCP:
		pkt->tcp_seq = bpf_ntohl(h->tcp.seq);
		pkt->tcp_ack = bpf_ntohl(h->tcp.ack_seq);
		pkt->tcp_flags = h->tcp.flags;
		pkt->tcp_window = bpf_ntohs(h->tcp.window);
		pkt->tcp_header = (h->tcp.offset >> 4) * 4;
		/* fallthrough: the ports stand where UDP has them */
	case IPPROTO_UDP:
		pkt->sport = bpf_ntohs(h->udp.source);
		pkt->dport = bpf_ntohs(h->udp.dest);
		break;
	}
}

static __always_inline __u32 skb_netns(struct sk_buff *skb)
{
	struct net_device *dev = BPF_CORE_READ(skb, dev);
	struct sock *sk = BPF_CORE_READ(skb, sk);

	if (dev)
		return BPF_CORE_READ(dev, nd_net.net, ns.inum);
	/* a packet on its way out has no device before the route's is written into it */
	return sk ? BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum) : 0;
}

#endif
