/* SPDX-License-Identifier: GPL-2.0 */
/* Which rule dropped, by the counter that moved between two snapshots: legacy_moved(). */
#include "source/legacy.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/iptables.h"
#include "base/kernel_words.h"
#include "base/strbuf.h"
#include "source/legacy_table.h"

/* What follows -j or -g, or "". A comment may be an unquoted "-j"; then an option follows. */
static const char *target_of(const char *rule, char word[SHORT_LEN])
{
	bool jump = false, quoted;

	while (iptables_word_next(&rule, word, SHORT_LEN, &quoted)) {
		if (jump && word[0] != '-')
			return word;
		jump = !quoted && (!strcmp(word, "-j") || !strcmp(word, "-g"));
	}
	return "";
}

static bool is_terminal(const char *target)
{
	static const char *const names[] = { "DROP",	"REJECT", "TARPIT",
					     "NFQUEUE", "QUEUE",  "STEAL" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i], target))
			return true;
	return false;
}

/* What is known so far of the search for one table's candidates. */
struct search {
	const struct legacy *before, *after;
	const struct table *table, *old_table;
	const struct dd_packet *pkt; /* what was dropped; NULL: anything */
	struct chain **reached; /* in the order found; the last ones' rules are not yet read */
	size_t n_reached;
	const struct chain *chain; /* of the first candidate */
	const struct entry *entry; /* NULL: the policy of .chain */
	int n;
};

static void reach(struct search *s, struct chain *c)
{
	for (size_t i = 0; i < s->n_reached; i++)
		if (s->reached[i] == c)
			return;
	s->reached[s->n_reached++] = c;
}

static void note(struct search *s, const struct chain *c, const struct entry *e)
{
	if (!s->n++ || e < s->entry) {
		s->chain = c;
		s->entry = e;
	}
}

/* The same rule as it was; where rules may have been put before it, wherever it was. */
static const struct entry *entry_before(const struct search *s, const struct chain *old, size_t i,
					const struct entry *e)
{
	const struct entry *all = old ? &s->before->entries[old->entry] : NULL;

	if (old && i < old->n_entries && !strcmp(all[i].text, e->text))
		return &all[i];
	for (i = 0; old && s->after->from_zero && i < old->n_entries; i++)
		if (!strcmp(all[i].text, e->text))
			return &all[i];
	return NULL;
}

/* Whether the rule's counter grew; one that was not there in this place before grew if it began at 0. */
static bool entry_moved(const struct search *s, const struct chain *old, size_t i,
			const struct entry *e)
{
	const struct entry *was = entry_before(s, old, i, e);

	return was ? e->packets > was->packets : s->after->from_zero && e->packets;
}

static bool may_match(const struct search *s, const struct entry *e)
{
	const struct dd_packet *pkt = s->pkt;
	struct iptables_packet p = { .family = s->after->family };

	if (!pkt)
		return true;
	p.l4 = pkt->l4;
	p.src = pkt->src;
	p.dst = pkt->dst;
	if ((pkt->l4 == IPPROTO_TCP || pkt->l4 == IPPROTO_UDP) && !(pkt->flags & DD_PKT_QUOTED)) {
		p.sport = pkt->sport;
		p.dport = pkt->dport;
	}
	return iptables_may_match(e->text, &p);
}

static void read_chain(struct search *s, const struct chain *c)
{
	const struct chain *old = legacy_chain(s->before, s->old_table, c->name);
	char word[SHORT_LEN];

	for (size_t i = 0; i < c->n_entries; i++) {
		const struct entry *e = &s->after->entries[c->entry + i];
		const char *target = target_of(e->text, word);
		struct chain *next = legacy_chain(s->after, s->table, target);

		if (next)
			reach(s, next);
		else if (is_terminal(target) && entry_moved(s, old, i, e) && may_match(s, e))
			note(s, c, e);
	}
}

static void read_policy(struct search *s, const struct chain *c)
{
	const struct chain *old = legacy_chain(s->before, s->old_table, c->name);

	if (!old || strcmp(c->policy, "DROP") || c->packets <= old->packets)
		return;
	if (!s->n++)
		s->chain = c;
}

static void describe(const struct search *s, struct rule *out)
{
	const struct chain *c = s->chain;

	text_copy(out->table, sizeof(out->table), s->table->name);
	text_copy(out->chain, sizeof(out->chain), c->name);
	if (s->entry) {
		out->index = s->entry - &s->after->entries[c->entry] + 1;
		text_copy(out->text, sizeof(out->text), s->entry->text);
	} else {
		out->policy = true;
		snprintf(out->text, sizeof(out->text), "-P %s %s", c->name, c->policy);
	}
}

/* The candidates of the search's table: how many, or a negative errno. The first is in out. */
static int search_table(struct search *s, const char *hook, struct rule *out)
{
	struct chain **reached __free = calloc(s->table->n_chains + 1, sizeof(*reached));
	struct chain *base = legacy_chain(s->after, s->table, hook);

	if (!reached)
		return -ENOMEM;
	s->reached = reached;
	if (!base)
		return 0;
	reach(s, base);
	for (size_t i = 0; i < s->n_reached; i++)
		read_chain(s, s->reached[i]);
	read_policy(s, base);
	if (s->n)
		describe(s, out);
	return s->n;
}

int legacy_moved(const struct legacy *before, const struct legacy *after, int hook,
		 const char *table, const struct dd_packet *pkt, struct rule *out)
{
	const char *base = kernel_hook(NFPROTO_IPV4, hook);
	struct rule rule = {
		.backend = BACKEND_IPTABLES_LEGACY,
		.counted = true,
		.family = after->family == AF_INET6 ? NFPROTO_IPV6 : NFPROTO_IPV4,
	};
	int found = 0;

	if (!base)
		return -EINVAL;
	for (size_t i = 0; i < after->n_tables; i++) {
		const struct table *t = &after->tables[i];
		struct search s = { .before = before, .after = after, .table = t,
				    .old_table = legacy_table(before, t->name), .pkt = pkt };
		struct rule ignored, *first = found ? &ignored : &rule;
		int n = *table && strcmp(table, t->name) ? 0 : search_table(&s, base, first);

		if (n < 0)
			return n;
		found += n;
	}
	if (!found)
		return -ENOENT;
	rule.ambiguous = found > 1;
	*out = rule;
	return 0;
}
