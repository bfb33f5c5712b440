/* SPDX-License-Identifier: GPL-2.0 */
#include "core/rules.h"

#include <stddef.h>
#include <string.h>

#include "base/addr.h"
#include "base/array.h"
#include "base/iptables.h"
#include "base/strbuf.h"

/* The options that matter, and where their argument goes. */
static const struct option_row {
	const char *name;
	size_t offset, room;
	size_t not_offset; /* of the flag for "!", 0: none */
} option_rows[] = {
#define ROW(name, member, not_offset)                      \
	{ name, offsetof(struct rule_words, member),       \
	  sizeof(((struct rule_words *)0)->member), not_offset }
	ROW("-i", in, offsetof(struct rule_words, in_not)),
	ROW("-o", out, offsetof(struct rule_words, out_not)),
	ROW("-d", dst, 0),
	ROW("-j", target, 0),
	ROW("-g", target, 0),
#undef ROW
};

static const struct option_row *option_find(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(option_rows); i++)
		if (!strcmp(option_rows[i].name, word))
			return &option_rows[i];
	return NULL;
}

/* Takes the end off: the length of a prefix that is one whole address. */
static void strip(char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	if (len > end_len && !strcmp(text + len - end_len, end))
		text[len - end_len] = '\0';
}

void rules_parse(const char *text, struct rule_words *out)
{
	bool negated = false, not = false, comment = false, quoted;
	const struct option_row *option = NULL;
	struct rule_words words = { 0 };
	char word[SHORT_LEN];

	if (strncmp(text, "-A ", 3))
		text = "";
	while (iptables_word_next(&text, word, sizeof(word), &quoted)) {
		if (option) {
			text_copy((char *)&words + option->offset, option->room, word);
			if (option->not_offset)
				*((bool *)&words + option->not_offset) = negated;
		}
		option = option || quoted || comment ? NULL : option_find(word);
		comment = !quoted && !strcmp(word, "--comment");
		negated = not;
		not = !quoted && !strcmp(word, "!");
	}
	strip(words.dst, "/32");
	strip(words.dst, "/128");
	*out = words;
}

/* Whether a statement of nftables occurs, outside of quotes. */
static bool has_statement(const char *text, const char *statement)
{
	char word[SHORT_LEN];
	bool quoted;

	while (iptables_word_next(&text, word, sizeof(word), &quoted))
		if (!quoted && !strcmp(word, statement))
			return true;
	return false;
}

static bool has_prefix(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

/* Who makes chains and tables of such names. */
static const struct owner_row {
	const char *table, *chain; /* prefixes; "": any */
	enum owner owner;
} owner_rows[] = {
	{ "", "DOCKER-USER", OWNER_USER },
	{ "", "DOCKER", OWNER_DOCKER },
	{ "docker-bridges", "", OWNER_DOCKER },
	{ "", "ufw-", OWNER_UFW },
	{ "", "ufw6-", OWNER_UFW },
	{ "firewalld", "", OWNER_FIREWALLD },
	{ "", "KUBE-", OWNER_KUBERNETES },
	{ "kube-proxy", "", OWNER_KUBERNETES },
};

static bool is_bridge_of_docker(const char *device, const struct scene *scene)
{
	return !strcmp(device, "docker0") || !strcmp(device, "docker_gwbridge") ||
	       has_prefix(device, "br-") ||
	       (scene->network.bridge[0] && !strcmp(device, scene->network.bridge)) ||
	       (scene->dst_network.bridge[0] && !strcmp(device, scene->dst_network.bridge));
}

/* raw PREROUTING, since 28.0: "-d ADDRESS ! -i BRIDGE -j DROP". */
static bool is_direct_access(const struct rule *rule, const struct rule_words *w)
{
	return !strcmp(rule->table, "raw") && !strcmp(rule->chain, "PREROUTING") && w->in_not &&
	       w->dst[0] && !strcmp(w->target, "DROP");
}

/* "-i BRIDGE -o BRIDGE -j DROP", in FORWARD and since 28.0.1 in DOCKER-FORWARD. */
static bool is_icc(const struct rule_words *w)
{
	return w->in[0] && !w->in_not && !w->out_not && !strcmp(w->in, w->out) &&
	       !strcmp(w->target, "DROP");
}

enum owner rules_owner(const struct rule *rule, const struct scene *scene)
{
	struct rule_words w;

	for (size_t i = 0; i < ARRAY_SIZE(owner_rows); i++)
		if (has_prefix(rule->table, owner_rows[i].table) &&
		    has_prefix(rule->chain, owner_rows[i].chain))
			return owner_rows[i].owner;
	/* rules that Docker puts into chains that are not its own */
	rules_parse(rule->text, &w);
	if ((is_direct_access(rule, &w) || (is_icc(&w) && !strcmp(rule->chain, "FORWARD"))) &&
	    is_bridge_of_docker(w.in, scene))
		return OWNER_DOCKER;
	return OWNER_USER;
}

bool rules_is_reject(const struct rule *rule)
{
	struct rule_words w;

	rules_parse(rule->text, &w);
	if (w.target[0])
		return !strcmp(w.target, "REJECT");
	return rule->backend == BACKEND_NFTABLES && has_statement(rule->text, "reject");
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

bool rules_is_isolation(const struct rule *rule, const struct scene *scene)
{
	struct rule_words w;

	if (scene->shared)
		return false;
	/* stage 1 drops only what an internal network must not send or get */
	if (!strcmp(rule->chain, "DOCKER-ISOLATION-STAGE-2") ||
	    !strcmp(rule->chain, "DOCKER-ISOLATION"))
		return true;
	rules_parse(rule->text, &w);
	return is_direct_access(rule, &w) && !strcmp(w.in, bridge_of_address(w.dst, scene));
}

bool rules_is_internal(const struct rule *rule)
{
	struct rule_words w;

	rules_parse(rule->text, &w);
	return !strcmp(w.target, "DROP") && (!strcmp(rule->chain, "DOCKER-ISOLATION-STAGE-1") ||
					     !strcmp(rule->chain, "DOCKER-INTERNAL"));
}

bool rules_is_icc_off(const struct rule *rule)
{
	struct rule_words w;

	rules_parse(rule->text, &w);
	return is_icc(&w) && (!strcmp(rule->chain, "FORWARD") || has_prefix(rule->chain, "DOCKER"));
}

bool rules_is_stale(const struct rule *rule, const struct scene *scene)
{
	const char *bridge;
	struct rule_words w;

	rules_parse(rule->text, &w);
	if (!is_direct_access(rule, &w) || !is_bridge_of_docker(w.in, scene))
		return false;
	bridge = bridge_of_address(w.dst, scene);
	return bridge[0] && strcmp(w.in, bridge);
}
