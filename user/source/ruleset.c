/* SPDX-License-Identifier: GPL-2.0 */
#include "source/ruleset.h"

#include <ctype.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <nftables/libnftables.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/kernel_words.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "source/legacy.h"
#include "source/netns.h"
#include "source/run.h"

#define TRIES 3
#define NFT_FIRST "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_."

/* ---- one rule's text --------------------------------------------------------- */

/* The programs that print tables of their own making, and what those are called. */
static const struct printer {
	uint8_t family;
	enum backend backend;
	bool takes_table; /* has the option -t */
	const char *const tables[6];
	struct run_program program;
} printers[] = {
	{ NFPROTO_IPV4, BACKEND_IPTABLES_NFT, true,
	  { "filter", "nat", "mangle", "raw", "security" },
	  { "iptables-nft-save", "iptables-save", "nf_tables" } },
	{ NFPROTO_IPV6, BACKEND_IPTABLES_NFT, true,
	  { "filter", "nat", "mangle", "raw", "security" },
	  { "ip6tables-nft-save", "ip6tables-save", "nf_tables" } },
	{ NFPROTO_ARP, BACKEND_IPTABLES_NFT, false,
	  { "filter" },
	  { "arptables-nft-save", "arptables-save", "nf_tables" } },
	{ NFPROTO_BRIDGE, BACKEND_EBTABLES, true,
	  { "filter", "nat", "broute" },
	  { "ebtables-nft-save", "ebtables-save", "nf_tables" } },
};

static const struct printer *find_printer(uint8_t family, const char *table)
{
	for (size_t i = 0; i < ARRAY_SIZE(printers); i++)
		for (int k = 0; printers[i].family == family && printers[i].tables[k]; k++)
			if (!strcmp(printers[i].tables[k], table))
				return &printers[i];
	return NULL;
}

/* A rule among those of its chain. */
struct position {
	uint64_t handle;
	int index, n; /* index 0: not found */
	uint16_t generation;
};

static void note_rule(void *ctx, const struct ruleset_object *object)
{
	struct position *p = ctx;

	p->n++;
	p->generation = object->generation;
	if (object->handle == p->handle)
		p->index = p->n;
}

/* A policy has no place among the rules. */
static int locate(int netns, const struct hit *hit, struct position *out)
{
	const struct ruleset_wanted wanted = { RULESET_RULES, hit->family, hit->table, hit->chain };
	struct position p = { .handle = hit->handle };
	int err;

	if (hit->type == HIT_POLICY)
		return 0;
	err = ruleset_list(netns, &wanted, note_rule, &p);
	if (!err && !p.index)
		err = -ENOENT;
	if (!err)
		*out = p;
	return err;
}

static bool same_position(const struct position *a, const struct position *b)
{
	return a->index == b->index && a->n == b->n && a->generation == b->generation;
}

/* Copies len bytes without the white space at either end. */
static void copy_trimmed(char *dst, size_t dst_len, const char *text, size_t len)
{
	while (len && isspace((unsigned char)text[len - 1]))
		len--;
	while (len && isspace((unsigned char)*text)) {
		text++;
		len--;
	}
	snprintf(dst, dst_len, "%.*s", (int)len, text);
}

/* Whether the line is the prefix, the chain's name, and either its end or a blank. */
static bool names_chain(const char *line, size_t len, const char *prefix, const char *chain)
{
	size_t a = strlen(prefix), b = strlen(chain);

	return len >= a + b && !strncmp(line, prefix, a) && !strncmp(line + a, chain, b) &&
	       (len == a + b || line[a + b] == ' ');
}

int ruleset_parse_save(const char *text, int index, int n, struct rule *out)
{
	struct rule rule = *out;
	char policy[SHORT_LEN] = "";
	const char *line;
	int count = 0;
	bool hidden;
	size_t len;

	while ((line = run_line(&text, true, &len))) {
		if (names_chain(line, len, ":", rule.chain))
			sscanf(line + 1 + strlen(rule.chain), " %63s", policy);
		if (names_chain(line, len, "-A ", rule.chain) && ++count == index)
			copy_trimmed(rule.text, sizeof(rule.text), line, len);
	}
	/* In ebtables-nft the policy of a user's chain is its last rule, which is not printed. */
	hidden = rule.backend == BACKEND_EBTABLES && count == n - 1;
	if (index && count != n && !hidden)
		return -ENOENT;
	rule.policy |= index && hidden && index == n;
	if (rule.policy && (!policy[0] || !strcmp(policy, "-")))
		return -ENOENT;
	if (rule.policy) {
		rule.index = 0;
		snprintf(rule.text, sizeof(rule.text), "-P %s %s", rule.chain, policy);
	}
	*out = rule;
	return policy[0] ? 0 : -ENOENT;
}

static int print_save(int netns, const struct printer *printer, const struct hit *hit,
		      const struct position *p, struct rule *out)
{
	const char *args[] = { printer->takes_table ? "-t" : NULL, out->table, NULL };
	struct strbuf sb __cleanup(strbuf_free) = { 0 };
	struct rule rule = *out;
	int err = run_program(netns, &printer->program, args, &sb);

	if (err)
		return err;
	rule.backend = printer->backend;
	rule.index = p->index;
	err = ruleset_parse_save(strbuf_str(&sb), p->index, p->n, &rule);
	if (err)
		return err;
	/* The program makes up base chains that are not there, with policy ACCEPT. */
	if (hit->type == HIT_POLICY && hit->verdict == NF_DROP && !strstr(rule.text, " DROP"))
		return -ENOENT;
	*out = rule;
	return 0;
}

int ruleset_parse_nft(const char *text, struct rule *out)
{
	char tail[40];
	const char *line;
	size_t len, tail_len = snprintf(tail, sizeof(tail), " # handle %llu",
					(unsigned long long)out->handle);

	while ((line = run_line(&text, false, &len))) {
		if (len < 2 || strncmp(line, "\t\t", 2))
			continue; /* the table's line, or the chain's */
		if (out->policy && strncmp(line + 2, "type ", 5))
			continue;
		if (!out->policy &&
		    (len < tail_len || strncmp(line + len - tail_len, tail, tail_len)))
			continue;
		copy_trimmed(out->text, sizeof(out->text), line,
			     len - (out->policy ? 0 : tail_len));
		return 0;
	}
	return -ENOENT;
}

/* What nft's scanner takes for a name; there is no way to quote any other. */
static bool is_identifier(const char *name)
{
	return strspn(name, NFT_FIRST) && !name[strspn(name, NFT_FIRST "0123456789/-")];
}

static const char *family_name(uint8_t family)
{
	static const char *const names[] = {
		[NFPROTO_INET] = "inet", [NFPROTO_IPV4] = "ip",	      [NFPROTO_ARP] = "arp",
		[NFPROTO_IPV6] = "ip6",	 [NFPROTO_BRIDGE] = "bridge", [NFPROTO_NETDEV] = "netdev",
	};

	return family < ARRAY_SIZE(names) ? names[family] : NULL;
}

static void cleanup_nft(struct nft_ctx **nft)
{
	if (*nft)
		nft_ctx_free(*nft);
}

/* By the library, where the program is not installed. */
static int list_by_library(int netns, const char *family, const struct rule *rule, struct strbuf *out)
{
	struct nft_ctx *nft __cleanup(cleanup_nft) = NULL;
	struct strbuf command __cleanup(strbuf_free) = { 0 };
	int back __leave_netns = netns_enter(netns);

	if (back < 0)
		return back;
	strbuf_addf(&command, "list chain %s %s %s\n", family, rule->table, rule->chain);
	nft = nft_ctx_new(NFT_CTX_DEFAULT);
	if (!nft || command.failed || nft_ctx_buffer_output(nft) || nft_ctx_buffer_error(nft))
		return -ENOMEM;
	nft_ctx_output_set_flags(nft, NFT_CTX_OUTPUT_HANDLE | NFT_CTX_OUTPUT_STATELESS);
	if (nft_run_cmd_from_buffer(nft, command.text)) {
		log_debug("nftables: %s", nft_ctx_get_error_buffer(nft));
		return -ENOENT;
	}
	strbuf_addf(out, "%s", nft_ctx_get_output_buffer(nft));
	return out->failed ? -ENOMEM : 0;
}

/*
 * The program first: it is of the version that made the rules. An older library than that may not
 * survive what it finds (1.0.6 with the sets of 1.1), and would take this process with it.
 */
static int print_nft(int netns, const struct position *p, struct rule *out)
{
	const char *family = family_name(out->family);
	const char *const argv[] = { "nft",	 "--handle",  "--stateless", "list", "chain", family,
				     out->table, out->chain, NULL };
	struct strbuf text __cleanup(strbuf_free) = { 0 };
	int err;

	if (!family || !is_identifier(out->table) || !is_identifier(out->chain))
		return -EINVAL;
	err = run_capture(netns, argv, &text);
	if (err == -ENOENT)
		err = list_by_library(netns, family, out, &text);
	if (err)
		return err;
	out->backend = BACKEND_NFTABLES;
	out->index = p->index;
	return ruleset_parse_nft(strbuf_str(&text), out);
}

static int describe(int netns, const struct hit *hit, struct rule *out)
{
	const struct printer *printer = find_printer(out->family, out->table);
	struct position before = { 0 }, after = { 0 };
	int err = locate(netns, hit, &before);

	if (err)
		return err;
	if (!printer || print_save(netns, printer, hit, &before, out))
		err = print_nft(netns, &before, out);
	if (!err)
		err = locate(netns, hit, &after);
	return err || same_position(&before, &after) ? err : -EAGAIN;
}

static void note_generation(void *ctx, const struct ruleset_object *object)
{
	*(uint16_t *)ctx = object->generation;
}

int ruleset_generation(int netns, uint16_t *out)
{
	return ruleset_list(netns, RULESET_ALL(RULESET_TABLES), note_generation, out);
}

int ruleset_rule(int netns, const struct hit *hit, struct rule *out)
{
	struct rule known = { .family = hit->family, .handle = hit->handle,
			      .policy = hit->type == HIT_POLICY };
	int err = -EAGAIN;

	if (!hit->table[0] || !hit->chain[0])
		return -EINVAL;
	text_copy(known.table, sizeof(known.table), hit->table);
	text_copy(known.chain, sizeof(known.chain), hit->chain);
	*out = known;
	for (int i = 0; i < TRIES && (err == -EAGAIN || err == -EINTR); i++) {
		struct rule rule = known;

		err = describe(netns, hit, &rule);
		if (!err)
			*out = rule;
	}
	if (err)
		log_debug("the rule of %s %s, handle %llu: %s", known.table, known.chain,
			  (unsigned long long)known.handle, strerror(-err));
	return 0;
}

/* ---- whose rules -------------------------------------------------------------- */

/* What nftables holds: Docker's own tables or chains, and rules of either kind. */
struct survey {
	bool docker_tables, docker_chain;
	bool xt_chains, xt_rules, rules;
};

static bool is_xt(const struct ruleset_object *object)
{
	const struct printer *p = find_printer(object->family, object->table);

	return p && p->backend == BACKEND_IPTABLES_NFT;
}

/* The base chains of iptables; nft's users call theirs otherwise, even in a table "ip filter". */
static bool is_xt_base(const char *chain)
{
	return kernel_inet_hook(chain) >= 0;
}

static void note_chain(void *ctx, const struct ruleset_object *object)
{
	struct survey *s = ctx;

	s->docker_tables |= !strcmp(object->table, "docker-bridges");
	s->docker_chain |= is_xt(object) && !strcmp(object->chain, "DOCKER");
	s->xt_chains |= is_xt(object) && is_xt_base(object->chain);
}

static void note_any_rule(void *ctx, const struct ruleset_object *object)
{
	struct survey *s = ctx;

	s->xt_rules |= is_xt(object);
	s->rules |= strncmp(object->table, RULESET_OWN, strlen(RULESET_OWN)) != 0;
}

static int survey(int netns, enum ruleset_kind kind, ruleset_sink sink, struct survey *s)
{
	int err = -EINTR;

	for (int i = 0; i < TRIES && err == -EINTR; i++)
		err = ruleset_list(netns, RULESET_ALL(kind), sink, s);
	return err == -EOPNOTSUPP ? 0 : err;
}

static int find_backend(int netns, const char **out)
{
	struct legacy *legacy __cleanup(cleanup_legacy) = NULL;
	struct survey s = { 0 };
	int err = survey(netns, RULESET_CHAINS, note_chain, &s);

	if (err || s.docker_tables || s.docker_chain) {
		*out = s.docker_tables ? "nftables" : "iptables-nft";
		return err;
	}
	err = legacy_snapshot(netns, AF_INET, &legacy);
	if (err && err != -ENODATA)
		return err;
	if (legacy && legacy_has_chain(legacy, "DOCKER")) {
		*out = "iptables-legacy";
		return 0;
	}
	err = survey(netns, RULESET_RULES, note_any_rule, &s);
	*out = s.xt_chains && s.xt_rules		? "iptables-nft" :
	       legacy && legacy_has_rules(legacy) ? "iptables-legacy" :
	       s.rules				? "nftables" : "";
	return err;
}

/* Its own table, or, with its backend iptables, the chains that lead to its zones. */
static void note_firewalld(void *ctx, const struct ruleset_object *object)
{
	bool *found = ctx;

	*found |= !strcmp(object->table, "firewalld") ||
		  (is_xt(object) && !strcmp(object->chain, "FORWARD_direct"));
}

enum says ruleset_firewalld(int netns)
{
	bool found = false;
	int err = -EINTR;

	for (int i = 0; i < TRIES && err == -EINTR; i++)
		err = ruleset_list(netns, RULESET_ALL(RULESET_CHAINS), note_firewalld, &found);
	return err && err != -EOPNOTSUPP ? SAYS_NOTHING : found ? SAYS_YES : SAYS_NO;
}

int ruleset_backend(int netns, char *out, size_t out_len)
{
	const char *name;
	int err = find_backend(netns, &name);

	if (!err)
		text_copy(out, out_len, name);
	return err;
}
