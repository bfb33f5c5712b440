/* SPDX-License-Identifier: GPL-2.0 */
#include "source/nftrace_msg.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <linux/icmp.h>
#include <linux/ip.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netinet/icmp6.h>
#include <netinet/if_ether.h>
#include <netinet/ip6.h>
#include <string.h>

#include "base/addr.h"
#include "base/array.h"
#include "base/strbuf.h"
#include "source/netlink.h"
#include "source/nftrace.h"

#define FRAGMENT_OFFSET 0x1fff
#define TCP_SYN 0x02
#define TCP_RST 0x04

static uint32_t attr_u32(const struct nlattr *attr)
{
	return attr && !mnl_attr_validate(attr, MNL_TYPE_U32) ? ntohl(mnl_attr_get_u32(attr)) : 0;
}

static bool attr_name(const struct nlattr *attr, char out[NFT_NAME_LEN])
{
	if (!attr || mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
		return false;
	text_copy(out, NFT_NAME_LEN, mnl_attr_get_str(attr));
	return true;
}

/* False if there is none: 0 would be NF_DROP. */
static bool read_verdict(const struct nlattr *const tb[], enum hit_type type, int32_t *out)
{
	const struct nlattr *code = type == HIT_POLICY ? tb[NFTA_TRACE_POLICY] : NULL;
	const struct nlattr *attr;

	if (type != HIT_POLICY && tb[NFTA_TRACE_VERDICT])
		mnl_attr_for_each_nested(attr, tb[NFTA_TRACE_VERDICT])
			if (mnl_attr_get_type(attr) == NFTA_VERDICT_CODE)
				code = attr;
	if (!code || mnl_attr_validate(code, MNL_TYPE_U32))
		return false;
	*out = attr_u32(code);
	return true;
}

static uint16_t be16_at(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

static uint32_t be32_at(const uint8_t *p)
{
	return (uint32_t)be16_at(p) << 16 | be16_at(p + 2);
}

static void parse_arp(const uint8_t *nh, struct hit *hit)
{
	hit->src = addr_v4(nh + 14);
	hit->dst = addr_v4(nh + 24);
	hit->has_packet = true;
}

static void parse_ports(const struct nftrace_message *m, struct hit *hit)
{
	bool echo = hit->l4 == IPPROTO_ICMP && m->th_len >= 8 &&
		    (m->th[0] == ICMP_ECHO || m->th[0] == ICMP_ECHOREPLY);
	bool echo6 = hit->l4 == IPPROTO_ICMPV6 && m->th_len >= 8 &&
		     (m->th[0] == ICMP6_ECHO_REQUEST || m->th[0] == ICMP6_ECHO_REPLY);

	if (echo || echo6) {
		hit->sport = be16_at(m->th + 4);
		hit->dport = be16_at(m->th + 6);
	} else if ((hit->l4 == IPPROTO_TCP || hit->l4 == IPPROTO_UDP) && m->th_len >= 4) {
		hit->sport = be16_at(m->th);
		hit->dport = be16_at(m->th + 2);
	}
}

static void parse_ipv4(const uint8_t *nh, struct nftrace_message *m)
{
	struct hit *hit = &m->hit;

	hit->ip_id = be16_at(nh + 4);
	hit->l4 = nh[9];
	hit->src = addr_v4(nh + 12);
	hit->dst = addr_v4(nh + 16);
	hit->has_packet = true;
	if (be16_at(nh + 6) & FRAGMENT_OFFSET)
		m->th_len = 0; /* no header follows that of a later fragment */
	parse_ports(m, hit);
}

/*
 * A message of Neighbour Discovery, in the terms of ARP. Of the target the first twelve bytes are
 * there (NFT_TRACETYPE_TRANSPORT_HSIZE), and a question that goes to many tells the last three by the
 * group that it is sent to (RFC 4291, section 2.7.1); the twelfth stays zero.
 */
static void parse_neigh(struct nftrace_message *m)
{
	struct hit *hit = &m->hit;
	const uint8_t *target = m->th + 8;

	hit->neigh = true;
	if (m->th[0] == ND_NEIGHBOR_ADVERT) {
		memcpy(hit->src.bytes, target, 12);
	} else if (addr_is_multicast(&hit->dst)) {
		memcpy(hit->dst.bytes, target, 12);
		hit->dst.bytes[12] = 0;
	}
}

/* The message does not show extension headers; a packet that has some is not known by its protocol. */
static void parse_ipv6(const uint8_t *nh, struct nftrace_message *m)
{
	struct hit *hit = &m->hit;

	hit->l4 = nh[offsetof(struct ip6_hdr, ip6_nxt)];
	hit->src = addr_of(AF_INET6, nh + offsetof(struct ip6_hdr, ip6_src));
	hit->dst = addr_of(AF_INET6, nh + offsetof(struct ip6_hdr, ip6_dst));
	hit->has_packet = true;
	if (hit->l4 == IPPROTO_ICMPV6 && m->th_len >= 20 &&
	    (m->th[0] == ND_NEIGHBOR_SOLICIT || m->th[0] == ND_NEIGHBOR_ADVERT))
		parse_neigh(m);
	else
		parse_ports(m, hit);
}

/* A header starts with its version and length, an ARP message with the kinds of address. */
static void parse_packet(const struct nlattr *network, const struct nlattr *transport,
			 struct nftrace_message *m)
{
	static const uint8_t arp[] = { 0x00, 0x01, 0x08, 0x00, 6, 4 };
	const uint8_t *nh = network ? mnl_attr_get_payload(network) : NULL;
	size_t nh_len = network ? mnl_attr_get_payload_len(network) : 0;

	if (transport) {
		m->th = mnl_attr_get_payload(transport);
		m->th_len = mnl_attr_get_payload_len(transport);
	}
	if (nh_len >= sizeof(struct iphdr) && nh[0] >> 4 == 4)
		parse_ipv4(nh, m);
	else if (nh_len >= sizeof(struct ip6_hdr) && nh[0] >> 4 == 6)
		parse_ipv6(nh, m);
	else if (nh_len >= sizeof(struct ether_arp) && !memcmp(nh, arp, sizeof(arp)))
		parse_arp(nh, &m->hit);
}

int nftrace_message(const struct nlmsghdr *nlh, struct nftrace_message *out)
{
	static const enum hit_type types[] = {
		[NFT_TRACETYPE_POLICY] = HIT_POLICY,
		[NFT_TRACETYPE_RETURN] = HIT_RETURN,
		[NFT_TRACETYPE_RULE] = HIT_RULE,
	};
	const struct nlattr *tb[NFTA_TRACE_MAX + 1] = { NULL };
	const struct nfgenmsg *nfg = mnl_nlmsg_get_payload(nlh);
	struct nftrace_message m = { 0 };
	const struct nlattr *attr;
	uint32_t type;

	if (nlh->nlmsg_type != (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_TRACE) ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(*nfg) || nlh->nlmsg_len % MNL_ALIGNTO)
		return -EPROTO; /* libmnl reads up to the aligned end */
	mnl_attr_for_each(attr, nlh, sizeof(*nfg))
		if (mnl_attr_type_valid(attr, NFTA_TRACE_MAX) > 0)
			tb[mnl_attr_get_type(attr)] = attr;
	type = attr_u32(tb[NFTA_TRACE_TYPE]);
	if (!type || type >= ARRAY_SIZE(types) || !attr_name(tb[NFTA_TRACE_TABLE], m.hit.table) ||
	    !attr_name(tb[NFTA_TRACE_CHAIN], m.hit.chain))
		return -EPROTO;
	m.hit.type = types[type];
	if (!read_verdict(tb, m.hit.type, &m.hit.verdict))
		return -EPROTO;
	m.hit.family = nfg->nfgen_family;
	m.hit.trace_id = attr_u32(tb[NFTA_TRACE_ID]);
	m.hit.handle = netlink_u64(tb[NFTA_TRACE_RULE_HANDLE]);
	/* What the kernel says at the end of a chain that no rule decided, before its policy. */
	if (m.hit.type == HIT_RULE && !m.hit.handle)
		m.hit.type = HIT_RETURN;
	parse_packet(tb[NFTA_TRACE_NETWORK_HEADER], tb[NFTA_TRACE_TRANSPORT_HEADER], &m);
	*out = m;
	return 0;
}

int nftrace_parse(const void *msg, size_t len, struct hit *out)
{
	struct nftrace_message m;

	if (len > INT_MAX || !mnl_nlmsg_ok(msg, len) || nftrace_message(msg, &m))
		return -EPROTO;
	*out = m.hit;
	return 0;
}

static bool is_at(const struct dd_filter *f, const struct ip *ip, const uint8_t *bytes)
{
	int family = nftrace_is_ip6(f) ? AF_INET6 : AF_INET;

	return ip->family == family && !memcmp(ip->bytes, bytes, addr_len(family));
}

/* The target, which Neighbour Discovery's messages show but for its twelfth byte. */
static bool is_target(const struct dd_filter *f, const struct hit *h, const uint8_t *bytes)
{
	if (!h->neigh)
		return is_at(f, &h->dst, bytes);
	return !memcmp(h->dst.bytes, bytes, 12) && !memcmp(h->dst.bytes + 13, bytes + 13, 3);
}

static bool is_neigh_of(const struct dd_filter *f, const struct hit *h)
{
	for (int i = 0; i < DD_NEIGH_PAIRS; i++)
		if (nftrace_has_pair(f, i) &&
		    ((is_at(f, &h->src, f->neigh[i][0]) && is_target(f, h, f->neigh[i][1])) ||
		     (is_at(f, &h->src, f->neigh[i][1]) && is_target(f, h, f->neigh[i][0]))))
			return true;
	return false;
}

static bool is_isn(const struct dd_filter *f, const uint8_t *number)
{
	return (be32_at(number) & NFTRACE_ISN_MASK) == f->isn;
}

static bool has_its_token(const struct dd_filter *f, const struct nftrace_message *m)
{
	if (!nftrace_has_token(f))
		return false;
	if (f->l4 == IPPROTO_TCP)
		return m->th_len >= 14 && (m->th[13] & (TCP_SYN | TCP_RST)) &&
		       (is_isn(f, m->th + 4) || is_isn(f, m->th + 8));
	return m->th_len >= 16 && !memcmp(m->th + 8, f->cookie, sizeof(f->cookie));
}

/* Without probes whatever is between the two; errors come from anybody on the way. */
static bool is_passing(const struct dd_filter *f, const struct hit *h)
{
	return (is_at(f, &h->src, f->src) && is_at(f, &h->dst, f->dst)) ||
	       (is_at(f, &h->src, f->dst) && is_at(f, &h->dst, f->src));
}

static bool is_between(const struct dd_filter *f, const struct hit *h, bool back)
{
	const uint8_t *from = back ? f->dst : f->src, *to = back ? f->src : f->dst;
	int near = (back ? h->dport : h->sport) - ntohs(f->sport);
	uint16_t far = back ? h->sport : h->dport;
	bool is_near = near >= 0 && near < NFTRACE_PORTS;

	/* The same conditions as those of the rules that mark. */
	if (f->l4 == IPPROTO_UDP)
		return is_near && is_at(f, back ? &h->dst : &h->src, f->src);
	if (!is_at(f, &h->src, from) || !is_at(f, &h->dst, to))
		return false;
	if (f->l4 == IPPROTO_ICMP || f->l4 == IPPROTO_ICMPV6)
		return h->sport == ntohs(f->sport);
	return is_near && far == ntohs(f->dport);
}

/* Of ICMPv6 all types that are errors and quote: 1 to 4. */
static bool is_error_message(const struct nftrace_message *m)
{
	if (m->hit.l4 == IPPROTO_ICMPV6)
		return m->th_len >= 15 && m->th[0] && m->th[0] <= ICMP6_PARAM_PROB;
	return m->hit.l4 == IPPROTO_ICMP && m->th_len >= 18 &&
	       (m->th[0] == ICMP_DEST_UNREACH || m->th[0] == ICMP_TIME_EXCEEDED);
}

/* The protocol of the packet that it quotes stands in the header that follows its own eight bytes. */
static bool is_error(const struct dd_filter *f, const struct nftrace_message *m)
{
	return is_error_message(m) &&
	       (!f->l4 || m->th[nftrace_is_ip6(f) ? 8 + 6 : 8 + 9] == f->l4) &&
	       (is_at(f, &m->hit.dst, f->src) || is_at(f, &m->hit.dst, f->dst));
}

bool nftrace_concerns(const struct dd_filter *f, const struct nftrace_message *m)
{
	const struct hit *h = &m->hit;

	if (!h->has_packet)
		return false;
	if (!h->l4 || h->neigh)
		return is_neigh_of(f, h);
	if (is_error(f, m))
		return true;
	if (f->passive)
		return is_passing(f, h);
	return h->l4 == f->l4 &&
	       (is_between(f, h, false) || is_between(f, h, true) || has_its_token(f, m));
}
