/* SPDX-License-Identifier: GPL-2.0 */
/* One rule of ebtables-legacy, as it lists it: options like those of iptables, with "!" behind their name. */
#include "core/walk.h"

#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/iptables.h"
#include "base/strbuf.h"

static enum match yes_if(bool yes)
{
	return yes ? MATCH_YES : MATCH_NO;
}

static enum match m_type(const char *word, const struct walk_packet *p)
{
	static const char *const names[][2] = { { "ARP", "0x0806" }, { "IPv4", "0x0800" },
						{ "IPv6", "0x86dd" } };
	const char *const *own = names[p->arp ? 0 : p->family == AF_INET6 ? 2 : 1];

	return yes_if(!strcasecmp(word, own[0]) || !strcasecmp(word, own[1]));
}

static enum match m_in(const char *word, const struct walk_packet *p)
{
	return walk_device(word, p->in, '+');
}

static enum match m_out(const char *word, const struct walk_packet *p)
{
	return walk_device(word, p->out, '+');
}

static enum match m_src(const char *word, const struct walk_packet *p)
{
	return walk_address(word, &p->src);
}

static enum match m_dst(const char *word, const struct walk_packet *p)
{
	return walk_address(word, &p->dst);
}

static enum match m_sport(const char *word, const struct walk_packet *p)
{
	return walk_port(word, p->sport);
}

static enum match m_dport(const char *word, const struct walk_packet *p)
{
	return walk_port(word, p->dport);
}

static enum match m_arp_op(const char *word, const struct walk_packet *p)
{
	return yes_if(!strcasecmp(word, p->reply ? "Reply" : "Request") ||
		      !strcmp(word, p->reply ? "2" : "1"));
}

/* All have an argument. One that is not here says nothing for certain. */
static const struct {
	const char *name;
	enum match (*match)(const char *word, const struct walk_packet *p);
} options[] = {
	{ "-p", m_type },	      { "-i", m_in },
	{ "-o", m_out },	      { "--ip-src", m_src },
	{ "--ip-dst", m_dst },	      { "--ip-proto", walk_protocol },
	{ "--ip-sport", m_sport },    { "--ip-dport", m_dport },
	{ "--ip6-src", m_src },	      { "--ip6-dst", m_dst },
	{ "--ip6-proto", walk_protocol }, { "--ip6-sport", m_sport },
	{ "--ip6-dport", m_dport },   { "--arp-op", m_arp_op },
	{ "--arp-ip-src", m_src },    { "--arp-ip-dst", m_dst },
};

static enum match option_match(const char *option, const char *word, const struct walk_packet *p)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (!strcmp(options[i].name, option))
			return options[i].match(word, p);
	return MATCH_MAYBE;
}

static void target_take(const char *word, struct walk_rule *out)
{
	static const struct {
		const char *name;
		enum walk_action action;
	} targets[] = { { "ACCEPT", ACTION_ACCEPT }, { "DROP", ACTION_DROP },
			{ "RETURN", ACTION_RETURN }, { "CONTINUE", ACTION_NONE } };

	out->action = ACTION_JUMP;
	out->marks = !strcmp(word, "mark");
	text_copy(out->target, sizeof(out->target), word);
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++)
		if (!strcmp(targets[i].name, word))
			out->action = targets[i].action;
	/* small letters: one that rewrites or answers, and may let go on what it was given, or not */
	if (out->action == ACTION_JUMP && word[strspn(word, "abcdefghijklmnopqrstuvwxyz")] == '\0')
		out->action = ACTION_UNSURE;
}

void walk_ebtables(const char *text, const struct walk_packet *p, struct walk_rule *out)
{
	char option[SHORT_LEN], word[SHORT_LEN];
	bool quoted, more;

	*out = (struct walk_rule){ .match = MATCH_YES };
	/* "-A CHAIN" */
	for (int i = 0; i < 2; i++)
		iptables_word_next(&text, word, sizeof(word), &quoted);
	while (iptables_word_next(&text, option, sizeof(option), &quoted)) {
		bool negated = false;
		enum match m;

		if (option[0] != '-')
			continue;
		more = iptables_word_next(&text, word, sizeof(word), &quoted);
		if (more && !strcmp(word, "!")) {
			negated = true;
			more = iptables_word_next(&text, word, sizeof(word), &quoted);
		}
		if (!strcmp(option, "-j")) {
			target_take(word, out);
			return;
		}
		m = more ? option_match(option, word, p) : MATCH_MAYBE;
		m = negated ? match_not(m) : m;
		out->match = m < out->match ? m : out->match;
	}
}
