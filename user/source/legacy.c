/* SPDX-License-Identifier: GPL-2.0 */
#include "source/legacy.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "source/legacy_table.h"
#include "source/netns.h"
#include "source/run.h"

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

struct chain *legacy_chain(const struct legacy *l, const struct table *t, const char *name)
{
	struct chain key;

	if (!t || !t->n_chains || !text_copy(key.name, sizeof(key.name), name))
		return NULL;
	return bsearch(&key, l->chains + t->chain, t->n_chains, sizeof(key), by_name);
}

const struct table *legacy_table(const struct legacy *l, const char *name)
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

	if (open_table(l) || l->n_tables == TABLES_MAX || legacy_table(l, line + 1) ||
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
			c = legacy_chain(l, t, name);
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
static FILE *open_names(int netns, const char *path)
{
	int back __leave_netns = netns_enter(netns);

	return back < 0 ? NULL : fopen(path, "re");
}

bool legacy_has_arptables(int netns)
{
	FILE *names __fclose = open_names(netns, "/proc/thread-self/net/arp_tables_names");

	return names && fgetc(names) != EOF;
}

int legacy_print(int netns, int family, struct strbuf *out)
{
	struct strbuf sb __cleanup(strbuf_free) = { 0 };
	FILE *names __fclose = open_names(netns, family == AF_INET6 ? "/proc/thread-self/net/ip6_tables_names" :
								     "/proc/thread-self/net/ip_tables_names");
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
	const struct table *t = legacy_table(l, hit->table);
	const struct chain *c = legacy_chain(l, t, hit->chain);
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
		if (legacy_chain(l, &l->tables[i], name))
			return true;
	return false;
}

bool legacy_has_rules(const struct legacy *l)
{
	return l->n_entries > 0;
}
