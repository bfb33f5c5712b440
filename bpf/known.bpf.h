/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packets of the exchange that were seen already, by the address of their data: it stays the same in
 * clones and through a veth. Whoever is called often and early enough parses the packet and
 * remembers it here; the many others only look it up.
 */
#ifndef DD_KNOWN_BPF_H
#define DD_KNOWN_BPF_H

#include "maps.bpf.h"
#include "skb.bpf.h"

#define KNOWN_MAX 1024
#define TOKEN_AT_ARP 14 /* sender's address, and what follows */
#define TOKEN_AT_L4 8   /* ICMP and UDP: the cookie, or the packet that is quoted */
#define TOKEN_AT_TCP 4  /* both sequence numbers */
#define TOKEN_AT_ND 16  /* the end of the target's address, whose start all of a network share */

struct known {
	struct dd_packet pkt;
	__u8 token[8]; /* what only this packet has, */
	__u16 at;      /* so many bytes behind its network header */
	__u8 pad[6];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, KNOWN_MAX);
	__type(key, __u64);
	__type(value, struct known);
} dd_known SEC(".maps") __weak;

static __always_inline __u16 known_token_at(const struct dd_packet *pkt, const unsigned char *network)
{
	__u16 at = pkt->l4 == IPPROTO_TCP ? TOKEN_AT_TCP : TOKEN_AT_L4;
	struct iphdr ip;

	if (pkt->ethertype == ETH_P_ARP)
		return TOKEN_AT_ARP;
	if (pkt->ethertype == ETH_P_IPV6)
		return sizeof(struct ipv6hdr) + (pkt->neigh_op ? TOKEN_AT_ND : at);
	skb_read(&ip, sizeof(ip), network);
	return at + (ip.version_ihl & 0xf) * 4;
}

static __always_inline void known_add(struct sk_buff *skb, const struct dd_packet *pkt,
				      const unsigned char *network)
{
	__u64 head = (__u64)BPF_CORE_READ(skb, head);
	struct known known = { .pkt = *pkt };

	if (!dd_functions)
		return;
	known.at = known_token_at(pkt, network);
	skb_read(known.token, sizeof(known.token), network + known.at);
	bpf_map_update_elem(&dd_known, &head, &known, BPF_ANY);
}

/* NULL if it is not known. Its data may have been freed unseen and given out again, hence the token. */
static __always_inline const struct dd_packet *known_find(struct sk_buff *skb)
{
	__u64 head = (__u64)BPF_CORE_READ(skb, head);
	struct known *known = bpf_map_lookup_elem(&dd_known, &head);
	__u8 token[8];

	if (!known)
		return 0;
	skb_read(token, sizeof(token), skb_network(skb, SKB_NETWORK_OFFSET) + known->at);
	if (*(__u64 *)token != *(__u64 *)known->token)
		return 0;
	return &known->pkt;
}

#endif
