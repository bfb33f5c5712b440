/* SPDX-License-Identifier: GPL-2.0 */
/* One rule of iptables, as iptables-save prints it. */
#include "core/walk.h"

#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/iptables.h"
#include "base/strbuf.h"

/* A list behind commas: the best that one of its words gives. */
static enum match any_of(const char *list, const struct walk_packet *p,
			 enum match (*one)(const char *word, const struct walk_packet *p))
{
	enum match best = MATCH_NO;
	char word[SHORT_LEN];

	while (*list) {
		size_t len = strcspn(list, ",");
		enum match m;

		snprintf(word, sizeof(word), "%.*s", (int)len, list);
		m = one(word, p);
		best = m > best ? m : best;
		list += len + (list[len] == ',');
	}
	return best;
}

static enum match m_protocol(const char *word, const struct walk_packet *p)
{
	return p->arp ? MATCH_NO : walk_protocol(word, p);
}

static enum match m_src(const char *word, const struct walk_packet *p)
{
	return walk_address(word, &p->src);
}

static enum match m_dst(const char *word, const struct walk_packet *p)
{
	return walk_address(word, &p->dst);
}

static enum match m_in(const char *word, const struct walk_packet *p)
{
	return walk_device(word, p->in, '+');
}

static enum match m_out(const char *word, const struct walk_packet *p)
{
	return walk_device(word, p->out, '+');
}

static enum match m_in_port(const char *word, const struct walk_packet *p)
{
	return walk_device(word, p->in_port, '+');
}

static enum match m_out_port(const char *word, const struct walk_packet *p)
{
	return walk_device(word, p->out_port, '+');
}

static enum match m_state(const char *word, const struct walk_packet *p)
{
	return any_of(word, p, walk_state);
}

static enum match m_sport_one(const char *word, const struct walk_packet *p)
{
	return walk_port(word, p->sport);
}

static enum match m_dport_one(const char *word, const struct walk_packet *p)
{
	return walk_port(word, p->dport);
}

static enum match m_sport(const char *word, const struct walk_packet *p)
{
	return any_of(word, p, m_sport_one);
}

static enum match m_dport(const char *word, const struct walk_packet *p)
{
	return any_of(word, p, m_dport_one);
}

static enum match m_dst_type(const char *word, const struct walk_packet *p)
{
	if (!strcmp(word, "LOCAL"))
		return p->dst_local ? MATCH_YES : MATCH_NO;
	if (!strcmp(word, "UNICAST"))
		return p->dst_local ? MATCH_NO : MATCH_YES;
	return MATCH_NO; /* broadcast, multicast and what no packet to one has */
}

static enum match m_src_type(const char *word, const struct walk_packet *p)
{
	return p->src_away && !strcmp(word, "LOCAL") ? MATCH_NO : MATCH_MAYBE;
}

static enum match m_packet_type(const char *word, const struct walk_packet *p)
{
	(void)p;
	return strcmp(word, "unicast") ? MATCH_NO : MATCH_YES;
}

static enum match m_nothing(const char *word, const struct walk_packet *p)
{
	(void)word;
	(void)p;
	return MATCH_YES;
}

/* Modules that are spelt out by their options alone. */
static enum match m_module(const char *word, const struct walk_packet *p)
{
	static const char *const known[] = { "comment",	 "conntrack", "state",	  "tcp", "udp",
					     "icmp",	 "icmp6",     "icmpv6",	  "addrtype",
					     "physdev",	 "pkttype",   "multiport", "mark" };

	(void)p;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (!strcmp(known[i], word))
			return MATCH_YES;
	return MATCH_MAYBE;
}

static enum match m_bridged(const char *word, const struct walk_packet *p)
{
	(void)word;
	return p->out_port[0] ? MATCH_YES : MATCH_NO;
}

static enum match m_never(const char *word, const struct walk_packet *p)
{
	(void)word;
	(void)p;
	return MATCH_NO; /* fragments, loose bits */
}

static const struct option_row {
	const char *name;
	bool takes; /* an argument */
	enum match (*match)(const char *word, const struct walk_packet *p);
} options[] = {
	{ "-p", true, m_protocol },	      { "-s", true, m_src },
	{ "-d", true, m_dst },		      { "-i", true, m_in },
	{ "-o", true, m_out },		      { "-m", true, m_module },
	{ "--comment", true, m_nothing },     { "--ctstate", true, m_state },
	{ "--state", true, m_state },	      { "--sport", true, m_sport },
	{ "--dport", true, m_dport },	      { "--sports", true, m_sport },
	{ "--dports", true, m_dport },	      { "--icmp-type", true, walk_icmp_type },
	{ "--icmpv6-type", true, walk_icmp_type }, { "--physdev-in", true, m_in_port },
	{ "--physdev-out", true, m_out_port }, { "--physdev-is-bridged", false, m_bridged },
	{ "--dst-type", true, m_dst_type },   { "--src-type", true, m_src_type },
	{ "--pkt-type", true, m_packet_type }, { "-f", false, m_never },
	{ "--mark", true, walk_mark },
};

static const struct option_row *option_find(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (!strcmp(options[i].name, word))
			return &options[i];
	return NULL;
}

static void target_take(const char *word, bool is_goto, struct walk_rule *out)
{
	static const struct {
		const char *name;
		enum walk_action action;
	} targets[] = {
		{ "ACCEPT", ACTION_ACCEPT },   { "DROP", ACTION_DROP },
		{ "REJECT", ACTION_REJECT },   { "RETURN", ACTION_RETURN },
		{ "NFQUEUE", ACTION_UNSURE },  { "QUEUE", ACTION_UNSURE },
		{ "DNAT", ACTION_REWRITE },    { "REDIRECT", ACTION_REWRITE },
		{ "NETMAP", ACTION_REWRITE },  { "TPROXY", ACTION_UNSURE },
		{ "MASQUERADE", ACTION_SOURCE }, { "SNAT", ACTION_SOURCE },
	};

	out->action = is_goto ? ACTION_GOTO : ACTION_JUMP;
	out->marks = !strcmp(word, "MARK") || !strcmp(word, "CONNMARK");
	text_copy(out->target, sizeof(out->target), word);
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++)
		if (!strcmp(targets[i].name, word))
			out->action = targets[i].action;
}

static void weaken(enum match m, struct walk_rule *out)
{
	if (m < out->match)
		out->match = m;
}

/* What the word behind the cursor adds; false: the rule's matches are over. */
static bool option_take(const char **text, const char *word, bool negated,
			const struct walk_packet *p, struct walk_rule *out)
{
	const struct option_row *row = option_find(word);
	bool quoted, is_goto = !strcmp(word, "-g");
	char argument[SHORT_LEN] = "";
	enum match m;

	if (is_goto || !strcmp(word, "-j")) {
		if (iptables_word_next(text, argument, sizeof(argument), &quoted))
			target_take(argument, is_goto, out);
		return false;
	}
	if (!row) {
		weaken(MATCH_MAYBE, out);
		return true;
	}
	if (row->takes && !iptables_word_next(text, argument, sizeof(argument), &quoted))
		return false;
	m = row->match(argument, p);
	weaken(negated ? match_not(m) : m, out);
	return true;
}

void walk_iptables(const char *text, const struct walk_packet *p, struct walk_rule *out)
{
	struct walk_rule rule = { .match = MATCH_YES };
	struct walk_packet of_packet = *p;
	bool negated = false, quoted;
	char word[SHORT_LEN];

	/* its --mark is the connection's */
	of_packet.unmarked &= !strstr(text, " -m connmark ");
	/* "-A CHAIN" */
	for (int i = 0; i < 2; i++)
		iptables_word_next(&text, word, sizeof(word), &quoted);
	while (iptables_word_next(&text, word, sizeof(word), &quoted)) {
		if (!quoted && !strcmp(word, "!")) {
			negated = true;
			continue;
		}
		/* an argument of an option that is not known here says nothing by itself */
		if (!quoted && word[0] == '-' && !option_take(&text, word, negated, &of_packet, &rule))
			break;
		negated = false;
	}
	*out = rule;
}
