/* SPDX-License-Identifier: GPL-2.0 */
#include "core/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/array.h"
#include "base/strbuf.h"

void judge_each_end(struct judging *j, end_fn fn)
{
	const struct checkup *c = j->c;

	for (int r = 0; r < 2 && c->scene; r++)
		if (c->ends[r])
			fn(j, &(struct end){ c->nets[r], c->ends[r], r });
	for (size_t i = 0; i < c->n_networks && !c->scene; i++)
		for (size_t k = 0; k < c->networks[i].n_members; k++)
			fn(j, &(struct end){ &c->networks[i], &c->networks[i].members[k],
					     ROLE_OTHER });
}

void judge_each_net(struct judging *j, net_fn fn)
{
	const struct checkup *c = j->c;

	for (int r = 0; r < 2 && c->scene; r++)
		if (c->nets[r] && c->nets[r]->network.bridge[0] && (!r || c->nets[0] != c->nets[1]))
			fn(j, c->nets[r]);
	for (size_t i = 0; i < c->n_networks && !c->scene; i++)
		if (c->networks[i].network.bridge[0])
			fn(j, &c->networks[i]);
}

enum leg judge_inside(const struct end *end)
{
	return end->role == ROLE_DST ? STAGE_DST : STAGE_SRC;
}

enum leg judge_port(const struct end *end)
{
	return end->role == ROLE_DST ? STAGE_DST_PORT : STAGE_SRC_PORT;
}

bool judge_is_shared(const struct checkup *c)
{
	return c->scene && c->scene->shared && c->ends[0] && c->ends[1];
}

bool judge_meets_rules(const struct checkup *c, int family)
{
	const char *knob = family == AF_INET6 ? "bridge/bridge-nf-call-ip6tables" :
						"bridge/bridge-nf-call-iptables";

	return judge_sysctl(&c->host, knob, 0) > 0;
}

/* br_netfilter.c, br_nf_pre_routing(): by the sysctl for all bridges, or by the bridge's own attribute. */
const char *judge_unmet(const struct checkup *c, const struct net_view *net)
{
	int call = judge_sysctl(&c->host, "bridge/bridge-nf-call-iptables", -1);

	if (!net->bridge || net->bridge->meets_iptables || call > 0)
		return NULL;
	return call < 0 ? "br_netfilter is not loaded" : "net.bridge.bridge-nf-call-iptables is 0";
}

struct scene judge_scene(const struct checkup *c, const struct net_view *net, int family)
{
	struct scene s = { .engine = c->engine, .br_netfilter = judge_meets_rules(c, family) };

	if (net)
		s.network = net->network;
	s.ends[ROLE_DST].ip.family = family;
	return s;
}

const struct ip *judge_ip(const struct checkup *c, const struct resident *m)
{
	if (c->scene)
		return c->scene->ends[ROLE_DST].ip.family == AF_INET6 ? &m->ip6 : &m->ip;
	return m->ip.family ? &m->ip : &m->ip6;
}

const char *judge_in(const struct place *p, char *buf, size_t len)
{
	struct strbuf sb = { 0 };

	if (p->id[0]) {
		strbuf_addf(&sb, "nsenter -n -t $(docker inspect -f '{{.State.Pid}}' ");
		strbuf_add_shell(&sb, p->name);
		strbuf_addf(&sb, ") ");
	}
	text_copy(buf, len, strbuf_str(&sb));
	strbuf_free(&sb);
	return buf;
}

int judge_sysctl(const struct place *p, const char *name, int missing)
{
	for (size_t i = 0; i < p->n_sysctls; i++)
		if (!strcmp(p->sysctls[i].name, name))
			return p->sysctls[i].value;
	return missing;
}

const struct device *judge_device(const struct place *p, uint32_t ifindex)
{
	for (size_t i = 0; i < p->n_devices; i++)
		if (p->devices[i].link.ifindex == ifindex)
			return &p->devices[i];
	return NULL;
}

const struct device *judge_device_by_name(const struct place *p, const char *name)
{
	for (size_t i = 0; i < p->n_devices; i++)
		if (!strcmp(p->devices[i].link.name, name))
			return &p->devices[i];
	return NULL;
}

const struct device *judge_device_on(const struct net_view *net, const struct place *p)
{
	for (size_t i = 0; p && i < net->n_members; i++)
		if (net->members[i].place == p && net->members[i].device)
			return net->members[i].device;
	return NULL;
}

const struct net_view *judge_net_at(const struct checkup *c, const struct place *p, uint32_t ifindex)
{
	for (size_t i = 0; i < c->n_networks; i++) {
		const struct net_view *net = &c->networks[i];
		const struct device *d = p == &c->host ? net->bridge : judge_device_on(net, p);

		if (d && d->link.ifindex == ifindex)
			return net;
	}
	return NULL;
}

bool judge_has_ip(const struct device *d, const struct ip *ip)
{
	for (int i = 0; i < d->n_ips; i++)
		if (addr_equal(&d->ips[i], ip))
			return true;
	return false;
}

bool judge_covers(const struct ip *net, int len, const struct ip *ip)
{
	int rest = len % 8;

	if (net->family != ip->family || memcmp(net->bytes, ip->bytes, len / 8))
		return false;
	return !rest || !((net->bytes[len / 8] ^ ip->bytes[len / 8]) >> (8 - rest));
}

bool judge_in_subnets(const struct net_view *net, const struct ip *ip)
{
	for (int i = 0; i < net->n_subnets; i++)
		if (judge_covers(&net->subnets[i].ip, net->subnets[i].len, ip))
			return true;
	return false;
}

const struct resident *judge_owner(const struct checkup *c, const struct ip *ip,
				 const struct net_view **net)
{
	for (size_t i = 0; i < c->n_networks; i++)
		for (size_t k = 0; k < c->networks[i].n_members; k++) {
			const struct resident *m = &c->networks[i].members[k];

			if (!addr_equal(&m->ip, ip) && !addr_equal(&m->ip6, ip))
				continue;
			*net = &c->networks[i];
			return m;
		}
	return NULL;
}

/* "172.18.0.2:53", "[fd00::2]:53", or without a port; a range is no one address. */
static bool parse_target(const char *text, struct ip *out, uint16_t *port)
{
	bool six = *text == '[';
	size_t len = six ? strcspn(++text, "]") : strcspn(text, ": -");
	const char *rest = text + len;
	char word[ADDR_TEXT_LEN];

	if (!six && !memchr(text, '.', len)) /* IPv6 without a port */
		rest = text + (len = strcspn(text, " -"));
	rest += six && *rest;
	snprintf(word, sizeof(word), "%.*s", (int)len, text);
	*port = *rest == ':' ? (uint16_t)atoi(rest + 1) : 0;
	return *rest != '-' && !addr_parse(word, out);
}

bool judge_destination(const char *rule, struct ip *out, uint16_t *port)
{
	static const char *const marks[] = { "--to-destination ", "dnat to ", "dnat ip to ",
					     "dnat ip6 to " };

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		const char *at = strstr(rule, marks[i]);

		if (at)
			return parse_target(at + strlen(marks[i]), out, port);
	}
	return false;
}

const char *judge_backend(enum backend backend)
{
	static const char *const names[] = {
		[BACKEND_IPTABLES_NFT] = "iptables-nft",
		[BACKEND_IPTABLES_LEGACY] = "iptables-legacy",
		[BACKEND_NFTABLES] = "nftables", [BACKEND_EBTABLES] = "ebtables-legacy",
	};

	return backend < ARRAY_SIZE(names) && names[backend] ? names[backend] : "unknown";
}

bool judge_ends_everything(const char *text)
{
	static const char *const anything[] = { "-A FORWARD -j DROP", "-A FORWARD -j REJECT" };

	for (size_t i = 0; i < ARRAY_SIZE(anything); i++) {
		size_t len = strlen(anything[i]);

		if (!strncmp(text, anything[i], len) && (!text[len] || text[len] == ' '))
			return true;
	}
	return false;
}

const char *judge_rule_key(const struct rule *rule, char buf[RULE_KEY_LEN])
{
	/* those of ebtables and arptables are nftables' to the doctor */
	bool legacy = rule->backend == BACKEND_IPTABLES_LEGACY;

	snprintf(buf, RULE_KEY_LEN, "%d %d %s %s %d", legacy, rule->family, rule->table, rule->chain,
		 rule->policy ? 0 : rule->index);
	return buf;
}

void judge_rule(const struct rules_view *v, const struct chain *c, int index, struct rule *out)
{
	struct rule rule = { .backend = c->backend, .family = c->family, .index = index,
			     .policy = !index };

	text_copy(rule.table, sizeof(rule.table), c->table);
	text_copy(rule.chain, sizeof(rule.chain), c->name);
	rule.legacy = c->backend == BACKEND_EBTABLES;
	if (index) {
		rule.handle = v->rules[c->rule + index - 1].handle;
		text_copy(rule.text, sizeof(rule.text), v->rules[c->rule + index - 1].text);
	} else {
		snprintf(rule.text, sizeof(rule.text),
			 c->backend == BACKEND_NFTABLES ? "policy %.0s%s" : "-P %s %s", c->name,
			 c->backend == BACKEND_NFTABLES ? "drop" : c->policy);
	}
	*out = rule;
}
