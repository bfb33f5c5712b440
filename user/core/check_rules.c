/* SPDX-License-Identifier: GPL-2.0 */
/* The host's rules as a whole: leftovers, order, two firewalls at once, what a boot brings back. */
#include "core/judge.h"

#include <ctype.h>
#include <linux/netfilter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "core/advisory.h"
#include "core/rules.h"
#include "core/undo.h"

#define JUMPS_MAX 8 /* Docker's own chains are three deep */

typedef void (*rule_fn)(struct judging *j, const struct chain *c, int index, const char *text);

/* Every rule of the host in chains of this table and name; NULL: any. */
static void each_rule(struct judging *j, const char *table, const char *chain, rule_fn fn)
{
	const struct rules_view *v = &j->c->host.rules;

	for (size_t i = 0; i < v->n_chains; i++) {
		const struct chain *c = &v->chains[i];

		if (strcmp(c->table, table) || (chain && strcmp(c->name, chain)))
			continue;
		for (size_t k = 0; k < c->n_rules; k++)
			fn(j, c, (int)k + 1, v->rules[c->rule + k].text);
	}
}

static const char *undo_of(const struct judging *j, const struct chain *c, int index,
			   struct strbuf *out)
{
	struct rule rule;

	judge_rule(&j->c->host.rules, c, index, &rule);
	return undo_rule(&rule, out) ? strbuf_str(out) : NULL;
}

/* ---- rules for an address, that name another bridge than it is on -------------------------- */

static bool is_docker_bridge(const struct checkup *c, const char *device)
{
	for (size_t i = 0; i < c->n_networks; i++)
		if (!strcmp(c->networks[i].network.bridge, device))
			return true;
	return !strncmp(device, "br-", 3) || !strcmp(device, "docker0");
}

static bool is_of_scene(const struct checkup *c, const struct ip *ip)
{
	for (int r = 0; r < 2 && c->scene; r++)
		if (addr_equal(&c->scene->ends[r].ip, ip))
			return true;
	return false;
}

/* Bridged frames meet it only where br_netfilter calls; what is routed to the container always. */
static enum severity stale_severity(const struct checkup *c, const struct ip *ip,
				    const struct resident *owner)
{
	bool meets = judge_meets_rules(c, ip->family) || (c->scene && !judge_is_shared(c));

	if (!owner)
		return SEVERITY_NOTE;
	if (c->scene)
		return is_of_scene(c, ip) && meets ? SEVERITY_BROKEN : SEVERITY_RISK;
	return meets ? SEVERITY_BROKEN : SEVERITY_RISK;
}

static void check_stale(struct judging *j, const struct chain *c, int index, const char *text)
{
	struct strbuf undo __cleanup(strbuf_free) = { 0 };
	char owned[SENTENCE_LEN], key[RULE_KEY_LEN];
	const struct net_view *net = NULL;
	const struct resident *owner;
	struct symptom symptom = { .cause = "docker-stale-rule", .hook = NF_INET_PRE_ROUTING,
				   .device = "" };
	struct scene scene;
	struct rule_words w;
	struct rule rule;
	struct ip ip;
	bool gone;

	rules_parse(text, &w);
	if (!w.in_not || !w.in[0] || strcasecmp(w.target, "drop") || addr_parse(w.dst, &ip) ||
	    !is_docker_bridge(j->c, w.in))
		return;
	owner = judge_owner(j->c, &ip, &net);
	gone = !judge_device_by_name(&j->c->host, w.in);
	if (!gone && (!owner || !strcmp(net->network.bridge, w.in)))
		return;
	if (owner)
		snprintf(owned, sizeof(owned), "that is %.200s now, on network %.200s (%s).",
			 owner->name, net->network.name, net->network.bridge);
	else
		snprintf(owned, sizeof(owned), "nobody has that address now, but whoever gets it is "
			 "cut off.");
	judge_rule(&j->c->host.rules, c, index, &rule);
	scene = judge_scene(j->c, net, ip.family);
	symptom.scene = &scene;
	judge_found_by(j, &symptom, "docker-stale-rule", stale_severity(j->c, &ip, owner), STAGE_HOST,
		       "evidence", text, "rule", judge_rule_key(&rule, key), "ip", w.dst, "device",
		       w.in, "gone",
		       gone ? "no longer exists" : "is not its bridge", "owner", owned, "undo",
		       undo_of(j, c, index, &undo), NULL);
}

void judge_stale(struct judging *j)
{
	each_rule(j, "raw", "PREROUTING", check_stale);
	each_rule(j, "docker-bridges", "raw-PREROUTING", check_stale);
}

/* ---- the order in FORWARD ---------------------------------------------------------------------- */

/* A rule by which Docker accepts, or that leads to those. */
static bool is_docker_accept(const struct checkup *c, const char *text)
{
	struct rule_words w;

	rules_parse(text, &w);
	if (!strncmp(w.target, "DOCKER", strlen("DOCKER")))
		return strcmp(w.target, "DOCKER-USER") && strncmp(w.target, "DOCKER-ISOLATION", 16);
	return !strcmp(w.target, "ACCEPT") &&
	       ((w.in[0] && !w.in_not && is_docker_bridge(c, w.in)) ||
		(w.out[0] && !w.out_not && is_docker_bridge(c, w.out)));
}

/* What stands in front; behind it everything is lost that FORWARD gets. */
static struct symptom symptom_of(const struct scene *scene, const struct rule *rule)
{
	return (struct symptom){
		.scene = scene, .cause = rules_is_reject(rule) ? "nf-rule-reject" : "nf-rule-drop",
		.rule = rule, .owner = rules_owner(rule, scene), .hook = NF_INET_FORWARD, .device = "",
	};
}

static void check_order(struct judging *j, const struct chain *c)
{
	const int family = c->family == NFPROTO_IPV6 ? AF_INET6 : AF_INET;
	const struct rule_line *rules = &j->c->host.rules.rules[c->rule];
	struct strbuf undo __cleanup(strbuf_free) = { 0 };
	char index[24], docker[24];
	size_t end = 0, behind;
	bool breaks = !judge_is_shared(j->c) || judge_meets_rules(j->c, family);
	struct symptom symptom;
	struct scene scene;
	struct rule rule;

	while (end < c->n_rules && !judge_ends_everything(rules[end].text))
		end++;
	behind = end + 1;
	while (behind < c->n_rules && !is_docker_accept(j->c, rules[behind].text))
		behind++;
	if (behind >= c->n_rules)
		return;
	snprintf(index, sizeof(index), "%zu", end + 1);
	snprintf(docker, sizeof(docker), "%zu", behind + 1);
	judge_rule(&j->c->host.rules, c, (int)end + 1, &rule);
	scene = judge_scene(j->c, NULL, family);
	symptom = symptom_of(&scene, &rule);
	judge_found_by(j, &symptom, "forward-order", breaks ? SEVERITY_BROKEN : SEVERITY_RISK, STAGE_HOST,
		       "evidence", rules[end].text, "index", index, "docker", docker, "backend",
		       judge_backend(c->backend), "undo", undo_of(j, c, (int)end + 1, &undo), NULL);
}

static bool is_for_family(const struct checkup *c, uint8_t family)
{
	bool six = c->scene && c->scene->ends[ROLE_DST].ip.family == AF_INET6;

	return !c->scene || family == (six ? NFPROTO_IPV6 : NFPROTO_IPV4);
}

void judge_order(struct judging *j)
{
	const struct rules_view *v = &j->c->host.rules;

	for (size_t i = 0; i < v->n_chains; i++)
		if (v->chains[i].backend != BACKEND_NFTABLES && v->chains[i].hook == NF_INET_FORWARD &&
		    !strcmp(v->chains[i].table, "filter") && is_for_family(j->c, v->chains[i].family))
			check_order(j, &v->chains[i]);
}

/* ---- two firewalls at once ----------------------------------------------------------------------- */

/* Rules, and policies that drop, of one backend in one family; docker: its chains are there. */
struct share {
	int n;
	bool docker;
};

static struct share share_of(const struct rules_view *v, enum backend backend, uint8_t family)
{
	struct share s = { 0 };

	for (size_t i = 0; i < v->n_chains; i++) {
		const struct chain *c = &v->chains[i];

		if (c->backend != backend || c->family != family)
			continue;
		s.n += (int)c->n_rules + !strcmp(c->policy, "DROP");
		s.docker |= !strcmp(c->name, "DOCKER");
	}
	return s;
}

static void check_backends(struct judging *j, uint8_t family)
{
	static const enum backend backends[] = { BACKEND_IPTABLES_NFT, BACKEND_IPTABLES_LEGACY };
	static const char *const all_names[][2] = { { "iptables-nft", "iptables-legacy" },
						    { "ip6tables-nft", "ip6tables-legacy" } };
	static const char *const lists[][2] = { { "iptables-nft-save", "iptables-legacy-save" },
						{ "ip6tables-nft-save", "ip6tables-legacy-save" } };
	const char *const *names = all_names[family == NFPROTO_IPV6];
	const struct rules_view *v = &j->c->host.rules;
	struct share shares[2];
	char count[16];
	int docker;

	for (int i = 0; i < 2; i++)
		shares[i] = share_of(v, backends[i], family);
	docker = shares[1].docker && !shares[0].docker;
	if (!shares[docker].docker || !shares[!docker].n)
		return;
	snprintf(count, sizeof(count), "%d", shares[!docker].n);
	judge_found(j, "backends-mixed", STAGE_HOST, "docker", names[docker], "other",
		    names[!docker], "count", count, "list",
		    lists[family == NFPROTO_IPV6][!docker], NULL);
}

void judge_backends(struct judging *j)
{
	static const uint8_t families[] = { NFPROTO_IPV4, NFPROTO_IPV6 };

	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		if (is_for_family(j->c, families[i]))
			check_backends(j, families[i]);
}

/* ---- Docker's chains ------------------------------------------------------------------------------- */

static bool has_chain(const struct rules_view *v, const char *table, const char *name)
{
	for (size_t i = 0; i < v->n_chains; i++)
		if (!strcmp(v->chains[i].table, table) && (!name || !strcmp(v->chains[i].name, name)))
			return true;
	return false;
}

static bool jumps(const struct rules_view *v, const struct chain *c, const char *name)
{
	struct rule_words w;

	for (size_t k = 0; k < c->n_rules; k++) {
		const char *text = v->rules[c->rule + k].text;

		if (!strstr(text, name))
			continue;
		rules_parse(text, &w);
		if (!strcmp(w.target, name))
			return true;
	}
	return false;
}

/* A chain that no hook leads to, by way of others or not, is as good as none. */
static bool is_reached(const struct rules_view *v, const char *table, const char *name, int depth)
{
	for (size_t i = 0; i < v->n_chains && depth < JUMPS_MAX; i++) {
		const struct chain *c = &v->chains[i];

		if (c->family == NFPROTO_IPV4 && !strcmp(c->table, table) && jumps(v, c, name) &&
		    (c->hook >= 0 || is_reached(v, table, c->name, depth + 1)))
			return true;
	}
	return false;
}

static bool has_bridge_network(const struct checkup *c)
{
	for (size_t i = 0; i < c->n_networks; i++)
		if (c->networks[i].bridge && !c->networks[i].network.internal)
			return true;
	return false;
}

/* Podman has rules of its own, and Docker's tables of nftables are whole or not there. */
void judge_chains(struct judging *j)
{
	const struct checkup *c = j->c;
	const struct rules_view *v = &c->host.rules;
	const enum severity severity = judge_is_shared(c) ? SEVERITY_RISK : SEVERITY_BROKEN;
	static const struct {
		const char *table, *chain;
	} wanted[] = { { "filter", "DOCKER" }, { "nat", "DOCKER" } };

	if (c->engine.makes_rules == SAYS_NO || strcmp(c->engine.name, "Docker Engine") || !has_bridge_network(c) ||
	    has_chain(v, "docker-bridges", NULL))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		char chain[64];

		if (is_reached(v, wanted[i].table, wanted[i].chain, 0))
			continue;
		snprintf(chain, sizeof(chain), "%s of table %s", wanted[i].chain, wanted[i].table);
		judge_found_as(j, "docker-chains-missing", severity, STAGE_HOST, "chain", chain, NULL);
		if (c->lacks[0])
			judge_found_as(j, "modules-missing", severity, STAGE_HOST, "lack", c->lacks, NULL);
	}
}

/* ---- ports that lead to nobody ------------------------------------------------------------------------ */

/* Of a network of the same subnet that is not this engine's: its rules are not for this one to judge. */
static bool is_of_others(const struct checkup *c, const struct net_view *net, const char *text)
{
	struct rule_words w;

	rules_parse(text, &w);
	return w.in[0] && strcmp(w.in, net->network.bridge) && judge_device_by_name(&c->host, w.in);
}

static void check_nat(struct judging *j, const struct chain *c, int index, const char *text)
{
	struct strbuf undo __cleanup(strbuf_free) = { 0 };
	const struct net_view *net = NULL;
	char ip_text[ADDR_TEXT_LEN];
	uint16_t port;
	struct ip ip;

	if (!judge_destination(text, &ip, &port) || judge_owner(j->c, &ip, &net))
		return;
	for (size_t i = 0; i < j->c->n_networks; i++)
		if (judge_in_subnets(&j->c->networks[i], &ip))
			net = &j->c->networks[i];
	if (net && !is_of_others(j->c, net, text) && !(j->c->scene && !is_of_scene(j->c, &ip)))
		judge_found(j, "nat-stale", STAGE_AROUND, "evidence", text, "ip",
			    addr_format(&ip, ip_text), "network", net->network.name, "undo",
			    undo_of(j, c, index, &undo), NULL);
}

void judge_nat(struct judging *j)
{
	each_rule(j, "nat", "DOCKER", check_nat);
}

/* ---- firewalld's zones --------------------------------------------------------------------------------- */

/* Of its backend nftables all chains, of iptables those that tell one zone from another. */
static bool is_firewalld(const struct chain *c)
{
	return !strcmp(c->table, "firewalld") ||
	       (!strcmp(c->table, "filter") && !strncmp(c->name, "FORWARD_", strlen("FORWARD_")) &&
		strstr(c->name, "ZONES"));
}

static void check_zone(struct judging *j, const struct net_view *net)
{
	const struct rules_view *v = &j->c->host.rules;
	bool runs = false;

	for (size_t i = 0; i < v->n_chains; i++) {
		if (!is_firewalld(&v->chains[i]))
			continue;
		runs = true;
		for (size_t k = 0; k < v->chains[i].n_rules; k++)
			if (strstr(v->rules[v->chains[i].rule + k].text, net->network.bridge))
				return;
	}
	if (!runs || !net->bridge || !net->n_members)
		return;
	judge_found(j, "firewalld-zone", STAGE_HOST, "bridge", net->network.bridge, "network",
		    net->network.name, NULL);
}

void judge_zones(struct judging *j)
{
	judge_each_net(j, check_zone);
}
