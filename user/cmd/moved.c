/* SPDX-License-Identifier: GPL-2.0 */
#include "cmd/moved.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "source/legacy.h"
#include "source/ruleset.h"

#define PLACES 16 /* namespaces, by family, whose counters are kept */

enum { NFT, LEGACY, N_BACKENDS };

/* How things were in one namespace, for one family. */
struct look {
	uint64_t from_ns, to_ns; /* while they were read; CLOCK_MONOTONIC. 0: not at all */
	struct legacy *counters[N_BACKENDS]; /* NULL: no rules there */
	bool partly;                         /* not all could be read */
	struct conntrack conntrack;
	uint16_t generation;
};

/* The last two, so that a packet that was lost before the last can still be told of. */
struct place {
	uint32_t inum; /* 0: free */
	int family;
	uint64_t used;
	struct look before, last;
};

struct moved {
	struct place places[PLACES];
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
		legacy_free(l->counters[b]);
	*l = (struct look){ 0 };
}

static void place_clear(struct place *p)
{
	look_clear(&p->before);
	look_clear(&p->last);
	*p = (struct place){ 0 };
}

void moved_free(struct moved *m)
{
	for (int i = 0; m && i < PLACES; i++)
		place_clear(&m->places[i]);
	free(m);
}

static void look(int netns, int family, struct look *out)
{
	struct look l = { .from_ns = clock_now_ns() };
	const int errs[N_BACKENDS] = {
		legacy_snapshot_nft(netns, family, &l.counters[NFT]),
		legacy_snapshot(netns, family, &l.counters[LEGACY]),
	};

	for (int b = 0; b < N_BACKENDS; b++) {
		if (errs[b])
			l.counters[b] = NULL;
		l.partly |= errs[b] && errs[b] != -ENODATA;
	}
	conntrack_read(netns, &l.conntrack);
	ruleset_generation(netns, &l.generation);
	l.to_ns = clock_now_ns();
	*out = l;
}

static struct place *place_of(struct moved *m, uint32_t inum, int family)
{
	struct place *p = &m->places[0];

	for (int i = 0; i < PLACES; i++) {
		if (m->places[i].inum == inum && m->places[i].family == family) {
			p = &m->places[i];
			break;
		}
		if (m->places[i].used < p->used)
			p = &m->places[i];
	}
	if (p->inum != inum || p->family != family) {
		place_clear(p);
		p->inum = inum;
		p->family = family;
	}
	p->used = ++m->n;
	return p;
}

/* Makes the two looks such that the drop lies between them, if that can be. */
static struct place *place_around(struct moved *m, int netns, uint32_t inum, const struct hop *drop)
{
	struct place *p = place_of(m, inum, drop->hook_pf == NFPROTO_IPV6 ? AF_INET6 : AF_INET);

	if (drop->ts_ns >= p->last.from_ns) {
		/* one that was lost during a look may be in its counters already */
		if (drop->ts_ns >= p->last.to_ns) {
			look_clear(&p->before);
			p->before = p->last;
		} else {
			look_clear(&p->last);
		}
		look(netns, p->family, &p->last);
	}
	return p->before.to_ns && drop->ts_ns >= p->before.to_ns ? p : NULL;
}

void moved_look(struct moved *m, int netns, uint32_t inum)
{
	static const int families[] = { AF_INET, AF_INET6 };

	for (int i = 0; i < 2; i++) {
		struct place *p = place_of(m, inum, families[i]);

		if (!p->last.to_ns)
			look(netns, p->family, &p->last);
	}
}

/* Of the two backends' answers: two that each found a rule make both doubtful. */
static int rule_merge(const struct place *p, int backend, const struct hop *drop, int found,
		      struct rule *out)
{
	const struct legacy *before = p->before.counters[backend], *after = p->last.counters[backend];
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

/* nftables frees itself what its rules drop, nowadays; iptables-legacy's are never those. */
static bool is_of(int backend, const struct hop *drop)
{
	return backend != LEGACY || strncmp(drop->where.function, "nft_", 4) != 0;
}

int moved_rule(struct moved *m, int netns, uint32_t inum, const struct hop *drop, struct rule *out)
{
	const struct place *p;
	int found = 0;

	if (drop->hook_pf != NFPROTO_IPV4 && drop->hook_pf != NFPROTO_IPV6)
		return -ENOENT;
	p = place_around(m, netns, inum, drop);
	if (!p)
		return -EAGAIN;
	for (int b = 0; b < N_BACKENDS; b++)
		if (is_of(b, drop))
			found = rule_merge(p, b, drop, found, out);
	return found ? 0 : p->before.partly || p->last.partly ? -EIO : -ENOENT;
}

int moved_before(struct moved *m, int netns, uint32_t inum, const struct hop *drop,
		 struct conntrack *conntrack, uint16_t *generation)
{
	const struct place *p = place_around(m, netns, inum, drop);

	if (!p)
		return -EAGAIN;
	*conntrack = p->before.conntrack;
	*generation = p->before.generation;
	return 0;
}
