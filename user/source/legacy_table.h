/* SPDX-License-Identifier: GPL-2.0 */
/* What iptables-save printed, taken apart; for legacy's own files. */
#ifndef DD_LEGACY_TABLE_H
#define DD_LEGACY_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lengths.h"

#define TABLES_MAX 16 /* the kernel has five */

struct entry {
	const char *text; /* "-A CHAIN ...", in legacy.text */
	uint64_t packets;
};

struct chain {
	char name[SHORT_LEN];
	char policy[SHORT_LEN]; /* "-": a user's chain */
	uint64_t packets;       /* that the policy decided */
	size_t entry, n_entries;
};

/* Chains are sorted by name, rules stand as they were printed: chain by chain. */
struct table {
	char name[SHORT_LEN];
	size_t chain, n_chains;
	size_t entry, n_entries;
	bool complete;
};

struct legacy {
	bool from_zero; /* a rule that is new began to count at 0 */
	int family;
	char *text;
	struct table tables[TABLES_MAX];
	size_t n_tables;
	struct chain *chains;
	size_t n_chains;
	struct entry *entries;
	size_t n_entries;
};

/* NULL: there is none; table may be NULL. Borrowed. */
struct chain *legacy_chain(const struct legacy *l, const struct table *table, const char *name);
const struct table *legacy_table(const struct legacy *l, const char *name);

#endif
