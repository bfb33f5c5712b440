/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rule behind a drop that nobody traced: by the counter that moved since the last look. Nothing is
 * added to anybody's ruleset, so that a rule without a counter, as nftables' own are, stays unnamed.
 */
#ifndef DD_MOVED_H
#define DD_MOVED_H

#include "model.h"

struct moved;

int moved_new(struct moved **out);
void moved_free(struct moved *m);

/* Looks at the counters of a namespace for the first time, unless that was done. */
void moved_look(struct moved *m, int netns, uint32_t inum);

/*
 * The rule on the hook of the drop whose counter moved since the last look, and looks again. With
 * more than one .ambiguous is set. -EAGAIN: this was the first look; -ENOENT: none moved.
 */
int moved_rule(struct moved *m, int netns, uint32_t inum, const struct hop *drop, struct rule *out);

#endif
