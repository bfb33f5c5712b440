/* SPDX-License-Identifier: GPL-2.0 */
#include "core/rules.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/array.h"
#include "base/iptables.h"
#include "base/strbuf.h"

#define SHAPE_LEN 64
#define MEMBER(m) offsetof(struct rule_words, m)

/* ---- the words of a rule ------------------------------------------------------- */

enum word_kind {
	KIND_VALUE,  /* its argument goes into the member */
	KIND_ITSELF, /* the word does */
	KIND_SILENT, /* says nothing of the traffic; takes an argument */
	KIND_NAKED,  /* ... takes none */
};

/* The words that matter, and where their argument goes. What is not here is .more. */
static const struct word_row {
	const char *name;
	enum word_kind kind;
	size_t offset, room, not_offset; /* of the member, and of its flag for "not" */
} iptables_rows[] = {
#define ROOM(m) sizeof(((struct rule_words *)0)->m)
#define VALUE(name, m) { name, KIND_VALUE, MEMBER(m), ROOM(m), MEMBER(m##_not) }
#define PLAIN(name, kind, m) { name, kind, MEMBER(m), ROOM(m), 0 }
#define OTHER(name, kind) { name, kind, 0, 0, 0 }
	VALUE("-i", in),
	VALUE("-o", out),
	VALUE("-s", src),
	VALUE("-d", dst),
	VALUE("-p", protocol),
	VALUE("--dport", port),
	PLAIN("-j", KIND_VALUE, target),
	PLAIN("-g", KIND_VALUE, target),
	PLAIN("--comment", KIND_VALUE, comment),
	OTHER("-A", KIND_SILENT),
	OTHER("-m", KIND_SILENT), /* its options follow */
	OTHER("--reject-with", KIND_SILENT),
}, nft_rows[] = {
	VALUE("iifname", in),
	VALUE("oifname", out),
	VALUE("saddr", src),
	VALUE("daddr", dst),
	VALUE("dport", port),
	PLAIN("comment", KIND_VALUE, comment),
	PLAIN("tcp", KIND_ITSELF, protocol),
	PLAIN("udp", KIND_ITSELF, protocol),
	PLAIN("sctp", KIND_ITSELF, protocol),
	PLAIN("drop", KIND_ITSELF, target),
	PLAIN("accept", KIND_ITSELF, target),
	PLAIN("reject", KIND_ITSELF, target),
	OTHER("ip", KIND_NAKED),
	OTHER("ip6", KIND_NAKED),
	OTHER("counter", KIND_NAKED),
	OTHER("jump", KIND_SILENT),
	OTHER("goto", KIND_SILENT),
	OTHER("packets", KIND_SILENT),
	OTHER("bytes", KIND_SILENT),
#undef VALUE
#undef PLAIN
#undef OTHER
};

static const struct word_row *row_find(const struct word_row *rows, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(rows[i].name, word))
			return &rows[i];
	return NULL;
}

/* Takes the end off: the length of a prefix that is one whole address. */
static void strip(char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	if (len > end_len && !strcmp(text + len - end_len, end))
		text[len - end_len] = '\0';
}

static void store(struct rule_words *words, const struct word_row *row, const char *word, bool not)
{
	if (!row->room)
		return;
	text_copy((char *)words + row->offset, row->room, word);
	if (row->not_offset)
		*((bool *)words + row->not_offset) = not;
}

void rules_parse(const char *text, struct rule_words *out)
{
	bool iptables = !strncmp(text, "-A ", 3), not = false, quoted;
	const struct word_row *rows = iptables ? iptables_rows : nft_rows, *row, *pending = NULL;
	size_t n = iptables ? ARRAY_SIZE(iptables_rows) : ARRAY_SIZE(nft_rows);
	struct rule_words words = { 0 };
	char word[SHORT_LEN];

	while (iptables_word_next(&text, word, sizeof(word), &quoted)) {
		if (!quoted && !strcmp(word, iptables ? "!" : "!=")) {
			not = true; /* before the option; behind it in nftables */
			continue;
		}
		if (pending) {
			store(&words, pending, word, not);
			pending = NULL;
			not = false;
			continue;
		}
		row = quoted ? NULL : row_find(rows, n, word);
		if (!row)
			words.more = true;
		else if (row->kind == KIND_ITSELF)
			store(&words, row, word, false);
		else if (row->kind != KIND_NAKED)
			pending = row;
		not &= pending != NULL;
	}
	strip(words.src, "/32");
	strip(words.src, "/128");
	strip(words.dst, "/32");
	strip(words.dst, "/128");
	*out = words;
}

/* ---- what Docker's rules look like ---------------------------------------------- */

static void add_part(char shape[SHAPE_LEN], bool not, const char *name, const char *value)
{
	size_t len = strlen(shape);

	snprintf(shape + len, SHAPE_LEN - len, "%s%s%s%s%s", len ? " " : "", not ? "!" : "", name,
		 *value && *value != '/' ? " " : "", value);
}

static const char *slash(const char *address)
{
	return strchr(address, '/') ? "/" : "";
}

/* What the rule matches on, in the words of docker_rules.def. */
static void shape_of(const struct rule_words *w, char shape[SHAPE_LEN])
{
	*shape = '\0';
	if (w->in[0])
		add_part(shape, w->in_not, "-i", strcmp(w->in, "lo") ? "X" : "lo");
	if (w->out[0])
		add_part(shape, w->out_not, "-o", w->in[0] && strcmp(w->in, w->out) ? "Y" : "X");
	if (w->src[0])
		add_part(shape, w->src_not, "-s", slash(w->src));
	if (w->dst[0])
		add_part(shape, w->dst_not, "-d", slash(w->dst));
	if (w->protocol[0])
		add_part(shape, w->protocol_not, "-p", "");
	if (w->port[0])
		add_part(shape, w->port_not, "--dport", "");
	if (w->more || w->comment[0])
		add_part(shape, false, "?", "");
}

static const struct form {
	enum purpose purpose;
	const char *table, *chain, *shape;
} forms[] = {
#define FORM(id, table, chain, shape) { id, table, chain, shape },
#include "core/docker_rules.def"
};

static const struct comment_row {
	enum purpose purpose;
	const char *comment;
} comments[] = {
#define COMMENT(id, comment) { id, comment },
#include "core/docker_rules.def"
};

static const struct purpose_row {
	const char *name, *words;
} purposes[N_PURPOSES] = {
#define PURPOSE(id, name, words) [id] = { name, words },
#include "core/docker_rules.def"
};

const char *rules_purpose_name(enum purpose purpose)
{
	return purpose < N_PURPOSES ? purposes[purpose].name : NULL;
}

const char *rules_purpose_words(enum purpose purpose)
{
	return purpose < N_PURPOSES ? purposes[purpose].words : NULL;
}

/* "br-" and twelve hexadecimal digits, of a network's ID. */
static bool is_named_by_docker(const char *device)
{
	const char *digits = device + 3;

	return !strncmp(device, "br-", 3) && strlen(digits) == 12 &&
	       strspn(digits, "0123456789abcdef") == 12;
}

static bool is_bridge_of_docker(const char *device, const struct scene *scene)
{
	return !strcmp(device, "docker0") || !strcmp(device, "docker_gwbridge") ||
	       is_named_by_docker(device) ||
	       (scene->network.bridge[0] && !strcmp(device, scene->network.bridge)) ||
	       (scene->dst_network.bridge[0] && !strcmp(device, scene->dst_network.bridge));
}

static bool has_prefix(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

/* Docker says it in a comment: in its own table, where nobody else writes. */
static enum purpose purpose_by_comment(const struct rule_words *w)
{
	for (size_t i = 0; i < ARRAY_SIZE(comments); i++)
		if (!strcmp(w->comment, comments[i].comment) && !strcmp(w->target, "drop"))
			return comments[i].purpose;
	return PURPOSE_NONE;
}

static enum purpose purpose_of(const struct rule *rule, const struct rule_words *w,
			       const struct scene *scene)
{
	bool own = has_prefix(rule->chain, "DOCKER") || !strcmp(w->in, "lo");
	char shape[SHAPE_LEN];

	if (rule->policy)
		return PURPOSE_NONE;
	if (has_prefix(rule->table, "docker-bridges"))
		return purpose_by_comment(w);
	if (strcmp(w->target, "DROP") || (!own && !is_bridge_of_docker(w->in, scene)))
		return PURPOSE_NONE;
	shape_of(w, shape);
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		if (!strcmp(rule->table, forms[i].table) && !strcmp(rule->chain, forms[i].chain) &&
		    !strcmp(shape, forms[i].shape))
			return forms[i].purpose;
	return PURPOSE_NONE;
}

enum purpose rules_purpose(const struct rule *rule, const struct scene *scene)
{
	struct rule_words w;

	rules_parse(rule->text, &w);
	return purpose_of(rule, &w, scene);
}

/* ---- whose ---------------------------------------------------------------------- */

static const struct maker {
	enum owner owner;
	const char *table, *chain;
} makers[] = {
#define MAKES(id, table, chain) { id, table, chain },
#include "core/owners.def"
};

static const struct owner_row {
	const char *name, *whose;
} owners[N_OWNERS] = {
#define OWNER(id, name, whose) [id] = { name, whose },
#include "core/owners.def"
};

const char *rules_owner_name(enum owner owner)
{
	return owner < N_OWNERS ? owners[owner].name : NULL;
}

const char *rules_owner_whose(enum owner owner)
{
	return owner < N_OWNERS ? owners[owner].whose : NULL;
}

static enum owner maker_of(const struct rule *rule)
{
	for (size_t i = 0; i < ARRAY_SIZE(makers); i++)
		if (has_prefix(rule->table, makers[i].table) &&
		    has_prefix(rule->chain, makers[i].chain))
			return makers[i].owner;
	return OWNER_USER;
}

/*
 * A policy is set by whoever came last. Anybody can put a rule into Docker's chains; what has none of
 * the forms that Docker's own have may be such a one, or of an engine that is newer than this table.
 */
enum owner rules_owner(const struct rule *rule, const struct scene *scene)
{
	enum owner maker = maker_of(rule);
	struct rule_words w;

	if (maker == OWNER_USER && rule->policy)
		return OWNER_UNKNOWN;
	if (maker != OWNER_USER && (maker != OWNER_DOCKER || has_prefix(rule->table, "docker-")))
		return maker;
	rules_parse(rule->text, &w);
	if (purpose_of(rule, &w, scene))
		return OWNER_DOCKER;
	if (has_prefix(w.comment, "wg-quick(8) rule for "))
		return OWNER_WIREGUARD;
	return maker == OWNER_DOCKER ? OWNER_UNKNOWN : OWNER_USER;
}

bool rules_is_reject(const struct rule *rule)
{
	struct rule_words w;

	rules_parse(rule->text, &w);
	return !strcmp(w.target, "REJECT") || !strcmp(w.target, "reject");
}

bool rules_is_sweeping(const struct rule *rule)
{
	char shape[SHAPE_LEN];
	struct rule_words w;

	rules_parse(rule->text, &w);
	w.comment[0] = '\0'; /* asks for nothing */
	shape_of(&w, shape);
	return rule->text[0] && !*shape;
}

/* The bridge that the destination of this traffic, by the rule's address, is really on. */
static const char *bridge_of_address(const char *address, const struct scene *scene)
{
	char text[ADDR_TEXT_LEN];

	for (enum role r = ROLE_SRC; r <= ROLE_DST; r++) {
		if (strcmp(address, addr_format(&scene->ends[r].ip, text)))
			continue;
		return r == ROLE_DST && !scene->shared ? scene->dst_network.bridge :
							 scene->network.bridge;
	}
	return "";
}

static bool is_direct(enum purpose purpose)
{
	return purpose == PURPOSE_DIRECT || purpose == PURPOSE_DIRECT_PORT;
}

bool rules_is_isolation(const struct rule *rule, const struct scene *scene)
{
	enum purpose purpose = rules_purpose(rule, scene);
	struct rule_words w;

	/* what is about a port is no more for one network than for the whole world */
	if (scene->shared || purpose != PURPOSE_DIRECT)
		return !scene->shared && purpose == PURPOSE_ISOLATION;
	rules_parse(rule->text, &w);
	return !strcmp(w.in, bridge_of_address(w.dst, scene));
}

const char *rules_bridge_now(const struct rule *rule, const struct scene *scene)
{
	struct rule_words w;

	rules_parse(rule->text, &w);
	return bridge_of_address(w.dst, scene);
}

bool rules_is_stale(const struct rule *rule, const struct scene *scene)
{
	const char *bridge = rules_bridge_now(rule, scene);
	struct rule_words w;

	if (!is_direct(rules_purpose(rule, scene)))
		return false;
	rules_parse(rule->text, &w);
	return rule->device_gone || (bridge[0] && strcmp(w.in, bridge));
}

bool rules_bridge(const struct rule *rule, char out[DD_IFNAME_LEN])
{
	const char *behind = strstr(rule->chain, "__");
	struct rule_words w;

	rules_parse(rule->text, &w);
	/* nftables: a chain for each bridge and direction, "filter-forward-in__BRIDGE" */
	return text_copy(out, DD_IFNAME_LEN, w.in[0] ? w.in : w.out[0] || !behind ? w.out : behind + 2) &&
	       *out;
}

static const struct network *network_of_bridge(const char *bridge, const struct scene *scene)
{
	if (bridge[0] && !strcmp(bridge, scene->network.bridge))
		return &scene->network;
	return bridge[0] && !strcmp(bridge, scene->dst_network.bridge) ? &scene->dst_network : NULL;
}

bool rules_is_outdated(const struct rule *rule, const struct scene *scene)
{
	enum purpose purpose = rules_purpose(rule, scene);
	const struct network *network;
	char bridge[DD_IFNAME_LEN];

	if (!rules_bridge(rule, bridge))
		return false;
	network = network_of_bridge(bridge, scene);
	return network && network->id[0] &&
	       ((purpose == PURPOSE_INTERNAL && !network->internal) ||
		(purpose == PURPOSE_ICC && !network->icc_off));
}
