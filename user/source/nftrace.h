/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nftables' own trace, for one exchange in one namespace. A table that only this process can touch
 * (flags owner) marks the packets; the kernel removes it when the socket closes, however this
 * process ends. Families that hold no table are left alone, and no module is loaded.
 */
#ifndef DD_NFTRACE_H
#define DD_NFTRACE_H

#include "model.h"

struct nftrace;

/* Which families of nftables have a table in a namespace. */
struct nft_families {
	bool ip, ip6, inet, arp, bridge, netdev;
};

/* Asks the kernel; 0, or a negative errno: -EOPNOTSUPP without nf_tables. Loads no module. */
int nftrace_families(int netns, struct nft_families *out);

/*
 * Arms the trace where the namespace has tables that could drop the exchange; filter says which
 * packets. role goes into every hit. -ENODATA: no table there, nothing to trace. -EOPNOTSUPP: the
 * kernel, or libnftables, has no owned tables (before 5.12). What else is wrong as it is: -EPERM,
 * -EBUSY, -ENOMEM and their like.
 */
int nftrace_open(int netns, enum role role, const struct dd_filter *filter, struct nftrace **out);
void nftrace_close(struct nftrace *t);
void cleanup_nftrace(struct nftrace **t);

/* To poll for POLLIN. */
int nftrace_fd(const struct nftrace *t);

/*
 * The next step of a packet of the exchange; never blocks. Those in our own table, and what others
 * trace in the same namespace, are passed over. 1: in out, 0: none, or a negative errno. -ENOBUFS:
 * some were lost; read on.
 */
int nftrace_read(struct nftrace *t, struct hit *out);

/* Parser behind it, for tests: one netlink message. -EPROTO if it is not a trace message. */
int nftrace_parse(const void *msg, size_t len, struct hit *out);

#endif
