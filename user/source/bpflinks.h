/* SPDX-License-Identifier: GPL-2.0 */
/* BPF programs on the netfilter hooks of a network namespace (6.4). */
#ifndef DD_BPFLINKS_H
#define DD_BPFLINKS_H

#include <stdbool.h>
#include <stdint.h>

#include "model.h"

/* Where on the hooks to look: above < priority < below. */
struct bpflinks_place {
	uint8_t pf, hook; /* NFPROTO_*, NF_INET_* */
	int32_t above, below;
	uint32_t program; /* this one alone, by its id; 0: all */
};

/*
 * How many programs sit there, other than dockdrop's own markers; the one that a packet meets first
 * is in out if there is one (kind, program, name, link and priority are set). Or a negative errno.
 *
 * A link does not say which namespace it is of. Whether one is of this one is asked by attaching a
 * program that accepts everything in its place: the kernel refuses that where the place is taken.
 */
int bpflinks_netfilter(int netns, const struct bpflinks_place *place, struct culprit *out);

#endif
