/* SPDX-License-Identifier: GPL-2.0 */
#include "source/ruleset_dump.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/kernel_words.h"
#include "base/strbuf.h"
#include "source/ebtables.h"
#include "source/legacy.h"
#include "source/ruleset.h"
#include "source/run.h"

void ruleset_dump_free(struct rules_view *v)
{
	for (int i = 0; i < v->n_texts; i++)
		free(v->texts[i]);
	free(v->sets);
	free(v->chains);
	free(v->rules);
	*v = (struct rules_view){ 0 };
}

static int keep_text(struct rules_view *v, char *text)
{
	if (!text || v->n_texts == ARRAY_SIZE(v->texts)) {
		free(text);
		return -ENOMEM;
	}
	v->texts[v->n_texts++] = text;
	return 0;
}

static struct chain *chain_add(struct rules_view *v, const struct chain *chain)
{
	struct chain *chains = array_grow(v->chains, v->n_chains, sizeof(*chains));

	if (!chains)
		return NULL;
	v->chains = chains;
	chains[v->n_chains] = *chain;
	chains[v->n_chains].rule = v->n_rules;
	return &chains[v->n_chains++];
}

/* To the chain, whose rules stand together. */
static int rule_add(struct rules_view *v, struct chain *c, const char *text, uint64_t handle)
{
	struct rule_line *rules = array_grow(v->rules, v->n_rules, sizeof(*rules));

	if (!rules)
		return -ENOMEM;
	v->rules = rules;
	if (!c->n_rules)
		c->rule = v->n_rules;
	if (c->rule + c->n_rules != v->n_rules)
		return -EPROTO;
	rules[v->n_rules++] = (struct rule_line){ text, handle };
	c->n_rules++;
	return 0;
}

/* ---- iptables-save --------------------------------------------------------------------- */

/* What is being read. */
struct save {
	struct rules_view *v;
	struct chain proto;
	size_t first; /* chain of the table */
};

/* enum nf_ip_hook_priorities; nat's differs by hook, and nothing is dropped there. */
static int priority_of(const char *table)
{
	static const struct {
		const char *name;
		int priority;
	} tables[] = { { "raw", -300 }, { "mangle", -150 }, { "nat", -100 },
		       { "filter", 0 }, { "security", 50 } };

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		if (!strcmp(tables[i].name, table))
			return tables[i].priority;
	return 0;
}

static int save_table(struct save *s, char *line)
{
	s->proto.table = line + 1;
	s->first = s->v->n_chains;
	return 0;
}

static int save_chain(struct save *s, char *line)
{
	struct chain c = s->proto;
	char *policy = strchr(line, ' '), *end;

	if (!policy)
		return -EPROTO;
	*policy++ = '\0';
	end = strchr(policy, ' ');
	if (end)
		*end = '\0';
	c.name = line + 1;
	c.policy = strcmp(policy, "-") ? policy : "";
	c.hook = c.policy[0] ? kernel_inet_hook(c.name) : -1;
	c.priority = priority_of(c.table);
	return chain_add(s->v, &c) ? 0 : -ENOMEM;
}

static int save_rule(struct save *s, char *line)
{
	const char *name = line + strlen("-A ");
	size_t len = strcspn(name, " ");

	for (size_t i = s->first; i < s->v->n_chains; i++) {
		struct chain *c = &s->v->chains[i];

		if (strlen(c->name) == len && !strncmp(c->name, name, len))
			return rule_add(s->v, c, line, 0);
	}
	return -EPROTO;
}

static int save_line(struct save *s, char *line)
{
	if (line[0] == '[') {
		line = strstr(line, "] ");
		if (!line)
			return -EPROTO;
		line += 2;
	}
	if (line[0] == '*')
		return save_table(s, line);
	if (line[0] == ':')
		return save_chain(s, line);
	return strncmp(line, "-A ", 3) ? 0 : save_rule(s, line);
}

int ruleset_dump_save(char *text, enum backend backend, uint8_t family, struct rules_view *out)
{
	struct save s = { .v = out, .proto = { .backend = backend, .family = family, .device = "" } };
	const char *rest = text, *line;
	int err = keep_text(out, text);
	size_t len;

	while (!err && (line = run_line(&rest, true, &len))) {
		text[line - text + len] = '\0';
		err = save_line(&s, text + (line - text));
	}
	return err;
}

/* ---- nft list ruleset -------------------------------------------------------------------- */

struct nft {
	struct rules_view *v;
	struct chain proto;
	bool skip; /* the table is iptables', whose own program has printed it */
	struct chain *chain; /* NULL: not in one */
	struct set_view *set; /* the same */
	bool in_elements;
	char *rule; /* begun on an earlier line; NULL: none */
};

static uint8_t family_of(const char *word)
{
	static const char *const names[] = {
		[NFPROTO_INET] = "inet", [NFPROTO_IPV4] = "ip",	      [NFPROTO_ARP] = "arp",
		[NFPROTO_IPV6] = "ip6",	 [NFPROTO_BRIDGE] = "bridge", [NFPROTO_NETDEV] = "netdev",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i] && !strcmp(names[i], word))
			return (uint8_t)i;
	return 0;
}

static bool is_printed(const struct rules_view *v, uint8_t family, const char *table)
{
	for (size_t i = 0; i < v->n_chains; i++)
		if (v->chains[i].backend == BACKEND_IPTABLES_NFT &&
		    v->chains[i].family == family && !strcmp(v->chains[i].table, table))
			return true;
	return false;
}

static bool is_own(const char *table)
{
	return !strncmp(table, RULESET_OWN, strlen(RULESET_OWN));
}

/* "table inet shop { # handle 3" */
static int nft_table(struct nft *n, char *line)
{
	char *family = line + strlen("table "), *name = strchr(family, ' '), *end;

	if (!name)
		return -EPROTO;
	*name++ = '\0';
	end = strchr(name, ' ');
	if (end)
		*end = '\0';
	n->proto.family = family_of(family);
	n->proto.table = name;
	/* dockdrop's own, while a trace runs */
	n->skip = is_printed(n->v, n->proto.family, name) || is_own(name);
	return 0;
}

/* "\tchain guard { # handle 1" */
static int nft_chain(struct nft *n, char *line)
{
	struct chain c = n->proto;
	char *name = line + strlen("\tchain ");

	name[strcspn(name, " ")] = '\0';
	c.name = name;
	n->chain = chain_add(n->v, &c);
	return n->chain ? 0 : -ENOMEM;
}

/* "\tset bad { # handle 9", or map */
static int nft_set(struct nft *n, char *name)
{
	struct set_view *sets = array_grow(n->v->sets, n->v->n_sets, sizeof(*sets));

	if (!sets)
		return -ENOMEM;
	n->v->sets = sets;
	name[strcspn(name, " ")] = '\0';
	n->set = &sets[n->v->n_sets++];
	*n->set = (struct set_view){ .family = n->proto.family, .table = n->proto.table,
				     .name = name, .elements = "" };
	n->in_elements = false;
	return 0;
}

/* "\t\telements = { 192.0.2.1, 192.0.2.2 }", perhaps over several lines. */
static void nft_elements(struct nft *n, char *line)
{
	static const char begin[] = "\t\telements = {";
	size_t len = strlen(line);

	if (n->in_elements)
		line[-1] = ' '; /* joined to the line before */
	else if (!strncmp(line, begin, strlen(begin)))
		n->set->elements = line + strlen(begin);
	else
		return;
	n->in_elements = line[len - 1] != '}';
	if (!n->in_elements)
		line[len - 1] = '\0';
}

/* The words of the standard priorities; those of the bridge family are others. */
static int nft_priority(const struct chain *c, const char *text)
{
	static const struct {
		const char *name;
		int ip, bridge;
	} words[] = { { "raw", -300, -300 },	{ "mangle", -150, -150 }, { "dstnat", -100, -300 },
		      { "filter", 0, -200 },	{ "security", 50, 50 },	  { "srcnat", 100, 300 },
		      { "out", 100, 100 } };
	bool bridge = c->family == NFPROTO_BRIDGE;
	int offset = 0;
	char sign;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		size_t len = strlen(words[i].name);

		if (strncmp(text, words[i].name, len))
			continue;
		if (sscanf(text + len, " %c %d", &sign, &offset) == 2 && sign == '-')
			offset = -offset;
		return (bridge ? words[i].bridge : words[i].ip) + offset;
	}
	return atoi(text);
}

/* "\t\ttype filter hook forward priority filter; policy drop;" */
static void nft_base(struct nft *n, char *line)
{
	static const char *const hooks[] = { "prerouting", "input",	  "forward", "output",
					     "postrouting", "ingress", "egress" };
	char *hook = strstr(line, " hook "), *device = strstr(line, " device"), *priority, *policy;
	struct chain *c = n->chain;

	priority = strstr(line, " priority ");
	policy = strstr(line, "policy ");
	if (!hook || !priority)
		return;
	hook += strlen(" hook ");
	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++)
		if (!strncmp(hook, hooks[i], strlen(hooks[i])))
			c->hook = (int)i;
	c->priority = nft_priority(c, priority + strlen(" priority "));
	c->policy = policy && !strncmp(policy, "policy drop", strlen("policy drop")) ? "DROP" : "ACCEPT";
	*priority = '\0';
	if (device)
		c->device = device;
}

/* A rule ends with its handle; sets in it may go over several lines. */
static int nft_rule(struct nft *n, char *line)
{
	char *handle = NULL, *found = line;
	char *end;
	int err;

	while ((found = strstr(found, " # handle ")))
		handle = found++;
	if (!n->rule)
		n->rule = line + strspn(line, "\t");
	else
		line[-1] = ' ';
	if (!handle) /* it goes on; the next line is joined to it */
		return 0;
	*handle = '\0';
	err = rule_add(n->v, n->chain, n->rule, strtoull(handle + strlen(" # handle "), &end, 10));
	n->rule = NULL;
	return err;
}

static int nft_line(struct nft *n, char *line)
{
	if (!strncmp(line, "table ", 6))
		return nft_table(n, line);
	if (n->skip)
		return 0;
	if (!strncmp(line, "\tchain ", strlen("\tchain ")))
		return nft_chain(n, line);
	if (!strncmp(line, "\tset ", strlen("\tset ")) || !strncmp(line, "\tmap ", strlen("\tmap ")))
		return nft_set(n, line + strlen("\tset "));
	if (!strncmp(line, "\t}", 2)) {
		n->chain = NULL;
		n->rule = NULL;
		n->set = NULL;
		return 0;
	}
	if (n->set && *line)
		nft_elements(n, line);
	if (!n->chain || strncmp(line, "\t\t", 2))
		return 0;
	if (!n->rule && !strncmp(line, "\t\ttype ", 7)) {
		nft_base(n, line);
		return 0;
	}
	if (!n->rule && (!strncmp(line, "\t\tcomment ", 10) || !strncmp(line, "\t\tpolicy ", 9)))
		return 0;
	return nft_rule(n, line);
}

int ruleset_dump_nft(char *text, struct rules_view *out)
{
	struct nft n = { .v = out, .proto = { .backend = BACKEND_NFTABLES, .policy = "", .hook = -1,
					      .device = "" } };
	const char *rest = text, *line;
	int err = keep_text(out, text);
	size_t len;

	while (!err && (line = run_line(&rest, false, &len))) {
		text[line - text + len] = '\0';
		err = nft_line(&n, text + (line - text));
	}
	return err;
}

/* ---- the programs --------------------------------------------------------------------------- */

/* Which families have tables that could be iptables', and whether there is any table. */
struct tables {
	bool any, xt[2];
};

static void note_table(void *ctx, const struct ruleset_object *object)
{
	static const char *const names[] = { "filter", "nat", "mangle", "raw", "security" };
	struct tables *t = ctx;

	t->any = true;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i], object->table)) {
			t->xt[0] |= object->family == NFPROTO_IPV4;
			t->xt[1] |= object->family == NFPROTO_IPV6;
		}
}

/* Tables that iptables has not printed. */
struct rest {
	const struct rules_view *v;
	bool any;
};

static void note_rest(void *ctx, const struct ruleset_object *object)
{
	struct rest *r = ctx;

	r->any |= !is_own(object->table) && !is_printed(r->v, object->family, object->table);
}

static int dump_xt(int netns, int six, struct rules_view *out)
{
	static const struct run_program programs[] = {
		{ "iptables-nft-save", "iptables-save", "nf_tables" },
		{ "ip6tables-nft-save", "ip6tables-save", "nf_tables" },
	};
	static const char *const no_args[] = { NULL };
	struct strbuf sb = { 0 };
	int err = run_program(netns, &programs[six], no_args, &sb);

	if (err || !sb.text)
		return err;
	return ruleset_dump_save(sb.text, BACKEND_IPTABLES_NFT, six ? NFPROTO_IPV6 : NFPROTO_IPV4,
				 out);
}

int ruleset_dump(int netns, struct rules_view *out)
{
	static const char *const argv[] = { "nft", "--handle", "--stateless", "list", "ruleset", NULL };
	struct rest rest = { .v = out };
	struct tables tables = { 0 };
	struct strbuf sb = { 0 };
	int err = ruleset_list(netns, RULESET_ALL(RULESET_TABLES), note_table, &tables);

	if (err == -EOPNOTSUPP || (!err && !tables.any))
		return 0;
	/* without iptables its rules are read as nft prints them */
	for (int six = 0; six < 2 && !err; six++)
		if (tables.xt[six]) {
			err = dump_xt(netns, six, out);
			err = err == -ENOENT ? 0 : err;
		}
	/* thousands of rules take nft its time, and these would be left out again */
	if (!err)
		err = ruleset_list(netns, RULESET_ALL(RULESET_TABLES), note_rest, &rest);
	if (!err && rest.any)
		err = run_capture(netns, argv, &sb);
	return err || !sb.text ? err : ruleset_dump_nft(sb.text, out);
}

int ruleset_dump_legacy(int netns, struct rules_view *out)
{
	static const int families[] = { AF_INET, AF_INET6 };

	out->has_arptables = legacy_has_arptables(netns);
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		struct strbuf sb = { 0 };
		int err = legacy_print(netns, families[i], &sb);

		if (!err)
			err = ruleset_dump_save(sb.text, BACKEND_IPTABLES_LEGACY,
						i ? NFPROTO_IPV6 : NFPROTO_IPV4, out);
		if (err && err != -ENODATA)
			return err;
	}
	return 0;
}

int ruleset_dump_ebtables(int netns, struct rules_view *out)
{
	struct strbuf sb = { 0 };
	int err = ebtables_print(netns, &sb);

	if (err)
		return err == -ENODATA ? 0 : err;
	return ruleset_dump_save(sb.text, BACKEND_EBTABLES, NFPROTO_BRIDGE, out);
}
