/* SPDX-License-Identifier: GPL-2.0 */
#include "core/walk.h"

#include <linux/netfilter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/array.h"
#include "base/strbuf.h"

#define DEPTH_MAX 16	 /* NFT_JUMP_STACK_SIZE; iptables has no more in practice */
/* net.ipv4.ip_local_port_range, as namespaces begin with: inet_init_net() */
#define CLIENT_PORT_MIN 32768
#define CLIENT_PORT_MAX 60999
#define NAT_PRIORITY (-100) /* NF_IP_PRI_NAT_DST */
#define STEPS_MAX 200000 /* rules looked at; more than that is no ruleset but a trap */

/* ---- what both readers share ------------------------------------------------------------ */

enum match match_not(enum match m)
{
	return m == MATCH_MAYBE ? m : m == MATCH_YES ? MATCH_NO : MATCH_YES;
}

static enum match yes_if(bool yes)
{
	return yes ? MATCH_YES : MATCH_NO;
}

enum match walk_device(const char *word, const char *device, char wildcard)
{
	size_t len = strlen(word);

	if (!device)
		return MATCH_MAYBE;
	if (len && word[len - 1] == wildcard)
		return yes_if(!strncmp(word, device, len - 1));
	return yes_if(!strcmp(word, device));
}

static bool in_prefix(const struct ip *ip, const struct ip *prefix, int bits)
{
	int rest = bits % 8;

	if (memcmp(ip->bytes, prefix->bytes, bits / 8))
		return false;
	return !rest || !((ip->bytes[bits / 8] ^ prefix->bytes[bits / 8]) >> (8 - rest));
}

/* "172.18.0.3", "172.18.0.0/16", "172.18.0.2-172.18.0.9" */
enum match walk_address(const char *word, const struct ip *ip)
{
	size_t len = strcspn(word, "/-");
	char text[ADDR_TEXT_LEN];
	struct ip first, last;
	int bits;

	snprintf(text, sizeof(text), "%.*s", (int)len, word);
	if (!ip->family || addr_parse(text, &first))
		return MATCH_MAYBE;
	if (first.family != ip->family)
		return MATCH_NO;
	if (word[len] == '-')
		return addr_parse(word + len + 1, &last) || last.family != ip->family ? MATCH_MAYBE :
			yes_if(memcmp(ip->bytes, first.bytes, 16) >= 0 &&
			       memcmp(ip->bytes, last.bytes, 16) <= 0);
	bits = word[len] ? atoi(word + len + 1) : 8 * (int)addr_len(ip->family);
	if (bits < 0 || bits > 8 * (int)addr_len(ip->family) || strchr(word + len, '.'))
		return MATCH_MAYBE; /* a mask that is no prefix */
	return yes_if(in_prefix(ip, &first, bits));
}

/* "80", "1024:65535", "1024-65535", ":1023" */
enum match walk_port(const char *word, uint16_t port)
{
	char *end;
	unsigned long first = strtoul(word, &end, 10), last = first;

	if (end == word && *word != ':')
		return MATCH_MAYBE; /* a service's name */
	if (*end == ':' || *end == '-')
		last = end[1] ? strtoul(end + 1, &end, 10) : 65535;
	if (*end && *end != ':' && *end != '-')
		return MATCH_MAYBE;
	if (first == 0 && last == 65535)
		return MATCH_YES;
	if (!port) /* of a client's, which the kernel chooses */
		return last < CLIENT_PORT_MIN || first > CLIENT_PORT_MAX ? MATCH_NO : MATCH_MAYBE;
	return yes_if(port >= first && port <= last);
}

enum match walk_state(const char *word, const struct walk_packet *p)
{
	static const struct {
		const char *name;
		bool of_new, of_reply;
	} states[] = { { "NEW", true, false },	   { "ESTABLISHED", false, true },
		       { "RELATED", false, false }, { "INVALID", false, false },
		       { "UNTRACKED", false, false } };

	if (p->any_state)
		return MATCH_MAYBE;
	if (p->nd) /* nf_conntrack_icmpv6_init_conntrack(): not tracked */
		return yes_if(!strcasecmp(word, "UNTRACKED"));
	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		if (!strcasecmp(states[i].name, word))
			return yes_if(p->reply ? states[i].of_reply : states[i].of_new);
	return MATCH_MAYBE;
}

enum match walk_protocol(const char *word, const struct walk_packet *p)
{
	static const struct {
		const char *name;
		uint8_t l4;
	} names[] = { { "icmp", IPPROTO_ICMP },	      { "1", IPPROTO_ICMP },
		      { "tcp", IPPROTO_TCP },	      { "6", IPPROTO_TCP },
		      { "udp", IPPROTO_UDP },	      { "17", IPPROTO_UDP },
		      { "icmpv6", IPPROTO_ICMPV6 },   { "ipv6-icmp", IPPROTO_ICMPV6 },
		      { "58", IPPROTO_ICMPV6 } };
	uint8_t l4 = p->l4 == IPPROTO_ICMP && p->family == AF_INET6 ? IPPROTO_ICMPV6 : p->l4;

	if (!strcmp(word, "all") || !strcmp(word, "0"))
		return MATCH_YES;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i].name, word))
			return yes_if(names[i].l4 == l4);
	return MATCH_NO; /* of other protocols */
}

static enum match nd_type(const char *word, const struct walk_packet *p)
{
	static const char *const types[2][4] = {
		{ "135", "135/0", "neighbour-solicitation", "nd-neighbor-solicit" },
		{ "136", "136/0", "neighbour-advertisement", "nd-neighbor-advert" },
	};

	for (int i = 0; i < 4; i++)
		if (!strcmp(types[p->reply][i], word))
			return MATCH_YES;
	return MATCH_NO;
}

enum match walk_icmp_type(const char *word, const struct walk_packet *p)
{
	static const struct {
		const char *name;
		bool six, reply;
	} types[] = { { "8", false, false },	       { "8/0", false, false },
		      { "echo-request", false, false }, { "0", false, true },
		      { "0/0", false, true },	       { "echo-reply", false, true },
		      { "128", true, false },	       { "128/0", true, false },
		      { "echo-request", true, false },  { "129", true, true },
		      { "129/0", true, true },	       { "echo-reply", true, true } };
	bool six = p->family == AF_INET6;

	if (p->l4 != IPPROTO_ICMP)
		return MATCH_NO;
	if (!strcmp(word, "any") || !strcmp(word, "255"))
		return MATCH_YES;
	if (p->nd)
		return nd_type(word, p);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].six == six && !strcmp(types[i].name, word))
			return yes_if(types[i].reply == p->reply);
	return MATCH_NO;
}

/* "0x1", "0x40000/0xff0000": of a mark that is 0, as every mask leaves it */
enum match walk_mark(const char *word, const struct walk_packet *p)
{
	char *end;
	unsigned long value = strtoul(word, &end, 0);

	if (!p->unmarked || end == word || (*end && *end != '/'))
		return MATCH_MAYBE;
	return yes_if(!value);
}

/* ---- from rule to rule --------------------------------------------------------------------- */

enum flow { GOES_ON, ENDED };

struct walk {
	const struct rules_view *v;
	struct walk_packet p;
	struct walk_result *out;
	bool may_be_accepted; /* by a rule before */
	int steps;
};

static const struct chain *chain_find(const struct walk *w, const struct chain *from,
				      const char *name)
{
	for (size_t i = 0; i < w->v->n_chains; i++) {
		const struct chain *c = &w->v->chains[i];

		if (c->backend == from->backend && c->family == from->family &&
		    !strcmp(c->table, from->table) && !strcmp(c->name, name))
			return c;
	}
	return NULL;
}

static void doubt(struct walk *w, const struct chain *c, int index)
{
	if (w->out->doubt)
		return;
	w->out->doubt = c;
	w->out->doubt_index = index;
}

static enum flow end_at(struct walk *w, enum walk_end end, const struct chain *c, int index,
			bool sure)
{
	w->out->n_droppers += end == WALK_DROPPED || end == WALK_REJECTED;
	w->out->last = c;
	w->out->last_index = index;
	if (!sure || w->may_be_accepted) {
		doubt(w, c, index);
		return sure ? ENDED : GOES_ON;
	}
	w->out->end = end;
	w->out->chain = c;
	w->out->index = index;
	return ENDED;
}

static enum flow chain_walk(struct walk *w, const struct chain *c, bool sure, int depth);

static void read_rule(const struct walk *w, const struct chain *c, const char *text,
		      struct walk_rule *out)
{
	const struct walk_sets sets = { w->v, c->family, c->table };

	if (c->backend == BACKEND_NFTABLES)
		walk_nft(text, &w->p, &sets, out);
	else if (c->backend == BACKEND_EBTABLES)
		walk_ebtables(text, &w->p, out);
	else
		walk_iptables(text, &w->p, out);
}

/* A target that is no chain is an extension: most of them let the packet go on. */
static enum flow jump(struct walk *w, const struct chain *c, const char *target, bool sure, int depth)
{
	const struct chain *next = chain_find(w, c, target);

	return next && depth < DEPTH_MAX ? chain_walk(w, next, sure, depth + 1) : GOES_ON;
}

/* How far a chain was walked. */
struct walked {
	const struct chain *c;
	int index;  /* of the rule, from 1 */
	int depth;
	bool sure;  /* false: the rest of the chain may be skipped */
	bool leave; /* the rest is skipped */
};

static enum flow act(struct walk *w, struct walked *s, const struct walk_rule *rule)
{
	bool certain = s->sure && rule->match == MATCH_YES;

	w->p.unmarked &= !rule->marks;
	switch (rule->action) {
	case ACTION_ACCEPT:
		w->may_be_accepted |= !certain;
		return certain ? ENDED : GOES_ON;
	case ACTION_DROP:
		return end_at(w, WALK_DROPPED, s->c, s->index, certain);
	case ACTION_REJECT:
		return end_at(w, WALK_REJECTED, s->c, s->index, certain);
	case ACTION_REWRITE:
		return end_at(w, WALK_REWRITTEN, s->c, s->index, certain);
	case ACTION_SOURCE:
		w->out->new_source = true;
		return certain ? ENDED : GOES_ON;
	case ACTION_UNSURE:
		w->out->blind = true;
		doubt(w, s->c, s->index);
		w->may_be_accepted = true;
		return GOES_ON;
	case ACTION_RETURN:
		s->leave = rule->match == MATCH_YES;
		s->sure &= rule->match == MATCH_YES;
		return GOES_ON;
	case ACTION_GOTO:
		s->leave = rule->match == MATCH_YES;
		/* fall through */
	case ACTION_JUMP:
		return jump(w, s->c, rule->target, certain, s->depth);
	case ACTION_NONE:
		break;
	}
	return GOES_ON;
}

/* Of a chain of ebtables that is jumped to; a base chain's is asked by walk_hook(). */
static enum flow inner_policy(struct walk *w, const struct chain *c, bool sure)
{
	if (c->hook >= 0 || !c->policy[0])
		return GOES_ON;
	if (!strcmp(c->policy, "DROP"))
		return end_at(w, WALK_DROPPED, c, 0, sure);
	w->may_be_accepted |= !sure;
	return sure ? ENDED : GOES_ON;
}

static enum flow chain_walk(struct walk *w, const struct chain *c, bool sure, int depth)
{
	struct walked s = { .c = c, .depth = depth, .sure = sure };
	size_t i;

	for (i = 0; i < c->n_rules && !s.leave && w->steps++ < STEPS_MAX; i++) {
		struct walk_rule rule = { .match = MATCH_NO };

		s.index = (int)i + 1;
		read_rule(w, c, w->v->rules[c->rule + i].text, &rule);
		if (rule.match != MATCH_NO && act(w, &s, &rule) == ENDED)
			return ENDED;
	}
	return i < c->n_rules || s.leave ? GOES_ON : inner_policy(w, c, s.sure);
}

static bool sees(const struct chain *c, uint8_t pf, int hook, const struct walk_packet *p)
{
	/* inet sees both, and by a hook of its own what comes in by a device */
	bool inet = pf == NFPROTO_IPV4 || pf == NFPROTO_IPV6 || hook == HOOK_INGRESS;
	char device[DD_IFNAME_LEN + 2];

	if (c->hook != hook || !c->policy[0])
		return false;
	if (c->family != pf && !(inet && c->family == NFPROTO_INET))
		return false;
	if (pf != NFPROTO_NETDEV)
		return true;
	snprintf(device, sizeof(device), "\"%s\"", hook == HOOK_INGRESS ? p->in : p->out);
	return strstr(c->device, device);
}

/* Base chains that were already walked have a lower priority, or the same and a lower number. */
static const struct chain *next_base(const struct rules_view *v, uint8_t pf, int hook,
				     const struct walk_packet *p, const struct chain *last)
{
	const struct chain *best = NULL;

	for (size_t i = 0; i < v->n_chains; i++) {
		const struct chain *c = &v->chains[i];

		if (!sees(c, pf, hook, p))
			continue;
		if (last && (c->priority < last->priority ||
			     (c->priority == last->priority && c <= last)))
			continue;
		if (!best || c->priority < best->priority)
			best = c;
	}
	return best;
}

/* As chains ahead of NAT see an answer to what has the host's address as its source. */
static struct walk_packet not_yet_given_back(const struct walk_packet *p)
{
	struct walk_packet early = *p;

	early.dst = p->to_host;
	early.dst_local = true;
	return early;
}

void walk_hook(const struct rules_view *v, uint8_t pf, int hook, const struct walk_packet *p,
	       struct walk_result *out)
{
	const struct walk_packet early = not_yet_given_back(p);
	bool unmarked = p->unmarked;
	struct walk_result result = { .end = WALK_PASSED };
	const struct chain *c = NULL;

	while (result.end == WALK_PASSED && (c = next_base(v, pf, hook, p, c))) {
		bool ahead = p->to_host.family && hook == NF_INET_PRE_ROUTING && c->priority < NAT_PRIORITY;
		struct walk w = { .v = v, .p = ahead ? early : *p, .out = &result };

		w.p.unmarked = unmarked;
		if (chain_walk(&w, c, true, 0) == GOES_ON && !strcmp(c->policy, "DROP"))
			end_at(&w, WALK_DROPPED, c, 0, true);
		unmarked = w.p.unmarked;
	}
	result.marked = p->unmarked && !unmarked;
	*out = result;
}
