/* SPDX-License-Identifier: GPL-2.0 */
/* Who else than a rule may drop on a netfilter hook: what is asked before and after the probes. */
#ifndef DD_SUSPECTS_H
#define DD_SUSPECTS_H

#include "model.h"
#include "source/conntrack.h"

struct suspects {
	bool untraced;       /* nobody told what nftables' rules did */
	bool between_tables; /* there are markers between the tables of iptables, too */
	const struct rule *rule; /* borrowed; that handed the packet to a queue; NULL: hit says which */
	struct {
		bool watched;
		int netns; /* borrowed */
		struct conntrack conntrack; /* max 0: nothing is tracked */
	} places[N_ROLES];
};

/* Before the first probe, for each namespace, under the role that it is watched as. */
void suspects_watch(struct suspects *s, enum role role, int netns);

/*
 * After a drop on a netfilter hook: as session_ops.culprit in core/session.h. 0, or a negative errno:
 * -ENOENT if nobody is known who could have.
 */
int suspects_find(const struct suspects *s, enum role role, const struct hop *drop,
		  const struct hit *hit, enum dd_hook_stage stage, struct culprit *out);

#endif
