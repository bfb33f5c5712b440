/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rule of nftables' own behind a drop that nobody traced: such rules need not count. nftables dropped
 * the packet on that hook, so that it was the one rule there that can have, if there is only one.
 */
#ifndef DD_PRESUMED_H
#define DD_PRESUMED_H

#include "model.h"

/*
 * Reads the rules, which must be of that generation. -ENOENT: none can have dropped it, or it is not
 * known what all of them do; -EMLINK: more than one can; -ESTALE: they changed since.
 */
int presumed_rule(int netns, uint16_t generation, const struct scene *scene, const struct hop *drop,
		  struct rule *out);

#endif
