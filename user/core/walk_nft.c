/* SPDX-License-Identifier: GPL-2.0 */
/* One rule of nftables, as nft --stateless prints it. */
#include "core/walk.h"

#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/iptables.h"
#include "base/strbuf.h"

/* A rule that is being read, one word ahead. */
struct reader {
	const char *rest;
	char word[NFT_NAME_LEN];
	bool quoted, more;
	const struct walk_packet *p;
};

static void next(struct reader *r)
{
	r->more = iptables_word_next(&r->rest, r->word, sizeof(r->word), &r->quoted);
	/* an element of a set has a comma behind it, also where it is quoted */
	if (r->quoted && *r->rest == ',')
		r->rest++;
}

static bool is(const struct reader *r, const char *word)
{
	return r->more && !r->quoted && !strcmp(r->word, word);
}

static bool take(struct reader *r, const char *word)
{
	bool taken = is(r, word);

	if (taken)
		next(r);
	return taken;
}

/* ---- what can be asked of a packet --------------------------------------------------------- */

static enum match k_in(const char *word, const struct walk_packet *p)
{
	return walk_device(word, p->in, '*');
}

static enum match k_out(const char *word, const struct walk_packet *p)
{
	return walk_device(word, p->out, '*');
}

static enum match address_of(const char *word, const struct ip *ip, const struct walk_packet *p,
			     int family)
{
	return p->arp || p->family != family ? MATCH_NO : walk_address(word, ip);
}

static enum match k_src4(const char *word, const struct walk_packet *p)
{
	return address_of(word, &p->src, p, AF_INET);
}

static enum match k_dst4(const char *word, const struct walk_packet *p)
{
	return address_of(word, &p->dst, p, AF_INET);
}

static enum match k_src6(const char *word, const struct walk_packet *p)
{
	return address_of(word, &p->src, p, AF_INET6);
}

static enum match k_dst6(const char *word, const struct walk_packet *p)
{
	return address_of(word, &p->dst, p, AF_INET6);
}

static enum match k_arp_src(const char *word, const struct walk_packet *p)
{
	return p->arp ? walk_address(word, &p->src) : MATCH_NO;
}

static enum match k_arp_dst(const char *word, const struct walk_packet *p)
{
	return p->arp ? walk_address(word, &p->dst) : MATCH_NO;
}

static enum match k_arp_operation(const char *word, const struct walk_packet *p)
{
	return p->arp && !strcmp(word, p->reply ? "reply" : "request") ? MATCH_YES : MATCH_NO;
}

static enum match k_arp_constant(const char *word, const struct walk_packet *p)
{
	(void)word;
	return p->arp ? MATCH_YES : MATCH_NO; /* htype 1, hlen 6, plen 4 */
}

static enum match k_protocol(const char *word, const struct walk_packet *p)
{
	return p->arp ? MATCH_NO : walk_protocol(word, p);
}

static enum match k_state(const char *word, const struct walk_packet *p)
{
	return p->arp ? MATCH_NO : walk_state(word, p);
}

static enum match port_of(const char *word, uint16_t port, const struct walk_packet *p, uint8_t l4)
{
	if (p->arp || (l4 ? p->l4 != l4 : p->l4 == IPPROTO_ICMP))
		return MATCH_NO;
	return walk_port(word, port);
}

static enum match k_tcp_sport(const char *word, const struct walk_packet *p)
{
	return port_of(word, p->sport, p, IPPROTO_TCP);
}

static enum match k_tcp_dport(const char *word, const struct walk_packet *p)
{
	return port_of(word, p->dport, p, IPPROTO_TCP);
}

static enum match k_udp_sport(const char *word, const struct walk_packet *p)
{
	return port_of(word, p->sport, p, IPPROTO_UDP);
}

static enum match k_udp_dport(const char *word, const struct walk_packet *p)
{
	return port_of(word, p->dport, p, IPPROTO_UDP);
}

static enum match k_th_dport(const char *word, const struct walk_packet *p)
{
	return port_of(word, p->dport, p, 0);
}

static enum match k_icmp(const char *word, const struct walk_packet *p)
{
	return p->arp || p->family != AF_INET ? MATCH_NO : walk_icmp_type(word, p);
}

static enum match k_icmp6(const char *word, const struct walk_packet *p)
{
	return p->arp || p->family != AF_INET6 ? MATCH_NO : walk_icmp_type(word, p);
}

static enum match k_family(const char *word, const struct walk_packet *p)
{
	bool six = p->family == AF_INET6;

	if (p->arp)
		return strcmp(word, "arp") ? MATCH_NO : MATCH_YES;
	return !strcmp(word, six ? "ip6" : "ip") || !strcmp(word, six ? "ipv6" : "ipv4") ? MATCH_YES :
											 MATCH_NO;
}

static enum match k_packet_type(const char *word, const struct walk_packet *p)
{
	const char *type = p->arp && !p->reply ? "broadcast" : "host";

	if (!strcmp(word, "unicast"))
		return p->arp && !p->reply ? MATCH_NO : MATCH_YES;
	return strcmp(word, type) ? MATCH_NO : MATCH_MAYBE; /* "other" on a bridge's port */
}

/* Longer ones first where one begins like another. */
static const struct key {
	const char *words[3];
	enum match (*match)(const char *word, const struct walk_packet *p);
} keys[] = {
	{ { "iifname" }, k_in },
	{ { "iif" }, k_in },
	{ { "oifname" }, k_out },
	{ { "oif" }, k_out },
	{ { "ip", "saddr" }, k_src4 },
	{ { "ip", "daddr" }, k_dst4 },
	{ { "ip", "protocol" }, k_protocol },
	{ { "ip6", "saddr" }, k_src6 },
	{ { "ip6", "daddr" }, k_dst6 },
	{ { "ip6", "nexthdr" }, k_protocol },
	{ { "meta", "l4proto" }, k_protocol },
	{ { "meta", "protocol" }, k_family },
	{ { "meta", "nfproto" }, k_family },
	{ { "ether", "type" }, k_family },
	{ { "ct", "state" }, k_state },
	{ { "tcp", "sport" }, k_tcp_sport },
	{ { "tcp", "dport" }, k_tcp_dport },
	{ { "udp", "sport" }, k_udp_sport },
	{ { "udp", "dport" }, k_udp_dport },
	{ { "th", "dport" }, k_th_dport },
	{ { "icmp", "type" }, k_icmp },
	{ { "icmpv6", "type" }, k_icmp6 },
	{ { "arp", "saddr", "ip" }, k_arp_src },
	{ { "arp", "daddr", "ip" }, k_arp_dst },
	{ { "arp", "operation" }, k_arp_operation },
	{ { "arp", "htype" }, k_arp_constant },
	{ { "arp", "hlen" }, k_arp_constant },
	{ { "arp", "plen" }, k_arp_constant },
	{ { "pkttype" }, k_packet_type },
	{ { "meta", "pkttype" }, k_packet_type },
};

/* Takes the words of a key, or none. */
static const struct key *key_take(struct reader *r)
{
	const struct reader start = *r;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		int n = 0;

		while (n < 3 && keys[i].words[n] && take(r, keys[i].words[n]))
			n++;
		if (n == 3 || !keys[i].words[n])
			return &keys[i];
		*r = start;
	}
	return NULL;
}

/* ---- values --------------------------------------------------------------------------------- */

/* "a", "a,b" (one word), or what is between braces. */
static enum match words_match(const struct key *key, char *list, const struct walk_packet *p)
{
	enum match best = MATCH_NO;
	char *rest = list, *word;

	while ((word = strsep(&rest, ","))) {
		enum match m = *word ? key->match(word, p) : MATCH_NO;

		best = m > best ? m : best;
	}
	return best;
}

static void skip_braces(struct reader *r)
{
	int depth = 0;

	do {
		depth += is(r, "{") - (is(r, "}") || is(r, "},"));
		next(r);
	} while (r->more && depth);
}

static enum match set_match(struct reader *r, const struct key *key)
{
	enum match best = MATCH_NO;

	for (next(r); r->more && !is(r, "}"); next(r)) {
		/* "{ 10.0.0.1 timeout 5m, ... }": what more an element says is not for a match */
		enum match m = words_match(key, r->word, r->p);

		best = m > best ? m : best;
	}
	next(r);
	return best;
}

static enum match value_match(struct reader *r, const struct key *key)
{
	bool negated = take(r, "!=");
	enum match m;

	take(r, "==");
	if (is(r, "vmap") || r->word[0] == '@' || is(r, "<") || is(r, ">") || is(r, "&") ||
	    is(r, "set") || is(r, ".")) {
		/* a set's name is the value itself, the others are followed by one */
		bool named = r->word[0] == '@';

		next(r);
		if (!named && is(r, "{"))
			skip_braces(r);
		else if (!named)
			next(r);
		return MATCH_MAYBE;
	}
	if (is(r, "{")) {
		m = set_match(r, key);
	} else {
		m = words_match(key, r->word, r->p);
		next(r);
	}
	return negated ? match_not(m) : m;
}

/* ---- statements ------------------------------------------------------------------------------- */

/* Those that let the packet go on; how many words follow that belong to them. */
static const struct {
	const char *name;
	int words;
} neutral[] = { { "counter", 0 }, { "comment", 1 }, { "log", 0 },    { "prefix", 1 },
		{ "level", 1 },	  { "group", 1 },   { "snaplen", 1 }, { "continue", 0 },
		{ "notrack", 0 }, { "masquerade", 0 } };

static bool neutral_take(struct reader *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(neutral); i++) {
		if (!is(r, neutral[i].name))
			continue;
		next(r);
		for (int k = 0; k < neutral[i].words; k++)
			next(r);
		return true;
	}
	return false;
}

static const struct {
	const char *name;
	enum walk_action action;
} verdicts[] = { { "accept", ACTION_ACCEPT },	{ "drop", ACTION_DROP },
		 { "reject", ACTION_REJECT },	{ "return", ACTION_RETURN },
		 { "jump", ACTION_JUMP },	{ "goto", ACTION_GOTO },
		 { "queue", ACTION_UNSURE },	{ "dnat", ACTION_REWRITE },
		 { "redirect", ACTION_REWRITE }, { "tproxy", ACTION_UNSURE },
		 { "dup", ACTION_NONE },	{ "fwd", ACTION_UNSURE } };

static bool verdict_take(struct reader *r, struct walk_rule *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++) {
		if (!take(r, verdicts[i].name))
			continue;
		out->action = verdicts[i].action;
		out->unsure |= out->action == ACTION_UNSURE;
		text_copy(out->target, sizeof(out->target), r->word);
		return true;
	}
	return false;
}

/* A verdict map decides where no rule does: it is not known what. */
static void vmap_note(struct reader *r, struct walk_rule *out)
{
	struct reader ahead = *r;

	while (ahead.more && !is(&ahead, "vmap"))
		next(&ahead);
	if (ahead.more)
		*out = (struct walk_rule){ .match = MATCH_MAYBE, .action = ACTION_UNSURE };
}

/* False behind the verdict, which is the last statement but for a comment. */
static bool step(struct reader *r, struct walk_rule *out)
{
	const struct key *key;
	enum match m = MATCH_MAYBE;

	if (neutral_take(r))
		return true;
	if (verdict_take(r, out))
		return false;
	key = key_take(r);
	if (key)
		m = value_match(r, key);
	else if (is(r, "{"))
		skip_braces(r);
	else
		next(r);
	out->unsure |= m == MATCH_MAYBE;
	if (m < out->match)
		out->match = m;
	return true;
}

void walk_nft(const char *text, const struct walk_packet *p, struct walk_rule *out)
{
	struct reader r = { .rest = text, .p = p };
	struct walk_rule rule = { .match = MATCH_YES };

	next(&r);
	while (r.more && step(&r, &rule))
		;
	if (rule.match != MATCH_NO && rule.action == ACTION_NONE) {
		r = (struct reader){ .rest = text, .p = p };
		next(&r);
		vmap_note(&r, &rule);
	}
	*out = rule;
}
