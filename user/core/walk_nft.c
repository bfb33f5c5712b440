/* SPDX-License-Identifier: GPL-2.0 */
/* One rule of nftables, as nft --stateless prints it. */
#include "core/walk.h"

#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/iptables.h"
#include "base/strbuf.h"
#include "core/walk_set.h"

/* A rule that is being read, one word ahead. */
struct reader {
	const char *rest;
	char word[NFT_NAME_LEN];
	bool quoted, more;
	const struct walk_packet *p;
	const struct walk_sets *sets; /* NULL: none */
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
	walk_match_fn match;
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
	{ { "meta", "mark" }, walk_mark },
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

/* "a", or "a,b" in one word. */
static enum match words_match(walk_match_fn match, char *list, const struct walk_packet *p)
{
	enum match best = MATCH_NO;
	char *rest = list, *word;

	while ((word = strsep(&rest, ","))) {
		enum match m = *word ? match(word, p) : MATCH_NO;

		best = m > best ? m : best;
	}
	return best;
}

/* "ip saddr", or "ip saddr . ip protocol"; false: something is asked that is not known here. */
static bool lookup_take(struct reader *r, struct walk_lookup *out)
{
	struct walk_lookup l = { .p = r->p };
	const struct key *key;

	do {
		key = key_take(r);
		if (!key || l.n == WALK_FIELDS_MAX)
			return false;
		l.fields[l.n++] = key->match;
	} while (take(r, "."));
	*out = l;
	return true;
}

static const struct set_view *set_find(const struct walk_sets *s, const char *name)
{
	for (size_t i = 0; s && i < s->v->n_sets; i++) {
		const struct set_view *set = &s->v->sets[i];

		if (set->family == s->family && !strcmp(set->table, s->table) &&
		    !strcmp(set->name, name))
			return set;
	}
	return NULL;
}

static bool is_set(const struct reader *r)
{
	return is(r, "{") || (r->more && !r->quoted && r->word[0] == '@');
}

/* Elements between braces, or those of a set by its name. */
static enum match set_match(struct reader *r, const struct walk_lookup *l,
			    char verdict[NFT_NAME_LEN])
{
	const struct set_view *set;
	const char *elements, *end;
	enum match m = MATCH_MAYBE;

	if (is(r, "{")) {
		elements = r->rest;
		r->rest = walk_braces(elements);
		end = r->rest - (r->rest > elements && r->rest[-1] == '}');
		m = walk_set(l, elements, end, verdict);
	} else {
		set = set_find(r->sets, r->word + 1);
		if (set)
			m = walk_set(l, set->elements, set->elements + strlen(set->elements), verdict);
	}
	next(r);
	return m;
}

/* The value is not understood: "& 0x1", "< 5". */
static enum match value_skip(struct reader *r)
{
	next(r);
	if (is(r, "{"))
		r->rest = walk_braces(r->rest);
	next(r);
	return MATCH_MAYBE;
}

static enum match value_match(struct reader *r, const struct walk_lookup *l)
{
	char verdict[NFT_NAME_LEN];
	bool negated;
	enum match m;

	/* a mask leaves a mark of 0 as it is */
	if (l->n == 1 && l->fields[0] == walk_mark && l->p->unmarked && take(r, "&"))
		next(r);
	negated = take(r, "!=");
	take(r, "==");
	if (is(r, "<") || is(r, ">") || is(r, "<=") || is(r, ">=") || is(r, "&") || is(r, "set"))
		return value_skip(r);
	if (is_set(r)) {
		m = set_match(r, l, verdict);
	} else if (l->n == 1) {
		m = words_match(l->fields[0], r->word, r->p);
		next(r);
	} else {
		return value_skip(r);
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
		{ "notrack", 0 } };

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
		 { "masquerade", ACTION_SOURCE }, { "snat", ACTION_SOURCE },
		 { "dup", ACTION_NONE },	{ "fwd", ACTION_UNSURE } };

static bool verdict_take(struct reader *r, struct walk_rule *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++) {
		if (!take(r, verdicts[i].name))
			continue;
		out->action = verdicts[i].action;
		/* a chain without a name is not read */
		if (is(r, "{"))
			out->action = ACTION_UNSURE;
		text_copy(out->target, sizeof(out->target), r->word);
		return true;
	}
	return false;
}

static struct walk_rule unsure_rule(void)
{
	return (struct walk_rule){ .match = MATCH_MAYBE, .action = ACTION_UNSURE };
}

/* A verdict map decides for the elements that it has; for others the rule does not match. */
static void map_match(struct reader *r, const struct walk_lookup *l, struct walk_rule *out)
{
	char verdict[NFT_NAME_LEN] = "";
	struct reader says = { .rest = verdict, .p = r->p };
	enum match m = is_set(r) ? set_match(r, l, verdict) : MATCH_MAYBE;

	if (m == MATCH_YES) {
		next(&says);
		if (!verdict_take(&says, out) && !is(&says, "continue"))
			m = MATCH_MAYBE;
	}
	if (m == MATCH_MAYBE && out->match != MATCH_NO)
		*out = unsure_rule();
	else if (m < out->match)
		out->match = m;
}

/* A verdict map behind something that is not understood: it is not known what it decides. */
static void vmap_note(struct reader *r, struct walk_rule *out)
{
	struct reader ahead = *r;

	while (ahead.more && !is(&ahead, "vmap"))
		next(&ahead);
	if (ahead.more)
		*out = unsure_rule();
}

/* False behind the verdict, which is the last statement but for a comment. */
static bool step(struct reader *r, struct walk_rule *out)
{
	const struct reader start = *r;
	struct walk_lookup lookup;
	enum match m = MATCH_MAYBE;

	if (neutral_take(r))
		return true;
	if (verdict_take(r, out))
		return false;
	if (!lookup_take(r, &lookup)) {
		*r = start;
		if (is(r, "{"))
			r->rest = walk_braces(r->rest);
		next(r);
	} else if (take(r, "vmap")) {
		map_match(r, &lookup, out);
		return false;
	} else {
		out->marks |= lookup.fields[0] == walk_mark && is(r, "set");
		m = value_match(r, &lookup);
	}
	if (m < out->match)
		out->match = m;
	return true;
}

void walk_nft(const char *text, const struct walk_packet *p, const struct walk_sets *sets,
	      struct walk_rule *out)
{
	struct reader r = { .rest = text, .p = p, .sets = sets };
	struct walk_rule rule = { .match = MATCH_YES };

	next(&r);
	while (r.more && step(&r, &rule))
		;
	if (rule.match == MATCH_MAYBE && rule.action == ACTION_NONE) {
		r = (struct reader){ .rest = text, .p = p };
		next(&r);
		vmap_note(&r, &rule);
	}
	*out = rule;
}
