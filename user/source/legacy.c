/* SPDX-License-Identifier: GPL-2.0 */
#include "source/legacy.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/netfilter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/iptables.h"
#include "base/strbuf.h"
#include "source/netns.h"
#include "source/run.h"

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

void legacy_free(struct legacy *l)
{
	if (!l)
		return;
	free(l->text);
	free(l->chains);
	free(l->entries);
	free(l);
}

void cleanup_legacy(struct legacy **l)
{
	legacy_free(*l);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct chain *)a)->name, ((const struct chain *)b)->name);
}

static struct chain *find_chain(const struct legacy *l, const struct table *t, const char *name)
{
	struct chain key;

	if (!t || !t->n_chains || !text_copy(key.name, sizeof(key.name), name))
		return NULL;
	return bsearch(&key, l->chains + t->chain, t->n_chains, sizeof(key), by_name);
}

static const struct table *find_table(const struct legacy *l, const char *name)
{
	for (size_t i = 0; i < l->n_tables; i++)
		if (!strcmp(l->tables[i].name, name))
			return &l->tables[i];
	return NULL;
}

/* ---- the parser -------------------------------------------------------------- */

/* The table that is being read, NULL between two of them. */
static struct table *open_table(struct legacy *l)
{
	struct table *t = l->n_tables ? &l->tables[l->n_tables - 1] : NULL;

	return t && !t->complete ? t : NULL;
}

static int add_table(struct legacy *l, char *line)
{
	struct table *t = &l->tables[l->n_tables];

	if (open_table(l) || l->n_tables == TABLES_MAX || find_table(l, line + 1) ||
	    !text_copy(t->name, sizeof(t->name), line + 1))
		return -EPROTO;
	t->chain = l->n_chains;
	t->entry = l->n_entries;
	l->n_tables++;
	return 0;
}

static int add_chain(struct legacy *l, char *line)
{
	struct table *t = open_table(l);
	struct chain c = { 0 };
	struct chain *chains;

	if (!t || sscanf(line, ":%63[^ ] %63s [%" SCNu64 ":", c.name, c.policy, &c.packets) != 3)
		return -EPROTO;
	chains = array_grow(l->chains, l->n_chains, sizeof(c));
	if (!chains)
		return -ENOMEM;
	l->chains = chains;
	l->chains[l->n_chains++] = c;
	t->n_chains++;
	return 0;
}

static int add_entry(struct legacy *l, char *line)
{
	struct table *t = open_table(l);
	struct entry *entries;
	uint64_t packets;
	int text = 0;

	if (!t || sscanf(line, "[%" SCNu64 ":%*u] %n", &packets, &text) != 1 || !text)
		return -EPROTO;
	entries = array_grow(l->entries, l->n_entries, sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	l->entries = entries;
	l->entries[l->n_entries++] = (struct entry){ .text = line + text, .packets = packets };
	t->n_entries++;
	return 0;
}

static int end_table(struct legacy *l, char *line)
{
	struct table *t = open_table(l);
	struct chain *c = NULL;
	char name[SHORT_LEN];

	if (!t || strcmp(line, "COMMIT"))
		return -EPROTO;
	if (t->n_chains)
		qsort(l->chains + t->chain, t->n_chains, sizeof(*c), by_name);
	for (size_t i = t->entry; i < l->n_entries; i++) {
		if (sscanf(l->entries[i].text, "-A %63[^ ]", name) != 1)
			return -EPROTO;
		if (!c || strcmp(c->name, name)) {
			c = find_chain(l, t, name);
			if (!c || c->n_entries)
				return -EPROTO;
			c->entry = i;
		}
		c->n_entries++;
	}
	t->complete = true;
	return 0;
}

static int skip_comment(struct legacy *l, char *line)
{
	(void)l;
	(void)line;
	return 0;
}

static int parse_line(struct legacy *l, char *line)
{
	static const struct {
		char first;
		int (*parse)(struct legacy *l, char *line);
	} kinds[] = {
		{ '#', skip_comment }, { '\0', skip_comment }, { '*', add_table },
		{ ':', add_chain },    { '[', add_entry },     { 'C', end_table },
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].first == line[0])
			return kinds[i].parse(l, line);
	return -EPROTO;
}

/* Takes the text over, whatever it returns. */
static int parse(char *text, int family, struct legacy **out)
{
	struct legacy *l __cleanup(cleanup_legacy) = calloc(1, sizeof(*l));
	const char *rest = text, *line;
	size_t len;

	if (!l) {
		free(text);
		return -ENOMEM;
	}
	l->text = text;
	l->family = family;
	while ((line = run_line(&rest, true, &len))) {
		int err;

		text[line - text + len] = '\0';
		err = parse_line(l, text + (line - text));
		if (err)
			return err;
	}
	if (!l->n_tables || open_table(l))
		return -EPROTO;
	*out = take_ptr(l);
	return 0;
}

int legacy_parse(const char *text, int family, struct legacy **out)
{
	char *copy = strdup(text);

	return copy ? parse(copy, family, out) : -ENOMEM;
}

/* ---- the snapshot ------------------------------------------------------------ */

static int save_table(int netns, int family, const char *table, struct strbuf *sb)
{
	static const struct run_program programs[] = {
		{ "iptables-legacy-save", "iptables-save", "legacy" },
		{ "ip6tables-legacy-save", "ip6tables-save", "legacy" },
	};
	const char *args[] = { "-c", "-t", table, NULL };
	struct strbuf one __cleanup(strbuf_free) = { 0 };
	int err = run_program(netns, &programs[family == AF_INET6], args, &one);

	strbuf_add(sb, strbuf_str(&one), one.len);
	return err == -ENOENT ? -ENOEXEC : err;
}

/* The names of the tables in use, one a line. */
static FILE *open_names(int netns, int family)
{
	int back __leave_netns = netns_enter(netns);

	return back < 0 ? NULL : fopen(family == AF_INET6 ? "/proc/thread-self/net/ip6_tables_names" :
							    "/proc/thread-self/net/ip_tables_names",
				       "re");
}

int legacy_print(int netns, int family, struct strbuf *out)
{
	struct strbuf sb __cleanup(strbuf_free) = { 0 };
	FILE *names __fclose = open_names(netns, family);
	char name[SHORT_LEN];

	while (names && fscanf(names, "%63s", name) == 1) {
		int err = save_table(netns, family, name, &sb);

		if (err)
			return err;
	}
	if (sb.failed)
		return -ENOMEM;
	if (!sb.text)
		return -ENODATA;
	*out = sb;
	sb = (struct strbuf){ 0 };
	return 0;
}

int legacy_snapshot(int netns, int family, struct legacy **out)
{
	struct strbuf sb = { 0 };
	int err = legacy_print(netns, family, &sb);

	return err ? err : parse(sb.text, family, out);
}

int legacy_snapshot_nft(int netns, int family, struct legacy **out)
{
	static const struct run_program programs[] = {
		{ "iptables-nft-save", "iptables-save", "nf_tables" },
		{ "ip6tables-nft-save", "ip6tables-save", "nf_tables" },
	};
	const char *args[] = { "-c", NULL };
	struct strbuf sb __cleanup(strbuf_free) = { 0 };
	int err = run_program(netns, &programs[family == AF_INET6], args, &sb);

	if (err)
		return err == -ENOENT ? -ENOEXEC : err;
	err = sb.text ? parse(take_ptr(sb.text), family, out) : -ENODATA;
	if (!err)
		(*out)->from_zero = true;
	return err;
}

int legacy_rule_at(const struct legacy *l, const struct hit *hit, struct rule *out)
{
	const struct table *t = find_table(l, hit->table);
	const struct chain *c = find_chain(l, t, hit->chain);
	struct rule rule = {
		.backend = BACKEND_IPTABLES_LEGACY,
		.family = hit->family,
		.index = hit->index,
		.policy = hit->type == HIT_POLICY,
	};

	if (!c || (!rule.policy && (hit->index < 1 || (size_t)hit->index > c->n_entries)))
		return -ENOENT;
	text_copy(rule.table, sizeof(rule.table), t->name);
	text_copy(rule.chain, sizeof(rule.chain), c->name);
	if (rule.policy)
		snprintf(rule.text, sizeof(rule.text), "-P %s %s", c->name, c->policy);
	else
		text_copy(rule.text, sizeof(rule.text), l->entries[c->entry + hit->index - 1].text);
	*out = rule;
	return 0;
}

bool legacy_has_chain(const struct legacy *l, const char *name)
{
	for (size_t i = 0; i < l->n_tables; i++)
		if (find_chain(l, &l->tables[i], name))
			return true;
	return false;
}

bool legacy_has_rules(const struct legacy *l)
{
	return l->n_entries > 0;
}

/* ---- the counter that moved --------------------------------------------------- */

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
	const struct chain *old = find_chain(s->before, s->old_table, c->name);
	char word[SHORT_LEN];

	for (size_t i = 0; i < c->n_entries; i++) {
		const struct entry *e = &s->after->entries[c->entry + i];
		const char *target = target_of(e->text, word);
		struct chain *next = find_chain(s->after, s->table, target);

		if (next)
			reach(s, next);
		else if (is_terminal(target) && entry_moved(s, old, i, e) && may_match(s, e))
			note(s, c, e);
	}
}

static void read_policy(struct search *s, const struct chain *c)
{
	const struct chain *old = find_chain(s->before, s->old_table, c->name);

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
	struct chain *base = find_chain(s->after, s->table, hook);

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
	static const char *const hooks[] = {
		[NF_INET_PRE_ROUTING] = "PREROUTING", [NF_INET_LOCAL_IN] = "INPUT",
		[NF_INET_FORWARD] = "FORWARD",	      [NF_INET_LOCAL_OUT] = "OUTPUT",
		[NF_INET_POST_ROUTING] = "POSTROUTING",
	};
	struct rule rule = {
		.backend = BACKEND_IPTABLES_LEGACY,
		.counted = true,
		.family = after->family == AF_INET6 ? NFPROTO_IPV6 : NFPROTO_IPV4,
	};
	int found = 0;

	if (hook < 0 || hook >= (int)ARRAY_SIZE(hooks))
		return -EINVAL;
	for (size_t i = 0; i < after->n_tables; i++) {
		const struct table *t = &after->tables[i];
		struct search s = { .before = before, .after = after, .table = t,
				    .old_table = find_table(before, t->name), .pkt = pkt };
		struct rule ignored, *first = found ? &ignored : &rule;
		int n = *table && strcmp(table, t->name) ? 0 : search_table(&s, hooks[hook], first);

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
