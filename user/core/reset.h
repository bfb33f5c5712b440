/* SPDX-License-Identifier: GPL-2.0 */
/* Who sent the resets of TCP: told by where one is seen first, and what died beside it. */
#ifndef DD_RESET_H
#define DD_RESET_H

#include "core/flow.h"

#define RESETS_OPEN 32

struct resets {
	struct reset_seen {
		uint64_t ts_ns; /* 0: free */
		struct flow flow;
		uint32_t seq;
		enum direction direction;
		enum role role;
		bool dropped, by_rule, opened; /* what it answers: freed, by a rule, was a SYN */
	} open[RESETS_OPEN]; /* a ring of the last ones */
	int n;
	struct reset sums[RESETS_MAX];
	int n_sums;
};

/* Takes in a hop of the flow; one that is a drop with its layer. */
void reset_note(struct resets *r, const struct flow *flow, const struct hop *hop);

/* All so far, summed up. Returns how many rows of out are set. */
int reset_sum(const struct resets *r, struct reset out[RESETS_MAX]);

#endif
