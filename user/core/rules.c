/* SPDX-License-Identifier: GPL-2.0 */
#include "core/rules.h"

#include <string.h>

#include "base/addr.h"
#include "base/strbuf.h"

static void device_set(char *to, const char *word)
{
	text_copy(to, DD_IFNAME_LEN, word);
}

void rules_parse(const char *text, struct rule_words *out)
{
	char copy[RULE_LEN], *save = NULL, *option = NULL;
	bool not = false;

	*out = (struct rule_words){ 0 };
	if (strncmp(text, "-A ", 3))
		return;
	text_copy(copy, sizeof(copy), text);
	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		if (!strcmp(w, "!")) {
			not = true;
			continue;
		}
		if (w[0] == '-') {
			option = w;
			if (!strcmp(w, "-i"))
				out->in_not = not;
			else if (!strcmp(w, "-o"))
				out->out_not = not;
			not = false;
			continue;
		}
		if (!option)
			continue;
		if (!strcmp(option, "-i"))
			device_set(out->in, w);
		else if (!strcmp(option, "-o"))
			device_set(out->out, w);
		else if (!strcmp(option, "-j") || !strcmp(option, "-g"))
			text_copy(out->target, sizeof(out->target), w);
		else if (!strcmp(option, "-d"))
			text_copy(out->dst, sizeof(out->dst), w);
		option = NULL;
	}
	if (strstr(out->dst, "/32"))
		*strstr(out->dst, "/32") = '\0';
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

	for (size_t i = 0; i < sizeof(owner_rows) / sizeof(owner_rows[0]); i++)
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
	return rule->backend == BACKEND_NFTABLES &&
	       (has_prefix(rule->text, "reject") || strstr(rule->text, " reject"));
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
	if (has_prefix(rule->chain, "DOCKER-ISOLATION"))
		return true;
	rules_parse(rule->text, &w);
	return is_direct_access(rule, &w) && !strcmp(w.in, bridge_of_address(w.dst, scene));
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
