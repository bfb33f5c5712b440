/* SPDX-License-Identifier: GPL-2.0 */
#include "core/undo.h"

#include <linux/netfilter.h>
#include <string.h>

#include "base/iptables.h"
#include "base/kernel_words.h"

#define OPTION "-abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

static const char *family_word(uint8_t family)
{
	switch (family) {
	case NFPROTO_IPV4:
		return "ip";
	case NFPROTO_IPV6:
		return "ip6";
	case NFPROTO_ARP:
		return "arp";
	case NFPROTO_BRIDGE:
		return "bridge";
	case NFPROTO_NETDEV:
		return "netdev";
	}
	return "inet";
}

static void undo_nft(const struct rule *r, struct strbuf *out)
{
	strbuf_addf(out, r->policy ? "nft chain %s " : "nft delete rule %s ", family_word(r->family));
	strbuf_add_shell(out, r->table);
	strbuf_add(out, " ", 1);
	strbuf_add_shell(out, r->chain);
	if (r->policy)
		strbuf_addf(out, " '{ policy accept; }'");
	else
		strbuf_addf(out, " handle %llu", (unsigned long long)r->handle);
}

/* A number that may mean another rule by now is no argument for -D. */
static bool listed_only(const struct rule *r)
{
	return r->ambiguous || r->changed;
}

static void add_program(const struct rule *r, const char *program, struct strbuf *out)
{
	strbuf_addf(out, "%s ", program);
	if (!strcmp(r->table, "filter"))
		return;
	strbuf_addf(out, "-t ");
	strbuf_add_shell(out, r->table);
	strbuf_add(out, " ", 1);
}

/* Without a policy a chain of ebtables that is jumped to gives back what comes to its end. */
static const char *no_policy(const struct rule *r)
{
	return r->backend == BACKEND_EBTABLES && kernel_inet_hook(r->chain) < 0 ? "RETURN" : "ACCEPT";
}

static bool undo_iptables(const struct rule *r, const char *program, struct strbuf *out)
{
	add_program(r, program, out);
	strbuf_addf(out, r->policy ? "-P " : listed_only(r) ? "-S " : "-D ");
	strbuf_add_shell(out, r->chain);
	if (r->policy)
		strbuf_addf(out, " %s", no_policy(r));
	else if (!listed_only(r))
		strbuf_addf(out, " %d", r->index);
	return r->policy || listed_only(r) || r->index > 0;
}

static const char *iptables_program(const struct rule *r)
{
	if (r->backend == BACKEND_EBTABLES)
		return r->legacy ? "ebtables-legacy" : "ebtables";
	if (r->backend == BACKEND_IPTABLES_LEGACY)
		return r->family == NFPROTO_IPV6 ? "ip6tables-legacy" : "iptables-legacy";
	switch (r->family) {
	case NFPROTO_IPV6:
		return "ip6tables";
	case NFPROTO_ARP:
		return "arptables";
	}
	return "iptables";
}

/* Options and "!" are no words to quote. */
static void add_words(const char *text, struct strbuf *out)
{
	char word[SHORT_LEN];
	bool quoted;

	while (iptables_word_next(&text, word, sizeof(word), &quoted)) {
		strbuf_add(out, " ", 1);
		if (!quoted && (!strcmp(word, "!") || (word[0] == '-' && !word[strspn(word, OPTION)])))
			strbuf_addf(out, "%s", word);
		else
			strbuf_add_shell(out, word);
	}
}

bool undo_rule_exactly(const struct rule *r, struct strbuf *out)
{
	if (strncmp(r->text, "-A ", 3) || r->ambiguous || r->backend == BACKEND_NFTABLES)
		return undo_rule(r, out);
	add_program(r, iptables_program(r), out);
	strbuf_addf(out, "-D");
	add_words(r->text + 3, out);
	return true;
}

bool undo_rule(const struct rule *rule, struct strbuf *out)
{
	if (!rule->text[0])
		return false;
	if (rule->backend != BACKEND_NFTABLES)
		return undo_iptables(rule, iptables_program(rule), out);
	undo_nft(rule, out);
	return true;
}
