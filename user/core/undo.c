/* SPDX-License-Identifier: GPL-2.0 */
#include "core/undo.h"

#include <linux/netfilter.h>
#include <string.h>

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

static bool undo_iptables(const struct rule *r, const char *program, struct strbuf *out)
{
	strbuf_addf(out, "%s ", program);
	if (strcmp(r->table, "filter")) {
		strbuf_addf(out, "-t ");
		strbuf_add_shell(out, r->table);
		strbuf_add(out, " ", 1);
	}
	strbuf_addf(out, r->policy ? "-P " : listed_only(r) ? "-S " : "-D ");
	strbuf_add_shell(out, r->chain);
	if (r->policy)
		strbuf_addf(out, " ACCEPT");
	else if (!listed_only(r))
		strbuf_addf(out, " %d", r->index);
	return r->policy || listed_only(r) || r->index > 0;
}

static const char *iptables_program(const struct rule *r)
{
	if (r->backend == BACKEND_EBTABLES)
		return "ebtables";
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

bool undo_rule(const struct rule *rule, struct strbuf *out)
{
	if (!rule->text[0])
		return false;
	if (rule->backend != BACKEND_NFTABLES)
		return undo_iptables(rule, iptables_program(rule), out);
	undo_nft(rule, out);
	return true;
}
