/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who dropped a packet that nobody traced, by the counters that moved between two looks: those of iptables'
 * rules, and that of connection tracking. Nothing is added to anybody's ruleset.
 */
#ifndef DD_MOVED_H
#define DD_MOVED_H

#include "model.h"
#include "source/conntrack.h"

struct moved;

int moved_new(struct moved **out);
void moved_free(struct moved *m);

/* Looks at the counters of a namespace for the first time, unless that was done. */
void moved_look(struct moved *m, int netns, uint32_t inum);

/*
 * The rule of iptables on the hook of the drop whose counter moved meanwhile. With more than one
 * .ambiguous is set. -EAGAIN: nobody had looked before the drop; -ENOENT: none moved, and all were
 * seen; -EIO: not all could be seen.
 */
int moved_rule(struct moved *m, int netns, uint32_t inum, const struct hop *drop, struct rule *out);

/*
 * How connection tracking (max 0: there is none), and the generation of nftables' rules, were before the
 * drop. -EAGAIN as above.
 */
int moved_before(struct moved *m, int netns, uint32_t inum, const struct hop *drop,
		 struct conntrack *conntrack, uint16_t *generation);

#endif
