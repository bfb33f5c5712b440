/* SPDX-License-Identifier: GPL-2.0 */
/* UDP connections that outlived the rule by which their destination was translated. */
#include "core/judge.h"

#include <linux/netfilter.h>
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "core/advisory.h"

/* What the rules that are there now do to the first packet of such a connection. */
enum lead {
	LEAD_NOWHERE,
	LEAD_ELSEWHERE,
	LEAD_THERE,
	LEAD_UNKNOWN,
};

static enum lead lead_of(const struct chain *c, const char *rule, const struct tracked *t)
{
	const struct walk_packet p = { .family = t->dst.family, .l4 = IPPROTO_UDP, .src = t->src,
				       .dst = t->dst, .dport = t->dport, .any_state = true,
				       .dst_local = true, .in_port = "", .out_port = "" };
	struct walk_rule w;
	uint16_t port;
	struct ip to;

	if (!strstr(rule, "DNAT") && !strstr(rule, "dnat") && !strstr(rule, "NETMAP"))
		return LEAD_NOWHERE;
	if (c->backend == BACKEND_NFTABLES)
		walk_nft(rule, &p, NULL, &w);
	else
		walk_iptables(rule, &p, &w);
	if (w.match == MATCH_NO)
		return LEAD_NOWHERE;
	if (!judge_destination(rule, &to, &port))
		return LEAD_UNKNOWN;
	return addr_equal(&to, &t->to) && (port ? port : t->dport) == t->to_port ? LEAD_THERE :
									    LEAD_ELSEWHERE;
}

static enum lead lead(const struct rules_view *v, const struct tracked *t)
{
	uint8_t pf = t->dst.family == AF_INET6 ? NFPROTO_IPV6 : NFPROTO_IPV4;
	enum lead most = LEAD_NOWHERE;

	for (size_t i = 0; i < v->n_chains; i++) {
		const struct chain *c = &v->chains[i];

		if (c->family != pf && c->family != NFPROTO_INET)
			continue;
		for (size_t k = 0; k < c->n_rules; k++) {
			enum lead one = lead_of(c, v->rules[c->rule + k].text, t);

			most = one > most ? one : most;
		}
	}
	return most;
}

static bool is_own(const struct net_view *net, const struct ip *ip)
{
	for (int i = 0; i < net->n_own; i++)
		if (addr_equal(&net->own[i], ip))
			return true;
	return false;
}

/* The network that the address is of; NULL: none, or the engine or the host itself has it there. */
static const struct net_view *net_of(const struct checkup *c, const struct ip *ip)
{
	for (size_t i = 0; i < c->n_networks; i++) {
		const struct net_view *net = &c->networks[i];

		if (judge_in_subnets(net, ip))
			return is_own(net, ip) || (net->bridge && judge_has_ip(net->bridge, ip)) ? NULL : net;
	}
	return NULL;
}

static bool is_of_scene(const struct checkup *c, const struct tracked *t)
{
	for (int r = 0; r < 2; r++) {
		const struct ip *ip = &c->scene->ends[r].ip;

		if (addr_equal(ip, &t->src) || addr_equal(ip, &t->dst) || addr_equal(ip, &t->to))
			return true;
	}
	return false;
}

/* Somebody who is there may be sent to by rules that are not told here; nobody may not. */
static bool is_stale(const struct checkup *c, const struct tracked *t)
{
	const struct net_view *owned;
	enum lead to;

	if ((c->scene && !is_of_scene(c, t)) || !net_of(c, &t->to))
		return false;
	to = lead(&c->host.rules, t);
	return to == LEAD_ELSEWHERE || (to == LEAD_NOWHERE && !judge_owner(c, &t->to, &owned));
}

static bool is_alike(const struct tracked *a, const struct tracked *b)
{
	return a->dport == b->dport && a->to_port == b->to_port && addr_equal(&a->to, &b->to);
}

static void found_stale(struct judging *j, const struct tracked *t, size_t n)
{
	const struct net_view *net = net_of(j->c, &t->to), *owned = NULL;
	const struct resident *owner = judge_owner(j->c, &t->to, &owned);
	const struct scene scene = judge_scene(j->c, net, t->to.family);
	const struct symptom symptom = { .scene = &scene, .cause = "conntrack-stale", .hook = -1,
					 .device = "" };
	char client[ADDR_TEXT_LEN], ip[ADDR_TEXT_LEN], port[8], count[24], owned_by[SENTENCE_LEN];

	if (owner)
		snprintf(owned_by, sizeof(owned_by), "which is %.200s", owner->name);
	else
		snprintf(owned_by, sizeof(owned_by), "which nobody has on network %.200s",
			 net->network.name);
	snprintf(port, sizeof(port), "%u", t->dport);
	snprintf(count, sizeof(count), "%zu", n);
	judge_found_by(j, &symptom, "conntrack-stale", SEVERITY_RISK, STAGE_HOST, "client",
		       addr_format(&t->src, client), "port", port, "ip", addr_format(&t->to, ip),
		       "owner", owned_by, "count", count, "family",
		       t->to.family == AF_INET6 ? "ipv6" : "ipv4", NULL);
}

/* Those that lead from one port to one address are told once, by the first. */
void judge_tracked(struct judging *j)
{
	const struct place *host = &j->c->host;

	for (size_t i = 0; i < host->n_tracked; i++) {
		const struct tracked *t = &host->tracked[i];
		size_t n = 0, first = 0;

		while (!is_alike(&host->tracked[first], t))
			first++;
		if (first != i || !is_stale(j->c, t))
			continue;
		for (size_t k = i; k < host->n_tracked; k++)
			n += is_alike(&host->tracked[k], t);
		found_stale(j, t, n);
	}
}
