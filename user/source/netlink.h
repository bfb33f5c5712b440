/* SPDX-License-Identifier: GPL-2.0 */
/* A netlink question and its answer, in a namespace. Includes libmnl for those who ask. */
#ifndef DD_NETLINK_H
#define DD_NETLINK_H

#include <libmnl/libmnl.h>
#include <stddef.h>
#include <stdint.h>

void cleanup_netlink(struct mnl_socket **s);

/*
 * Asks in the namespace and hands each answer to cb, as mnl_cb_run(3) does. bus is NETLINK_*; nlh
 * gets a sequence number. 0, or a negative errno: the kernel's, that of cb, -ETIMEDOUT. -EINTR: a
 * dump during which something changed; ask again.
 */
int netlink_ask(int netns, int bus, struct nlmsghdr *nlh, mnl_cb_t cb, void *data);

/*
 * The same of a dump, asked again a few times if something changed during it; cb then begins anew, with
 * the len bytes at data as they were. -ENOMEM besides.
 */
int netlink_dump(int netns, int bus, struct nlmsghdr *nlh, mnl_cb_t cb, void *data, size_t len);

/* Begins, in buf, a question for all of a kind that nfnetlink has; type: SUBSYSTEM << 8 | MESSAGE. */
struct nlmsghdr *netlink_nf_all(void *buf, uint16_t type, uint8_t family);

/* In network order; 0 if attr is NULL or of another length. */
uint64_t netlink_u64(const struct nlattr *attr);

#endif
