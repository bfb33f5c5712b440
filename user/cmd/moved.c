/* SPDX-License-Identifier: GPL-2.0 */
#include "cmd/moved.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "source/legacy.h"

#define PLACES 8 /* namespaces whose counters are kept */

enum { NFT, LEGACY, N_BACKENDS };
enum { V4, V6, N_FAMILIES };

/* The counters of one namespace when they were last looked at. */
struct look {
	uint32_t inum; /* 0: free */
	uint64_t used;
	struct legacy *counters[N_BACKENDS][N_FAMILIES]; /* NULL: no rules there */
};

struct moved {
	struct look looks[PLACES];
	uint64_t n;
};

int moved_new(struct moved **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

static void look_clear(struct look *l)
{
	for (int b = 0; b < N_BACKENDS; b++)
		for (int f = 0; f < N_FAMILIES; f++)
			legacy_free(l->counters[b][f]);
	*l = (struct look){ 0 };
}

void moved_free(struct moved *m)
{
	for (int i = 0; m && i < PLACES; i++)
		look_clear(&m->looks[i]);
	free(m);
}

static void look_family(int netns, int f, struct legacy *counters[N_BACKENDS][N_FAMILIES])
{
	int family = f == V6 ? AF_INET6 : AF_INET;

	/* what cannot be read is as if it were not there: its rules stay unnamed */
	if (legacy_snapshot_nft(netns, family, &counters[NFT][f]))
		counters[NFT][f] = NULL;
	if (legacy_snapshot(netns, family, &counters[LEGACY][f]))
		counters[LEGACY][f] = NULL;
}

static struct look *look_find(struct moved *m, uint32_t inum)
{
	struct look *oldest = &m->looks[0];

	for (int i = 0; i < PLACES; i++) {
		if (m->looks[i].inum == inum)
			return &m->looks[i];
		if (m->looks[i].used < oldest->used)
			oldest = &m->looks[i];
	}
	look_clear(oldest);
	return oldest;
}

static void look_start(struct look *l, int netns, uint32_t inum)
{
	l->inum = inum;
	for (int f = 0; f < N_FAMILIES; f++)
		look_family(netns, f, l->counters);
}

void moved_look(struct moved *m, int netns, uint32_t inum)
{
	struct look *l = look_find(m, inum);

	l->used = ++m->n;
	if (!l->inum)
		look_start(l, netns, inum);
}

/* Of the two backends' answers: two that each found a rule make both doubtful. */
static int rule_merge(const struct legacy *before, const struct legacy *after, const struct hop *drop,
		      int backend, int found, struct rule *out)
{
	struct rule rule;

	if (!before || !after || legacy_moved(before, after, drop->hook_num, "", &drop->pkt, &rule))
		return found;
	rule.backend = backend == NFT ? BACKEND_IPTABLES_NFT : BACKEND_IPTABLES_LEGACY;
	rule.counted = true;
	rule.ambiguous |= found;
	if (!found)
		*out = rule;
	out->ambiguous |= found;
	return 1;
}

int moved_rule(struct moved *m, int netns, uint32_t inum, const struct hop *drop, struct rule *out)
{
	struct legacy *after[N_BACKENDS][N_FAMILIES] = { 0 };
	struct look *l = look_find(m, inum);
	int f = drop->hook_pf == NFPROTO_IPV6 ? V6 : V4, found = 0;

	if (drop->hook_pf != NFPROTO_IPV4 && drop->hook_pf != NFPROTO_IPV6)
		return -ENOENT;
	l->used = ++m->n;
	if (!l->inum) {
		look_start(l, netns, inum);
		return -EAGAIN;
	}
	look_family(netns, f, after);
	for (int b = 0; b < N_BACKENDS; b++) {
		found = rule_merge(l->counters[b][f], after[b][f], drop, b, found, out);
		legacy_free(l->counters[b][f]);
		l->counters[b][f] = after[b][f];
	}
	return found ? 0 : -ENOENT;
}
