/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Does this packet belong to the traced exchange? By what survives address translation where there
 * is such a thing: the cookie in ICMP and UDP payloads, the sequence number of TCP. An exchange is
 * of one family; which is a constant to the verifier, so that the other's code is dead.
 */
#ifndef DD_FILTER_BPF_H
#define DD_FILTER_BPF_H

#include "maps.bpf.h"
#include "skb.bpf.h"

#define IFF_BRIDGE_PORT (1 << 9)
#define PACKET_OTHERHOST 3

typedef __u32 __attribute__((may_alias)) filter_word;

static __always_inline bool filter_same4(const __u8 *a, const volatile __u8 *b)
{
	return *(const filter_word *)a == *(const volatile filter_word *)b;
}

/* Of IPv4 addresses both hold zeros behind the first four bytes. */
static __always_inline bool filter_same(const __u8 *a, const volatile __u8 *b)
{
	return filter_same4(a, b) && filter_same4(a + 4, b + 4) && filter_same4(a + 8, b + 8) &&
	       filter_same4(a + 12, b + 12);
}

/* 1: from source to destination, 2: the other way, 0: not between the two. */
static __always_inline int filter_ends(const struct dd_packet *pkt)
{
	if (filter_same(pkt->src, dd_filter.src) && filter_same(pkt->dst, dd_filter.dst))
		return 1;
	if (filter_same(pkt->src, dd_filter.dst) && filter_same(pkt->dst, dd_filter.src))
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

static __always_inline bool filter_is_ip6(void)
{
	return dd_filter.l3 == AF_INET6;
}

static __always_inline __u8 filter_icmp(void)
{
	return filter_is_ip6() ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
}

static __always_inline bool filter_echo(struct dd_packet *pkt, const union l4hdr *h)
{
	__u8 ask = filter_is_ip6() ? ICMPV6_ECHO : ICMP_ECHO;
	__u8 answer = filter_is_ip6() ? ICMPV6_ECHOREPLY : ICMP_ECHOREPLY;

	if (pkt->icmp_type != ask && pkt->icmp_type != answer)
		return false;
	if (!filter_cookie(h->icmp.cookie))
		return false;
	pkt->probe = pkt->dport;
	if (pkt->icmp_type == answer)
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
	case IPPROTO_ICMPV6:
		return filter_echo(pkt, h);
	case IPPROTO_TCP:
		return filter_tcp(pkt);
	case IPPROTO_UDP:
		return filter_udp(pkt, h);
	}
	return false;
}

static __always_inline const unsigned char *filter_parse_ip(const unsigned char *network,
							    struct dd_packet *pkt)
{
	return filter_is_ip6() ? skb_parse_ip6(network, pkt) : skb_parse_ip(network, pkt);
}

static __always_inline bool filter_is_error(__u8 type)
{
	if (filter_is_ip6())
		return type && type <= ICMPV6_ERROR_MAX;
	return type == ICMP_UNREACH || type == ICMP_TIME_EXCEEDED || type == ICMP_PARAMETERPROB;
}

/* Without probes: whatever is between the two, of the protocol and port that was asked for. */
static __always_inline bool filter_passive(struct dd_packet *pkt)
{
	int ends = filter_ends(pkt);
	__u16 port = bpf_ntohs(dd_filter.dport);

	if (!ends || (dd_filter.l4 && pkt->l4 != dd_filter.l4))
		return false;
	if (port && pkt->sport != port && pkt->dport != port)
		return false;
	if (ends == 2)
		pkt->flags |= DD_PKT_REPLY;
	return true;
}

/* An ICMP error is the exchange's if the packet that it quotes is; it travels against it. */
static __always_inline bool filter_quoted(struct dd_packet *pkt, const unsigned char *quote)
{
	struct dd_packet inner = {};
	const unsigned char *transport;
	union l4hdr h = {};

	if (!filter_is_error(pkt->icmp_type))
		return false;
	transport = filter_parse_ip(quote, &inner);
	if (dd_filter.l4 && inner.l4 != dd_filter.l4)
		return false;
	skb_read(&h, sizeof(h), transport);
	skb_parse_l4(&h, &inner);
	if (dd_filter.passive ? !filter_passive(&inner) : !filter_l4(&inner, &h))
		return false;
	if (dd_filter.passive) {
		pkt->tcp_header = inner.l4;
		pkt->sport = inner.sport;
		pkt->dport = inner.dport;
	}
	pkt->probe = inner.probe;
	pkt->flags |= DD_PKT_QUOTED | (inner.flags & DD_PKT_REPLY ? 0 : DD_PKT_REPLY);
	return true;
}

/* A message between two that the exchange needs to know each other. */
static __always_inline bool filter_neigh(const struct dd_packet *pkt)
{
	for (int i = 0; i < DD_NEIGH_PAIRS; i++) {
		if (filter_same(pkt->src, dd_filter.neigh[i][0]) &&
		    filter_same(pkt->dst, dd_filter.neigh[i][1]))
			return true;
		if (filter_same(pkt->src, dd_filter.neigh[i][1]) &&
		    filter_same(pkt->dst, dd_filter.neigh[i][0]))
			return true;
	}
	return false;
}

static __always_inline bool filter_ip(struct dd_packet *pkt, const unsigned char *network)
{
	const unsigned char *transport = filter_parse_ip(network, pkt);
	int ends = filter_ends(pkt);
	union l4hdr h = {};

	if (pkt->flags & DD_PKT_FRAGMENT) {
		if (ends == 2)
			pkt->flags |= DD_PKT_REPLY;
		return ends && (!dd_filter.l4 || pkt->l4 == dd_filter.l4);
	}
	if (dd_filter.l4 && pkt->l4 != dd_filter.l4 && pkt->l4 != filter_icmp())
		return false;
	skb_read(&h, sizeof(h), transport);
	if (filter_is_ip6() && pkt->l4 == IPPROTO_ICMPV6 &&
	    (h.nd.type == ND_SOLICIT || h.nd.type == ND_ADVERT)) {
		skb_parse_nd(&h, pkt);
		return filter_neigh(pkt);
	}
	skb_parse_l4(&h, pkt);
	if (pkt->l4 == filter_icmp() && filter_is_error(pkt->icmp_type))
		return filter_quoted(pkt, transport + 8);
	return dd_filter.passive ? filter_passive(pkt) :
				   pkt->l4 == dd_filter.l4 && filter_l4(pkt, &h);
}

static __always_inline bool filter_arp(struct dd_packet *pkt, const unsigned char *network)
{
	skb_parse_arp(network, pkt);
	return filter_neigh(pkt);
}

static __always_inline bool filter_has_ethertype(__u16 ethertype)
{
	if (filter_is_ip6())
		return ethertype == ETH_P_IPV6;
	return ethertype == ETH_P_IP || ethertype == ETH_P_ARP;
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

	if (!filter_has_ethertype(ethertype))
		return false;
	network = skb_network(skb, layout);
	pkt->ethertype = ethertype;
	if (ethertype == ETH_P_ARP ? !filter_arp(pkt, network) : !filter_ip(pkt, network))
		return false;
	*netns = skb_netns(skb);
	pkt->pkt_type = BPF_CORE_READ_BITFIELD_PROBED(skb, pkt_type);
	if (!filter_is_ours(*netns) && (pkt->neigh_op || pkt->pkt_type == PACKET_OTHERHOST))
		return false;
	/* other namespaces may have the same addresses; user space knows whose a drop without one is */
	if (dd_filter.passive && !filter_is_ours(*netns) && (*netns || kind != DD_EV_DROP))
		return false;
	/* a unicast packet that dies on its way to another port is no copy */
	if ((kind != DD_EV_DROP || pkt->neigh_op) && filter_is_flooded_away(skb))
		return false;
	skb_read_macs(skb, network, pkt);
	return true;
}

#endif
