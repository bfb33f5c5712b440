/* SPDX-License-Identifier: GPL-2.0 */
/* One message of nftables' trace, for nftrace's own files. Includes libmnl for them. */
#ifndef DD_NFTRACE_MSG_H
#define DD_NFTRACE_MSG_H

#include <libmnl/libmnl.h>
#include <string.h>

#include "model.h"

#define NFTRACE_PORTS DD_PROBES_MAX /* from dd_filter.sport on, one per probe */
#define NFTRACE_ISN_MASK 0xfffff000u    /* the bits of dd_filter.isn that all probes share */

/* A hit, and as much of the packet as its message carries: borrowed from the message. */
struct nftrace_message {
	struct hit hit;
	const uint8_t *th; /* transport header and what follows it, at most 20 bytes */
	size_t th_len;
};

/* -EPROTO: not a trace message. */
int nftrace_message(const struct nlmsghdr *nlh, struct nftrace_message *out);

/* Whether the message carries a packet and that packet is of the exchange. */
bool nftrace_concerns(const struct dd_filter *f, const struct nftrace_message *m);

/* Whether the probes carry something that NAT leaves alone: a cookie, for TCP a sequence number. */
static inline bool nftrace_has_token(const struct dd_filter *f)
{
	static const uint8_t none[sizeof(f->cookie)];

	return f->l4 == IPPROTO_TCP ? f->isn != 0 : memcmp(f->cookie, none, sizeof(none)) != 0;
}

static inline bool nftrace_has_pair(const struct dd_filter *f, int i)
{
	static const uint8_t none[sizeof(f->neigh[0])];

	return memcmp(f->neigh[i], none, sizeof(none)) != 0;
}

static inline bool nftrace_is_ip6(const struct dd_filter *f)
{
	return f->l3 == AF_INET6;
}

#endif
