/* SPDX-License-Identifier: GPL-2.0 */
/* What connection tracking counts of itself, read-only. No module is loaded by looking. */
#ifndef DD_CONNTRACK_H
#define DD_CONNTRACK_H

#include <stdbool.h>
#include <stdint.h>

struct conntrack {
	uint64_t count, max; /* entries of the namespace, and how many there may be */
	bool counts_drops;   /* the next is known: the kernel has CONFIG_NF_CONNTRACK_PROCFS */
	uint64_t drops;      /* packets that it dropped in the namespace so far */
};

/* 0, or a negative errno: -ENOENT where nothing is tracked. */
int conntrack_read(int netns, struct conntrack *out);

/* Parser behind it, for tests: the sum of a column of /proc/net/stat/nf_conntrack, one line a CPU. */
int conntrack_parse_stat(const char *text, const char *column, uint64_t *out);

#endif
