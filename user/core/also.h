/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Other faults than the one that the packet met first: what was dropped besides, and what the state
 * of routes, links and ports will do to the packets that come after.
 */
#ifndef DD_ALSO_H
#define DD_ALSO_H

#include "core/evidence.h"

/* Who made a drop; as for the verdict's own. */
typedef void (*also_blame)(void *ctx, const struct hop *drop, struct blame *out);

/*
 * Fills out with the causes of the other faults, ALSO_MAX at most, each once, none of them the
 * verdict's. e is the verdict's evidence, cause its cause. Returns how many.
 */
int also_find(const struct evidence *e, const struct cause *cause, also_blame blame, void *ctx,
	      struct cause out[ALSO_MAX]);

#endif
