/* SPDX-License-Identifier: GPL-2.0 */
/* What was seen last of traffic that is there already, in rings, and the packet of it that died. */
#ifndef DD_KEPT_H
#define DD_KEPT_H

#include "core/flow.h"

#define EVENTS_KEPT 8192
#define NEIGHS_KEPT 256
#define CHAINS_KEPT 64
#define HITS_KEPT 1024

struct kept {
	struct dd_event *events, *neighs; /* neighs: messages between neighbours */
	struct dd_chain_event *chains;    /* that did not accept */
	struct hit *hits;
	uint64_t n_events, n_neighs, n_chains, n_hits; /* that there ever were */
};

struct death {
	uint64_t ts_ns;         /* 0: none. Of the drop, or of when it was sent */
	struct flow flow;       /* of the packet that was lost, */
	enum direction towards; /* where it was going, */
	uint32_t seq;           /* its mark, see flow_seq(), */
	uint32_t from_netns;    /* and whose namespace it left */
	bool refused;           /* it was not even sent: a lookup failed, */
	int route_err;          /* with this */
};

/* Entry i of the last ones in a ring of len that has seen n, 0 being the newest. */
static inline uint64_t kept_at(uint64_t n, uint64_t len, uint64_t i)
{
	return (n - 1 - i) % len;
}

static inline uint64_t kept_n(uint64_t n, uint64_t len)
{
	return n < len ? n : len;
}

#endif
