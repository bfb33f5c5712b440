/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The probes: ICMP echo, TCP SYN, UDP datagram, over IPv4 or IPv6, from sockets in the source's own
 * namespace, so that they take the way that the container's own traffic takes. Each carries the cookie. A SYN-ACK is
 * answered by the source's own stack with a reset, since no socket owns the port; the service
 * never sees a connection.
 */
#ifndef DD_PING_H
#define DD_PING_H

#include <poll.h>

#include "model.h"

struct ping;

/* From where to where. */
struct ping_way {
	int netns;
	int cgroup; /* -1: any will do */
	struct ip src; /* family 0: the address that the kernel chooses */
	struct ip dst;
};

/*
 * Opens the sockets in the namespace and the cgroup, and chooses cookie, source port or echo identifier,
 * and sequence number; fills the matching members of filter: src, dst, cookie, isn, sport, dport, l3, l4.
 * Errors are negative errnos and not logged:
 * -EPERM without CAP_NET_RAW, and what connect(2) says of the route (-ENETUNREACH, -EHOSTUNREACH,
 * -EACCES, -EINVAL), in which case filter->dst, l3, l4 and dport are set all the same. Besides:
 * -EADDRNOTAVAIL, src is not the namespace's; -EADDRINUSE, no ports; -EINVAL, -EAFNOSUPPORT,
 * -EPROTONOSUPPORT before anything is set, for a request that cannot be met.
 *
 * UDP has a socket for each probe, from ports filter->sport on, one apart: what comes back need not
 * hold the cookie.
 */
int ping_open(const struct ping_way *way, const struct request *req, struct dd_filter *filter,
	      struct ping **out);
void ping_close(struct ping *p);
void cleanup_ping(struct ping **p);

/*
 * Sends probe n (from 1, each once; -EINVAL if there is no such). out->err is the kernel's refusal,
 * which is not an error of the call.
 */
int ping_send(struct ping *p, int n, struct sent *out);

/* Descriptors to poll for POLLIN and POLLERR; at most max. Returns how many. */
int ping_fds(const struct ping *p, struct pollfd *fds, int max);

/*
 * The next answer that has come in; never blocks. 1: one is in out, 0: none, or a negative errno.
 * ts_ns is when it was read. A probe may have several: a SYN-ACK that was sent again, a second
 * datagram, an ICMP error and then a reply.
 */
int ping_answer(struct ping *p, struct answer *out);

#endif
