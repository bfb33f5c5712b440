/* SPDX-License-Identifier: GPL-2.0 */
#include "core/netfilter_words.h"

#include <string.h>

#include "base/array.h"
#include "base/kernel_words.h"
#include "core/culprit.h"
#include "core/rules.h"
#include "core/undo.h"

static bool w_legacy_save(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "%s", word_is_ip6(e) ? "ip6tables-legacy-save" : "iptables-legacy-save");
	return true;
}

static bool w_in_hook(const struct evidence *e, struct strbuf *out)
{
	const struct hop *drop = e->drop;
	const char *hook = drop && drop->hook_pf ? kernel_hook(drop->hook_pf, drop->hook_num) : NULL;

	if (hook)
		strbuf_addf(out, " in its %s hook", hook);
	return true;
}

static bool w_chain(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "%s (table %s)", e->rule.chain, e->rule.table);
	return e->has_rule;
}

static bool w_by_rule(const struct evidence *e, struct strbuf *out)
{
	if (!e->has_rule)
		culprit_add_by(&e->culprit, out);
	else
		strbuf_addf(out, ", by %s of chain %s", e->rule.policy ? "the policy" : "a rule",
			    e->rule.chain);
	return true;
}

static bool w_gone(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, e->rule.device_gone ? "a bridge that no longer exists" :
					       "another bridge");
	return true;
}

static bool w_owner(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "A rule");
	if (e->owner != OWNER_USER && e->owner != OWNER_UNKNOWN)
		strbuf_addf(out, " of %s%s", rules_owner_whose(e->owner),
			    e->owner == OWNER_DOCKER ? " own" : "");
	return true;
}

/* What a rule of Docker's is for; of anybody else's only its maker knows. */
static bool w_purpose(const struct evidence *e, struct strbuf *out)
{
	if (e->purpose)
		strbuf_addf(out, ": %s", rules_purpose_words(e->purpose));
	return true;
}

/* Where no engine told its name, a network is that of a bridge. */
static bool add_network(const struct network *n, struct strbuf *out)
{
	return word_add_quoted(out, n->name[0] ? n->name : n->bridge);
}

static bool w_network_of(const struct evidence *e, struct strbuf *out)
{
	return add_network(&e->scene->network, out);
}

static bool w_dst_network_of(const struct evidence *e, struct strbuf *out)
{
	return add_network(&e->scene->dst_network, out);
}

static bool w_rule_bridge(const struct evidence *e, struct strbuf *out)
{
	char bridge[DD_IFNAME_LEN];

	return e->has_rule && rules_bridge(&e->rule, bridge) && word_add_quoted(out, bridge);
}

/* No error answers a message of ARP's, nor one to many (RFC 4443, section 2.4). */
static bool w_rejected(const struct evidence *e, struct strbuf *out)
{
	if (e->lost == MSG_REQUEST || e->lost == MSG_REPLY)
		strbuf_addf(out, ": the sender gets an error instead of an answer");
	return true;
}

static bool w_rule_of(const struct evidence *e, struct strbuf *out)
{
	w_owner(e, out);
	if (e->has_rule)
		strbuf_addf(out, " in chain ");
	return !e->has_rule || w_chain(e, out);
}

static bool w_undo(const struct evidence *e, struct strbuf *out)
{
	return e->has_rule && word_add_inside(e, e->drop->role, out) && undo_rule(&e->rule, out);
}

static bool w_undo_exactly(const struct evidence *e, struct strbuf *out)
{
	return e->has_rule && word_add_inside(e, e->drop->role, out) && undo_rule_exactly(&e->rule, out);
}

static bool w_bridge_now(const struct evidence *e, struct strbuf *out)
{
	const char *bridge = rules_bridge_now(&e->rule, e->scene);

	if (bridge[0])
		strbuf_addf(out, "; the container with that address is on %s now", bridge);
	return true;
}

static const struct word words[] = {
	{ "legacy-save", w_legacy_save },
	{ "in-hook", w_in_hook },
	{ "chain", w_chain },
	{ "by-rule", w_by_rule },
	{ "gone", w_gone },
	{ "owner", w_owner },
	{ "purpose", w_purpose },
	{ "network.of", w_network_of },
	{ "dst.network.of", w_dst_network_of },
	{ "rule.bridge", w_rule_bridge },
	{ "rejected", w_rejected },
	{ "rule-of", w_rule_of },
	{ "undo", w_undo },
	{ "undo.exactly", w_undo_exactly },
	{ "bridge.now", w_bridge_now },
};

const struct words netfilter_words = { words, ARRAY_SIZE(words) };
