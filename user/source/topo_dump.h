/* SPDX-License-Identifier: GPL-2.0 */
/* All that rtnetlink knows of one network namespace, for those who compare rather than ask. */
#ifndef DD_TOPO_DUMP_H
#define DD_TOPO_DUMP_H

#include "checkup.h"

/*
 * Each fills its own members of out, which the caller frees with topo_dump_free(). 0 or a negative
 * errno; -EINTR: it changed again and again.
 */
int topo_dump_devices(int netns, struct place *out);
int topo_dump_neighs(int netns, struct place *out);
int topo_dump_fdbs(int netns, struct place *out);
int topo_dump_vlans(int netns, struct place *out);
int topo_dump_paths(int netns, struct place *out);

void topo_dump_free(struct place *p);

/* The attributes of a bridge as numbers, by name; for comparing two. At most max. */
int topo_bridge_attributes(int netns, uint32_t ifindex, struct sysctl *out, int max);

#endif
