/* SPDX-License-Identifier: GPL-2.0 */
/* Published ports: whether anything of the host's leads to the container, and gives answers back. */
#include "core/judge.h"

#include <linux/netfilter.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "core/advisory.h"

/* What comes for a published port, from whom and by which device ever. */
static struct walk_packet visitor(const struct published *p)
{
	return (struct walk_packet){ .family = AF_INET, .l4 = p->l4, .dst = p->ip, .dport = p->port,
				     .any_state = true, .dst_local = true, .in_port = "", .out_port = "" };
}

/* Whether it names one port, and that is another: most rules of a host with many ports do. */
static bool is_for_other_port(const char *rule, uint16_t port)
{
	const char *at = strstr(rule, "dport ");
	char *end;
	unsigned long n = at ? strtoul(at + strlen("dport "), &end, 10) : 0;

	/* a comment may say anything */
	return n && n != port && *end == ' ' && !strstr(rule, "! --dport ") && !strstr(rule, "comment ");
}

/* Of iptables' tables that one alone translates, and others have thousands of rules. */
static bool translates(const struct chain *c)
{
	return (c->family == NFPROTO_IPV4 || c->family == NFPROTO_INET) &&
	       (c->backend == BACKEND_NFTABLES || !strcmp(c->table, "nat"));
}

static bool may_translate(const struct chain *c, const char *rule, const struct walk_packet *p)
{
	struct walk_rule w;

	if (is_for_other_port(rule, p->dport))
		return false;
	if (c->backend == BACKEND_NFTABLES)
		walk_nft(rule, p, NULL, &w);
	else
		walk_iptables(rule, p, &w);
	return w.match != MATCH_NO && (w.action == ACTION_REWRITE || strstr(rule, "DNAT"));
}

/* to NULL: anywhere. */
static bool leads_to(const struct rules_view *v, const struct published *p, const struct ip *to)
{
	const struct walk_packet packet = visitor(p);

	for (size_t i = 0; i < v->n_chains; i++) {
		const struct chain *c = &v->chains[i];

		for (size_t k = 0; k < c->n_rules && translates(c); k++) {
			const char *rule = v->rules[c->rule + k].text;
			uint16_t port;
			struct ip ip;

			if (may_translate(c, rule, &packet) &&
			    (!to || (judge_destination(rule, &ip, &port) && addr_equal(&ip, to))))
				return true;
		}
	}
	return false;
}

bool judge_leads(const struct rules_view *v, const struct published *p)
{
	return leads_to(v, p, NULL);
}

static const char *service_words(const struct published *p, char *buf, size_t len)
{
	char ip[ADDR_TEXT_LEN];

	snprintf(buf, len, "%s port %u%s%s", p->l4 == IPPROTO_UDP ? "UDP" : "TCP", p->port,
		 p->ip.family ? " at " : "", addr_format(&p->ip, ip));
	return buf;
}

/* ---- nothing leads there ------------------------------------------------------------------- */

/* Without rules of its own the engine leaves it to the proxy, without a proxy to nobody. */
static const char *unserved(const struct engine *e, const struct published *p)
{
	if (e->makes_rules == SAYS_NO)
		return e->userland_proxy == SAYS_NO ? "port-unserved-by-setting" : NULL;
	/* without a proxy the engine itself keeps the port, and takes nothing from it */
	if (e->userland_proxy == SAYS_NO || !p->served)
		return "port-unserved";
	return "port-by-proxy";
}

static void check_port(struct judging *j, const struct place *container, const struct published *p)
{
	const char *check = unserved(&j->c->engine, p);
	char service[SHORT_LEN + ADDR_TEXT_LEN];

	if (check && !p->led)
		judge_found(j, check, STAGE_HOST, "container", container->name, "service",
			    service_words(p, service, sizeof(service)), NULL);
}

/* Podman and RootlessKit publish by means of their own. */
static bool is_docker(const struct engine *e)
{
	return !strcmp(e->name, "Docker Engine") && !e->rootless && e->makes_rules && e->userland_proxy;
}

/* For those who come from outside; between two the sockets are asked for, and the rules. */
void judge_published(struct judging *j)
{
	const struct checkup *c = j->c;

	for (size_t i = 0; i < c->n_places && is_docker(&c->engine) && !c->scene; i++)
		for (int k = 0; k < c->places[i].n_published; k++)
			check_port(j, &c->places[i], &c->places[i].published[k]);
}

/* ---- from a neighbour to the host and back to the same network ------------------------------- */

/* A rule of somebody's may give such packets the host's address, so that answers come to the host. */
static bool is_masked(const struct checkup *c, const struct net_view *net, const struct resident *owner,
		      const struct published *p)
{
	const struct resident *other = owner == net->members ? owner + 1 : net->members;
	const struct walk_packet packet = { .family = AF_INET, .l4 = p->l4, .src = other->ip, .dst = owner->ip,
					    .any_state = true, .src_away = true, .in = "",
					    .out = net->network.bridge, .in_port = "", .out_port = "" };
	struct walk_result r;

	walk_hook(&c->host.rules, NFPROTO_IPV4, NF_INET_POST_ROUTING, &packet, &r);
	return r.new_source || r.blind;
}

static const struct published *published_on(const struct checkup *c, const struct net_view *net,
					    const struct resident **out)
{
	for (size_t i = 0; i < net->n_members; i++) {
		const struct place *p = net->members[i].place;

		for (int k = 0; p && k < p->n_published; k++)
			if (leads_to(&c->host.rules, &p->published[k], &net->members[i].ip)) {
				*out = &net->members[i];
				return &p->published[k];
			}
	}
	return NULL;
}

static void check_hairpin(struct judging *j, const struct net_view *net)
{
	const struct checkup *c = j->c;
	const struct scene scene = judge_scene(c, net, AF_INET);
	const struct symptom symptom = { .scene = &scene, .cause = "hairpin-lost", .hook = -1, .device = "" };
	const char *why = judge_unmet(c, net);
	const struct published *p;
	const struct resident *owner;
	char service[SHORT_LEN + ADDR_TEXT_LEN];

	if (!why || net->n_members < 2 || !(p = published_on(c, net, &owner)) || is_masked(c, net, owner, p))
		return;
	judge_found_by(j, &symptom, "hairpin-lost", SEVERITY_RISK, STAGE_HOST, "network", net->network.name,
		       "container", owner->name, "service", service_words(p, service, sizeof(service)),
		       "why", why, NULL);
}

void judge_hairpin(struct judging *j)
{
	const struct engine *e = &j->c->engine;

	if (is_docker(e) && !j->c->scene && e->userland_proxy == SAYS_NO && e->makes_rules == SAYS_YES)
		judge_each_net(j, check_hairpin);
}
