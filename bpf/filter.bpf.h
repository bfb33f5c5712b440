/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Does this packet belong to the traced exchange? By what survives address translation where there
 * is such a thing: the cookie in ICMP and UDP payloads, the sequence number of TCP.
 */
#ifndef DD_FILTER_BPF_H
#define DD_FILTER_BPF_H

#include "maps.bpf.h"
#include "skb.bpf.h"

#define IFF_BRIDGE_PORT (1 << 9)
#define PACKET_OTHERHOST 3

static __always_inline bool filter_same4(const __u8 *a, const volatile __u8 *b)
{
	return a[0] == b[0] && a[1] == b[1] && a[2] == b[2] && a[3] == b[3];
}

/* 1: from source to destination, 2: the other way, 0: not between the two. */
static __always_inline int filter_ends(const struct dd_packet *pkt)
{
	if (filter_same4(pkt->src, dd_filter.src) && filter_same4(pkt->dst, dd_filter.dst))
		return 1;
	if (filter_same4(pkt->src, dd_filter.dst) && filter_same4(pkt->dst, dd_filter.src))
		return 2;
	return 0;
}

static __always_inline bool filter_cookie(const __u8 *cookie)
{
	return filter_same4(cookie, dd_filter.cookie) &&
	       filter_same4(cookie + 4, dd_filter.cookie + 4);
}

static __always_inline __u16 filter_sport(void)
{
	return bpf_ntohs(dd_filter.sport);
}

static __always_inline bool filter_is_probe_port(__u16 port)
{
	return (__u16)(port - filter_sport()) < DD_PROBES_MAX;
}

static __always_inline bool filter_echo(struct dd_packet *pkt, const union l4hdr *h)
{
	if (pkt->icmp_type != ICMP_ECHO && pkt->icmp_type != ICMP_ECHOREPLY)
		return false;
	if (!filter_cookie(h->icmp.cookie))
		return false;
	pkt->probe = pkt->dport;
	if (pkt->icmp_type == ICMP_ECHOREPLY)
		pkt->flags |= DD_PKT_REPLY;
	return true;
}

static __always_inline bool filter_tcp(struct dd_packet *pkt)
{
	__u16 dport = bpf_ntohs(dd_filter.dport);
	bool reply = filter_is_probe_port(pkt->dport) || pkt->sport == dport;
	__u32 distance = (reply ? pkt->tcp_ack : pkt->tcp_seq) - dd_filter.isn;

	if (!reply && !filter_is_probe_port(pkt->sport) && pkt->dport != dport)
		return false;
	pkt->probe = distance / DD_ISN_STEP;
	if (!pkt->probe || distance / DD_ISN_STEP > DD_PROBES_MAX)
		return false;
	if (reply)
		pkt->flags |= DD_PKT_REPLY;
	return true;
}

static __always_inline bool filter_udp(struct dd_packet *pkt, const union l4hdr *h)
{
	__u16 dport = bpf_ntohs(dd_filter.dport);
	bool request = filter_is_probe_port(pkt->sport) && pkt->dport == dport;
	bool reply = filter_is_probe_port(pkt->dport) && pkt->sport == dport;

	if (!request && !reply && !filter_cookie(h->udp.cookie))
		return false;
	if (reply)
		pkt->flags |= DD_PKT_REPLY;
	pkt->probe = (reply ? pkt->dport : pkt->sport) - filter_sport() + 1;
	if (pkt->probe > DD_PROBES_MAX)
		pkt->probe = 0; /* the port was translated */
	return true;
}

static __always_inline bool filter_l4(struct dd_packet *pkt, const union l4hdr *h)
{
	switch (pkt->l4) {
	case IPPROTO_ICMP:
		return filter_echo(pkt, h);
	case IPPROTO_TCP:
		return filter_tcp(pkt);
	case IPPROTO_UDP:
		return filter_udp(pkt, h);
	}
	return false;
}

/* An ICMP error is the exchange's if the packet that it quotes is; it travels against it. */
static __always_inline bool filter_quoted(struct dd_packet *pkt, const unsigned char *quote)
{
	struct dd_packet inner = {};
	const unsigned char *transport;
	union l4hdr h = {};

	if (pkt->icmp_type != ICMP_UNREACH && pkt->icmp_type != ICMP_TIME_EXCEEDED &&
	    pkt->icmp_type != ICMP_PARAMETERPROB)
		return false;
	transport = skb_parse_ip(quote, &inner);
	if (inner.l4 != dd_filter.l4)
		return false;
	skb_read(&h, sizeof(h), transport);
	skb_parse_l4(&h, &inner);
	if (!filter_l4(&inner, &h))
		return false;
	pkt->probe = inner.probe;
	pkt->flags |= DD_PKT_QUOTED | (inner.flags & DD_PKT_REPLY ? 0 : DD_PKT_REPLY);
	return true;
}

static __always_inline bool filter_ip(struct dd_packet *pkt, const unsigned char *network)
{
	const unsigned char *transport = skb_parse_ip(network, pkt);
	int ends = filter_ends(pkt);
	union l4hdr h = {};

	if (pkt->flags & DD_PKT_FRAGMENT) {
		if (ends == 2)
			pkt->flags |= DD_PKT_REPLY;
		return ends && pkt->l4 == dd_filter.l4;
	}
	if (pkt->l4 != dd_filter.l4 && pkt->l4 != IPPROTO_ICMP)
		return false;
	skb_read(&h, sizeof(h), transport);
	skb_parse_l4(&h, pkt);
	if (pkt->l4 == dd_filter.l4 && filter_l4(pkt, &h))
		return true;
	return pkt->l4 == IPPROTO_ICMP && filter_quoted(pkt, transport + 8);
}

static __always_inline bool filter_arp(struct dd_packet *pkt, const unsigned char *network)
{
	skb_parse_arp(network, pkt);
	for (int i = 0; i < DD_ARP_PAIRS; i++) {
		if (filter_same4(pkt->src, dd_filter.arp[i][0]) &&
		    filter_same4(pkt->dst, dd_filter.arp[i][1]))
			return true;
		if (filter_same4(pkt->src, dd_filter.arp[i][1]) &&
		    filter_same4(pkt->dst, dd_filter.arp[i][0]))
			return true;
	}
	return false;
}

static __always_inline bool filter_is_ours(__u32 netns)
{
	for (int i = 0; i < DD_NETNS; i++)
		if (netns && netns == dd_filter.netns[i])
			return true;
	return false;
}

/* A copy that a bridge floods to a port of somebody else: one in a thousand on a large bridge is ours. */
static __always_inline bool filter_is_flooded_away(struct sk_buff *skb)
{
	struct net_device *dev = BPF_CORE_READ(skb, dev);
	__u32 ifindex;

	if (!dev || !(BPF_CORE_READ_BITFIELD_PROBED(dev, priv_flags) & IFF_BRIDGE_PORT))
		return false;
	ifindex = BPF_CORE_READ(dev, ifindex);
	for (int i = 0; i < DD_DEVICES; i++)
		if (ifindex == dd_filter.devices[i])
			return false;
	return true;
}

/* Parses the packet and says whether it is the exchange's, seen where it matters. */
static __always_inline bool filter_skb(enum dd_event_kind kind, struct sk_buff *skb,
				       enum skb_layout layout, struct dd_packet *pkt, __u32 *netns)
{
	__u16 ethertype = bpf_ntohs(BPF_CORE_READ(skb, protocol));
	const unsigned char *network;

	if (ethertype != ETH_P_IP && ethertype != ETH_P_ARP)
		return false;
	network = skb_network(skb, layout);
	pkt->ethertype = ethertype;
	if (ethertype == ETH_P_ARP ? !filter_arp(pkt, network) : !filter_ip(pkt, network))
		return false;
	*netns = skb_netns(skb);
	pkt->pkt_type = BPF_CORE_READ_BITFIELD_PROBED(skb, pkt_type);
	if (!filter_is_ours(*netns) && (ethertype == ETH_P_ARP || pkt->pkt_type == PACKET_OTHERHOST))
		return false;
	/* a unicast packet that dies on its way to another port is no copy */
	if ((kind != DD_EV_DROP || ethertype == ETH_P_ARP) && filter_is_flooded_away(skb))
		return false;
	skb_read_macs(skb, network, pkt);
	return true;
}

#endif
