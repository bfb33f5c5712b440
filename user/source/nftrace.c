/* SPDX-License-Identifier: GPL-2.0 */
#include "source/nftrace.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <nftables/libnftables.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "base/addr.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "source/netlink.h"
#include "source/netns.h"
#include "source/nftrace_msg.h"
#include "source/ruleset.h"

#define TRACE_LEN 8192
#define TRACE_RCVBUF (4 << 20)
#define TRACE_IDS 64
#define TRIES 3
#define MESSAGES_PER_READ 4096
#define MARK "meta nftrace set 1 accept;\n"

struct nftrace {
	struct nft_ctx *nft; /* its socket owns the table */
	struct mnl_socket *socket;
	enum role role;
	struct dd_filter filter;
	char table[SHORT_LEN];
	uint32_t ids[TRACE_IDS]; /* of packets known to be of the exchange, a ring */
	unsigned int n_ids;
	const struct nlmsghdr *next; /* in buf */
	int left;
	char buf[TRACE_LEN] __attribute__((aligned(NLMSG_ALIGNTO)));
};

static void note_family(void *ctx, const struct ruleset_object *object)
{
	struct nft_families *families = ctx;
	const struct {
		uint8_t family;
		bool *present;
	} rows[] = {
		{ NFPROTO_IPV4, &families->ip },       { NFPROTO_IPV6, &families->ip6 },
		{ NFPROTO_INET, &families->inet },     { NFPROTO_ARP, &families->arp },
		{ NFPROTO_BRIDGE, &families->bridge }, { NFPROTO_NETDEV, &families->netdev },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].family == object->family)
			*rows[i].present = true;
}

int nftrace_families(int netns, struct nft_families *out)
{
	struct nft_families families = { 0 };
	int err = -EINTR;

	for (int i = 0; i < TRIES && err == -EINTR; i++)
		err = ruleset_list(netns, RULESET_ALL(RULESET_TABLES), note_family, &families);
	if (!err)
		*out = families;
	return err;
}

/* ---- the table that marks ---------------------------------------------------- */

/*
 * What is of the exchange, in nft's words. The tokens are the only way to know a packet whose
 * addresses NAT has changed. ICMP types 3 and 11, unreachable and time exceeded, differ in one bit;
 * byte 17 of such an error is the protocol of the packet that it quotes. A UDP port is bound by the
 * prober, so it is the exchange's whoever the peer is.
 */
struct match {
	uint8_t l4; /* 0: whichever */
	bool token; /* by what only the probes carry: cookie or sequence number */
	const char *text;
};

static const struct match matches[] = {
	{ IPPROTO_ICMP, false,
	  "ip saddr $dd_src ip daddr $dd_dst ip protocol icmp @th,32,16 $dd_sport" },
	{ IPPROTO_ICMP, false,
	  "ip saddr $dd_dst ip daddr $dd_src ip protocol icmp @th,32,16 $dd_sport" },
	{ IPPROTO_ICMP, true, "ip protocol icmp @th,64,64 $dd_cookie" },
	{ IPPROTO_TCP, false,
	  "ip saddr $dd_src ip daddr $dd_dst tcp sport $dd_ports tcp dport $dd_dport" },
	{ IPPROTO_TCP, false,
	  "ip saddr $dd_dst ip daddr $dd_src tcp sport $dd_dport tcp dport $dd_ports" },
	{ IPPROTO_TCP, true, "tcp flags & (syn | rst) != 0 @th,32,32 & $dd_mask == $dd_isn" },
	{ IPPROTO_TCP, true, "tcp flags & (syn | rst) != 0 @th,64,32 & $dd_mask == $dd_isn" },
	{ IPPROTO_UDP, false, "ip saddr $dd_src udp sport $dd_ports" },
	{ IPPROTO_UDP, false, "ip daddr $dd_src udp dport $dd_ports" },
	{ IPPROTO_UDP, true, "ip protocol udp @th,64,64 $dd_cookie" },
	{ 0, false, "ip daddr $dd_src ip protocol icmp @th,0,8 & 0xf7 == 3 @th,136,8 $dd_l4" },
	{ 0, false, "ip daddr $dd_dst ip protocol icmp @th,0,8 & 0xf7 == 3 @th,136,8 $dd_l4" },
};

/* The errors of ICMPv6 are types 1 to 4, and byte 14 is the protocol that they quote. */
static const struct match matches6[] = {
	{ IPPROTO_ICMPV6, false,
	  "ip6 saddr $dd_src ip6 daddr $dd_dst meta l4proto ipv6-icmp @th,32,16 $dd_sport" },
	{ IPPROTO_ICMPV6, false,
	  "ip6 saddr $dd_dst ip6 daddr $dd_src meta l4proto ipv6-icmp @th,32,16 $dd_sport" },
	{ IPPROTO_ICMPV6, true, "meta l4proto ipv6-icmp @th,64,64 $dd_cookie" },
	{ IPPROTO_TCP, false,
	  "ip6 saddr $dd_src ip6 daddr $dd_dst tcp sport $dd_ports tcp dport $dd_dport" },
	{ IPPROTO_TCP, false,
	  "ip6 saddr $dd_dst ip6 daddr $dd_src tcp sport $dd_dport tcp dport $dd_ports" },
	{ IPPROTO_TCP, true, "tcp flags & (syn | rst) != 0 @th,32,32 & $dd_mask == $dd_isn" },
	{ IPPROTO_TCP, true, "tcp flags & (syn | rst) != 0 @th,64,32 & $dd_mask == $dd_isn" },
	{ IPPROTO_UDP, false, "ip6 saddr $dd_src udp sport $dd_ports" },
	{ IPPROTO_UDP, false, "ip6 daddr $dd_src udp dport $dd_ports" },
	{ IPPROTO_UDP, true, "meta l4proto udp @th,64,64 $dd_cookie" },
	{ 0, false, "ip6 daddr $dd_src meta l4proto ipv6-icmp @th,0,8 1-4 @th,112,8 $dd_l4" },
	{ 0, false, "ip6 daddr $dd_dst meta l4proto ipv6-icmp @th,0,8 1-4 @th,112,8 $dd_l4" },
};

/*
 * Without probes: all between the two, and errors; no more of it than can be read. What is not marked
 * is dropped all the same, its rule may stay unnamed.
 */
#define PASSIVE_MARK "limit rate 1000/second burst 200 packets meta nftrace set 1 accept;\n"

static void add_passive(struct strbuf *sb, const struct dd_filter *f)
{
	static const char *const ways[][2] = { { "$dd_src", "$dd_dst" }, { "$dd_dst", "$dd_src" } };
	const char *ip = nftrace_is_ip6(f) ? "ip6" : "ip";

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		strbuf_addf(sb, "%s saddr %s %s daddr %s ", ip, ways[i][0], ip, ways[i][1]);
		if (f->l4)
			strbuf_addf(sb, "meta l4proto { icmp, ipv6-icmp, $dd_l4 } ");
		strbuf_addf(sb, PASSIVE_MARK);
	}
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		strbuf_addf(sb, "%s daddr %s %s " PASSIVE_MARK, ip, ways[i][0],
			    nftrace_is_ip6(f) ? "meta l4proto ipv6-icmp @th,0,8 1-4" :
						"ip protocol icmp @th,0,8 & 0xf7 == 3");
}

#define PRIORITY -350 /* before table raw */

static const struct hook {
	uint8_t family;
	const char *name;
} hooks[] = {
	{ NFPROTO_IPV4, "prerouting" },	  { NFPROTO_IPV4, "output" },
	{ NFPROTO_IPV6, "prerouting" },	  { NFPROTO_IPV6, "output" },
	{ NFPROTO_BRIDGE, "prerouting" }, { NFPROTO_BRIDGE, "output" },
	{ NFPROTO_ARP, "input" },	  { NFPROTO_ARP, "output" },
};

static void add_arp(struct strbuf *sb, const struct dd_filter *f)
{
	for (int i = 0; i < 2 * DD_NEIGH_PAIRS; i++) {
		struct ip from = addr_v4(f->neigh[i / 2][i % 2]);
		struct ip to = addr_v4(f->neigh[i / 2][!(i % 2)]);
		char a[ADDR_TEXT_LEN], b[ADDR_TEXT_LEN];

		if (nftrace_has_pair(f, i / 2))
			strbuf_addf(sb, "arp saddr ip %s arp daddr ip %s " MARK,
				    addr_format(&from, a), addr_format(&to, b));
	}
}

static uint64_t be64_at(const uint8_t *bytes)
{
	uint64_t value;

	memcpy(&value, bytes, sizeof(value));
	return be64toh(value);
}

/* Solicitations (135) and advertisements (136), by whom they ask for or tell of. */
static void add_neigh(struct strbuf *sb, const struct dd_filter *f)
{
	for (int i = 0; i < 2 * DD_NEIGH_PAIRS; i++) {
		const uint8_t *target = f->neigh[i / 2][i % 2];
		bool again = false;

		for (int k = 0; k < i; k++)
			again |= !memcmp(f->neigh[k / 2][k % 2], target, 16);
		if (!again && nftrace_has_pair(f, i / 2))
			strbuf_addf(sb, "meta l4proto ipv6-icmp @th,0,8 135-136 @th,64,64 0x%016llx "
				    "@th,128,64 0x%016llx " MARK,
				    (unsigned long long)be64_at(target),
				    (unsigned long long)be64_at(target + 8));
	}
}

static void add_marks(struct strbuf *sb, uint8_t family, const struct dd_filter *f)
{
	const struct match *rows = nftrace_is_ip6(f) ? matches6 : matches;
	size_t n = nftrace_is_ip6(f) ? ARRAY_SIZE(matches6) : ARRAY_SIZE(matches);

	if (f->passive && family != NFPROTO_ARP)
		add_passive(sb, f);
	for (size_t i = 0; family != NFPROTO_ARP && !f->passive && i < n; i++) {
		const struct match *m = &rows[i];

		if ((!m->l4 || m->l4 == f->l4) && (!m->token || nftrace_has_token(f)))
			strbuf_addf(sb, "%s " MARK, m->text);
	}
	if (nftrace_is_ip6(f))
		add_neigh(sb, f);
	else if (family != NFPROTO_IPV4)
		add_arp(sb, f);
}

static void add_table(struct strbuf *sb, const char *table, uint8_t family, const char *name,
		      const struct dd_filter *f)
{
	strbuf_addf(sb, "table %s %s {\nflags owner;\n", name, table);
	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++) {
		const struct hook *h = &hooks[i];

		if (h->family != family)
			continue;
		strbuf_addf(sb, "chain mark_%s {\ntype filter hook %s priority %d;\n", h->name,
			    h->name, PRIORITY);
		add_marks(sb, family, f);
		strbuf_addf(sb, "};\n");
	}
	strbuf_addf(sb, "};\n");
}

static void add_defines(struct strbuf *sb, const struct dd_filter *f)
{
	int family = nftrace_is_ip6(f) ? AF_INET6 : AF_INET;
	struct ip src = addr_of(family, f->src), dst = addr_of(family, f->dst);
	unsigned int sport = ntohs(f->sport), last = sport + NFTRACE_PORTS - 1;
	char a[ADDR_TEXT_LEN], b[ADDR_TEXT_LEN];

	strbuf_addf(sb, "define dd_src = %s\ndefine dd_dst = %s\ndefine dd_l4 = %u\n",
		    addr_format(&src, a), addr_format(&dst, b), f->l4);
	if (f->passive)
		return;
	strbuf_addf(sb, "define dd_sport = %u\ndefine dd_ports = %u-%u\ndefine dd_dport = %u\n",
		    sport, sport, last < UINT16_MAX ? last : UINT16_MAX, ntohs(f->dport));
	strbuf_addf(sb, "define dd_cookie = 0x%016llx\n", (unsigned long long)be64_at(f->cookie));
	strbuf_addf(sb, "define dd_isn = 0x%08x\ndefine dd_mask = 0x%08x\n", f->isn,
		    NFTRACE_ISN_MASK);
}

/*
 * libnftables leaves the kernel's answer in errno (nft_netlink() in its libnftables.c), or anything
 * where it got no further than the words. A kernel that does not know the flag "owner" says EINVAL
 * or EOPNOTSUPP.
 */
static int refusal(struct nft_ctx *nft, int error)
{
	static const int told[] = { EPERM, EACCES, EBUSY, ENOMEM, ENOBUFS, EMFILE, ENFILE, ENOSPC };
	const char *text = nft_ctx_get_error_buffer(nft);

	log_debug("nftables: %.*s", (int)strcspn(text, "\n"), text);
	for (size_t i = 0; i < ARRAY_SIZE(told); i++)
		if (told[i] == error)
			return -error;
	return -EOPNOTSUPP;
}

static int arm(struct nftrace *t, const struct nft_families *families)
{
	bool ip6 = nftrace_is_ip6(&t->filter);
	const struct {
		bool wanted;
		uint8_t family;
		const char *name;
	} rows[] = {
		{ !ip6 && (families->ip || families->inet), NFPROTO_IPV4, "ip" },
		{ ip6 && (families->ip6 || families->inet), NFPROTO_IPV6, "ip6" },
		{ families->bridge, NFPROTO_BRIDGE, "bridge" },
		{ !ip6 && families->arp && nftrace_has_pair(&t->filter, 0), NFPROTO_ARP, "arp" },
	};
	struct strbuf sb __cleanup(strbuf_free) = { 0 };
	bool any = false;

	add_defines(&sb, &t->filter);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].wanted)
			add_table(&sb, t->table, rows[i].family, rows[i].name, &t->filter);
		any |= rows[i].wanted;
	}
	if (!any)
		return -ENODATA;
	if (sb.failed || nft_ctx_buffer_output(t->nft) || nft_ctx_buffer_error(t->nft))
		return -ENOMEM;
	return nft_run_cmd_from_buffer(t->nft, sb.text) ? refusal(t->nft, errno) : 0;
}

static int join(struct nftrace *t)
{
	int fd, group = NFNLGRP_NFTRACE, size = TRACE_RCVBUF;

	t->socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!t->socket || mnl_socket_bind(t->socket, 0, MNL_SOCKET_AUTOPID))
		return -errno;
	fd = mnl_socket_get_fd(t->socket);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
		return -errno;
	return 0;
}

int nftrace_open(int netns, enum role role, const struct dd_filter *filter, struct nftrace **out)
{
	struct nftrace *t __cleanup(cleanup_nftrace) = NULL;
	int back __leave_netns = -1;
	struct nft_families families;
	int err = nftrace_families(netns, &families);
	uint32_t number;

	if (err)
		return err == -EOPNOTSUPP ? -ENODATA : err;
	back = netns_enter(netns);
	if (back < 0)
		return back;
	t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	if (getrandom(&number, sizeof(number), 0) < 0)
		return -errno;
	t->role = role;
	t->filter = *filter;
	snprintf(t->table, sizeof(t->table), RULESET_OWN "%d_%08x", getpid(), number);
	err = join(t); /* first, so that no marked packet goes by unheard */
	if (err)
		return err;
	t->nft = nft_ctx_new(NFT_CTX_DEFAULT);
	if (!t->nft)
		return -ENOMEM;
	err = arm(t, &families);
	if (!err)
		*out = take_ptr(t);
	return err;
}

void nftrace_close(struct nftrace *t)
{
	if (!t)
		return;
	if (t->nft)
		nft_ctx_free(t->nft);
	cleanup_netlink(&t->socket);
	free(t);
}

void cleanup_nftrace(struct nftrace **t)
{
	nftrace_close(*t);
}

int nftrace_fd(const struct nftrace *t)
{
	return mnl_socket_get_fd(t->socket);
}

/* ---- reading ------------------------------------------------------------------ */

/* Fills buf with the next datagram of the kernel's. 1, 0: there is none, or a negative errno. */
static int receive(struct nftrace *t)
{
	struct sockaddr_nl from = { 0 };
	socklen_t from_len = sizeof(from);
	ssize_t len = recvfrom(nftrace_fd(t), t->buf, sizeof(t->buf), 0, (struct sockaddr *)&from,
			       &from_len);

	if (len < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	t->next = (const struct nlmsghdr *)t->buf;
	/* Anybody in the namespace with CAP_NET_ADMIN may send to this socket. */
	t->left = from.nl_pid ? 0 : len;
	return 1;
}

static bool is_known(const struct nftrace *t, uint32_t id)
{
	for (unsigned int i = 0; i < t->n_ids && i < TRACE_IDS; i++)
		if (t->ids[i] == id)
			return true;
	return false;
}

/*
 * Whether the step is the exchange's: our own rule marked the packet, or the packet says so, or its
 * earlier step did. Only the first message of each hook carries the packet; the number changes when
 * the bridge clones the packet and when another device receives it, so it is not enough.
 */
static bool is_ours(struct nftrace *t, const struct nftrace_message *m, bool own)
{
	const struct hit *h = &m->hit;

	if (is_known(t, h->trace_id))
		return true;
	if (!(own && h->type == HIT_RULE) && !nftrace_concerns(&t->filter, m))
		return false;
	t->ids[t->n_ids++ % TRACE_IDS] = h->trace_id;
	return true;
}

/* The next message in buf, made a hit. Those of our own table are only learnt from. */
static bool take(struct nftrace *t, struct hit *out)
{
	const struct nlmsghdr *nlh = t->next;
	struct nftrace_message m;
	bool own;

	t->next = mnl_nlmsg_next(nlh, &t->left);
	if (nftrace_message(nlh, &m))
		return false;
	own = !strcmp(m.hit.table, t->table);
	if (!is_ours(t, &m, own) || own)
		return false;
	m.hit.ts_ns = clock_now_ns();
	m.hit.role = t->role;
	*out = m.hit;
	return true;
}

int nftrace_read(struct nftrace *t, struct hit *out)
{
	for (int i = 0; i < MESSAGES_PER_READ; i++) {
		int err;

		if (mnl_nlmsg_ok(t->next, t->left)) {
			if (take(t, out))
				return 1;
			continue;
		}
		err = receive(t);
		if (err <= 0)
			return err;
	}
	return 0;
}
