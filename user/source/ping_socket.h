/* SPDX-License-Identifier: GPL-2.0 */
/* The sockets that probes leave by and answers come in by; for ping.c. */
#ifndef DD_PING_SOCKET_H
#define DD_PING_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arrived.h"

struct family;

/*
 * Before they are opened: src, dst, n_probes, pmtu, and of the filter cookie, isn, dst, dport, l3 and l4.
 * Opening chooses the filter's src and sport.
 */
struct ping_sockets {
	const struct family *family;
	struct dd_filter filter;
	struct ip src; /* asked for; family 0: any */
	struct ip dst;
	bool guest; /* the sockets are of the source's cgroup, where programs may refuse them */
	int n_probes;
	int pmtu; /* IP_PMTUDISC_* */
	int fds[DD_PROBES_MAX]; /* one for all probes, or for UDP one each */
	int n_fds;
	int reserved[DD_PROBES_MAX]; /* TCP: sockets that keep the probes' ports ours */
	int n_reserved;
};

/* In the namespace, and in the cgroup if that is not -1. Errors as of ping_open(). */
int ping_sockets_open(struct ping_sockets *s, int netns, int cgroup);
void ping_sockets_close(struct ping_sockets *s);

/*
 * Takes an error off the queue of the socket number i. 1: it is an ICMP error; out says who sent it and
 * which, probe is i + 1, and quoted has *len bytes of what it quotes, at most as many as there were.
 * 0: another error, -1: there is none.
 */
int ping_sockets_error(const struct ping_sockets *s, int i, uint8_t *quoted, size_t *len,
		       struct answer *out);

#endif
