/* SPDX-License-Identifier: GPL-2.0 */
#include "core/compare.h"

#include <linux/if_bridge.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/addr.h"
#include "base/array.h"
#include "base/iptables.h"
#include "base/strbuf.h"
#include "core/judge.h"
#include "core/rules.h"

const char *compare_sysctl(size_t n)
{
	static const char *const paths[] = {
		"ipv4/conf/%s/accept_local",	     "ipv4/conf/%s/arp_accept",
		"ipv4/conf/%s/arp_announce",	     "ipv4/conf/%s/arp_filter",
		"ipv4/conf/%s/arp_ignore",	     "ipv4/conf/%s/bc_forwarding",
		"ipv4/conf/%s/disable_policy",	     "ipv4/conf/%s/disable_xfrm",
		"ipv4/conf/%s/drop_gratuitous_arp",  "ipv4/conf/%s/drop_unicast_in_l2_multicast",
		"ipv4/conf/%s/forwarding",	     "ipv4/conf/%s/proxy_arp",
		"ipv4/conf/%s/proxy_arp_pvlan",	     "ipv4/conf/%s/route_localnet",
		"ipv4/conf/%s/rp_filter",	     "ipv4/conf/%s/src_valid_mark",
		"ipv6/conf/%s/disable_ipv6",	     "ipv6/conf/%s/forwarding",
		"ipv6/conf/%s/proxy_ndp",
	};

	return n < ARRAY_SIZE(paths) ? paths[n] : NULL;
}

static void differ(struct comparison *cmp, const char *kind, const char *name, const char *first,
		   const char *second)
{
	struct difference *all;

	if (!strcmp(first, second))
		return;
	all = array_grow(cmp->differences, cmp->n, sizeof(*all));
	cmp->failed |= !all;
	if (!all)
		return;
	cmp->differences = all;
	all = &all[cmp->n++];
	*all = (struct difference){ .kind = kind };
	text_copy(all->name, sizeof(all->name), name);
	text_copy(all->values[0], sizeof(all->values[0]), first);
	text_copy(all->values[1], sizeof(all->values[1]), second);
}

static const char *number(char buf[24], long value)
{
	snprintf(buf, 24, "%ld", value);
	return buf;
}

/* ---- options -------------------------------------------------------------------------------- */

/* What an option that is not given means; NULL: it names the network, and decides nothing. */
static const struct {
	const char *name, *value;
} defaults[] = {
	{ "com.docker.network.bridge.name", NULL },
	{ "com.docker.network.bridge.default_bridge", NULL },
	{ "com.docker.network.bridge.enable_icc", "true" },
	{ "com.docker.network.bridge.enable_ip_masquerade", "true" },
	{ "com.docker.network.bridge.host_binding_ipv4", "0.0.0.0" },
	{ "com.docker.network.bridge.gateway_mode_ipv4", "nat" },
	{ "com.docker.network.bridge.gateway_mode_ipv6", "nat" },
	{ "com.docker.network.bridge.inhibit_ipv4", "false" },
	{ "com.docker.network.driver.mtu", "1500" },
};

static const char *option_of(const struct net_view *n, const char *name)
{
	for (size_t i = 0; i < n->n_options; i++)
		if (!strcmp(n->options[i].name, name))
			return n->options[i].value;
	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++)
		if (!strcmp(defaults[i].name, name))
			return defaults[i].value;
	return "";
}

static bool is_a_name(const char *option)
{
	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++)
		if (!strcmp(defaults[i].name, option))
			return !defaults[i].value;
	return false;
}

static bool has_option(const struct net_view *n, const char *name)
{
	for (size_t i = 0; i < n->n_options; i++)
		if (!strcmp(n->options[i].name, name))
			return true;
	return false;
}

static void compare_options(struct comparison *cmp)
{
	for (int r = 0; r < 2; r++)
		for (size_t i = 0; i < cmp->nets[r]->n_options; i++) {
			const char *name = cmp->nets[r]->options[i].name;

			/* what both have was told with the first */
			if (!is_a_name(name) && !(r && has_option(cmp->nets[0], name)))
				differ(cmp, "option", name, option_of(cmp->nets[0], name),
				       option_of(cmp->nets[1], name));
		}
}

/* ---- the bridge --------------------------------------------------------------------------------- */

/* The engine does not tell its default network's gateway. */
static const char *has_gateway(const struct net_view *n)
{
	if (!n->n_subnets || !n->subnets[0].gateway.family)
		return "not told";
	for (int i = 0; i < n->n_subnets && n->bridge; i++)
		for (int k = 0; k < n->bridge->n_ips; k++)
			if (addr_equal(&n->bridge->ips[k], &n->subnets[i].gateway))
				return "has the gateway's address";
	return "does not have the gateway's address";
}

static const char *state_of(const struct net_view *n)
{
	return !n->bridge ? "there is none" : n->bridge->link.up ? "up" : "down";
}

static int attribute_of(const struct comparison *cmp, int r, const char *name, int missing)
{
	for (size_t i = 0; i < cmp->n_attributes[r]; i++)
		if (!strcmp(cmp->attributes[r][i].name, name))
			return cmp->attributes[r][i].value;
	return missing;
}

static void compare_attributes(struct comparison *cmp)
{
	for (size_t i = 0; i < cmp->n_attributes[0]; i++) {
		const struct sysctl *a = &cmp->attributes[0][i];
		int other = attribute_of(cmp, 1, a->name, a->value);
		char first[24], second[24];

		differ(cmp, strchr(a->name, '/') ? "sysctl" : "bridge", a->name,
		       number(first, a->value), number(second, other));
	}
}

static const char *has_family(const struct net_view *n, int family)
{
	for (int i = 0; i < n->n_subnets; i++)
		if (n->subnets[i].ip.family == family)
			return "yes";
	return "no";
}

static void compare_bridges(struct comparison *cmp)
{
	const struct net_view *a = cmp->nets[0], *b = cmp->nets[1];
	char first[24], second[24];

	differ(cmp, "network", "driver", a->network.driver, b->network.driver);
	if (a->n_subnets && b->n_subnets) { /* "host" has none */
		differ(cmp, "network", "IPv4", has_family(a, AF_INET), has_family(b, AF_INET));
		differ(cmp, "network", "IPv6", has_family(a, AF_INET6), has_family(b, AF_INET6));
	}
	differ(cmp, "network", "internal", a->network.internal ? "yes" : "no",
	       b->network.internal ? "yes" : "no");
	differ(cmp, "bridge", "state", state_of(a), state_of(b));
	if (strcmp(has_gateway(a), "not told") && strcmp(has_gateway(b), "not told"))
		differ(cmp, "bridge", "address", has_gateway(a), has_gateway(b));
	if (a->bridge && b->bridge)
		differ(cmp, "bridge", "mtu", number(first, a->bridge->link.mtu),
		       number(second, b->bridge->link.mtu));
	compare_attributes(cmp);
}

/* ---- ports ------------------------------------------------------------------------------------------ */

/* How one port is: what is as it should be is left out. */
static void port_words(const struct net_view *n, const struct resident *m, struct strbuf *out)
{
	const struct link *l = m->veth ? &m->veth->link : NULL;

	if (!l || !n->bridge || l->master != n->bridge->link.ifindex) {
		strbuf_addf(out, "not on the bridge");
		return;
	}
	strbuf_addf(out, "mtu %u", l->mtu);
	if (m->device && m->device->link.mtu != l->mtu)
		strbuf_addf(out, ", in the container %u", m->device->link.mtu);
	strbuf_addf(out, "%s%s%s%s%s%s%s", l->up ? "" : ", down",
		    l->port_state == BR_STATE_FORWARDING ? "" : ", not forwarding",
		    l->port_isolated ? ", isolated" : "", l->no_flood ? ", no flooding" : "",
		    l->no_mcast_flood ? ", no multicasts" : "",
		    l->no_bcast_flood ? ", no broadcasts" : "", l->port_locked ? ", locked" : "");
}

/* Each way of being once, in the order met. */
static void all_ports(const struct net_view *n, struct strbuf *out)
{
	for (size_t i = 0; i < n->n_members; i++) {
		struct strbuf one = { 0 };

		port_words(n, &n->members[i], &one);
		if (!strstr(strbuf_str(out), strbuf_str(&one)))
			strbuf_addf(out, "%s%s", out->len ? "; " : "", strbuf_str(&one));
		strbuf_free(&one);
	}
}

/* A network without containers has no ports to be compared. */
static void compare_ports(struct comparison *cmp)
{
	struct strbuf ports[2] = { 0 };

	for (int r = 0; r < 2; r++)
		all_ports(cmp->nets[r], &ports[r]);
	if (cmp->nets[0]->n_members && cmp->nets[1]->n_members)
		differ(cmp, "port", "containers' ports", strbuf_str(&ports[0]),
		       strbuf_str(&ports[1]));
	strbuf_free(&ports[0]);
	strbuf_free(&ports[1]);
}

/* ---- neighbours ---------------------------------------------------------------------------------------- */

/* Entries of the host that would not lead to the container, or were made by hand. */
static void odd_neighbours(const struct checkup *c, const struct net_view *n, struct strbuf *out)
{
	for (size_t i = 0; n->bridge && i < c->host.n_neighs; i++) {
		const struct neigh *e = &c->host.neighs[i];
		const struct net_view *net = NULL;
		const struct resident *m = judge_owner(c, &e->ip, &net);
		bool wrong = m && m->device && e->entry.has_mac &&
			     memcmp(e->entry.mac, m->device->link.mac, 6);
		char ip[ADDR_TEXT_LEN];

		if (e->ifindex != n->bridge->link.ifindex || !m || net != n ||
		    !(wrong || e->entry.permanent || e->entry.failed))
			continue;
		strbuf_addf(out, "%s%s %s%s%s", out->len ? "; " : "", addr_format(&e->ip, ip),
			    wrong ? "wrong" : "", e->entry.permanent ? " permanent" : "",
			    e->entry.failed ? " failed" : "");
	}
}

static void compare_neighbours(const struct checkup *c, struct comparison *cmp)
{
	struct strbuf odd[2] = { 0 };

	for (int r = 0; r < 2; r++)
		odd_neighbours(c, cmp->nets[r], &odd[r]);
	differ(cmp, "neighbour", "the host's entries", strbuf_str(&odd[0]), strbuf_str(&odd[1]));
	strbuf_free(&odd[0]);
	strbuf_free(&odd[1]);
}

/* ---- rules ------------------------------------------------------------------------------------------------ */

/* A word of a rule: the network's bridge or an address of its own, by another word for all networks. */
static const char *general_word(const struct net_view *n, const char *word)
{
	char address[ADDR_TEXT_LEN];
	size_t len = strcspn(word, "/:,");
	struct ip ip;

	if (n->network.bridge[0] && !strcmp(word, n->network.bridge))
		return "BRIDGE";
	snprintf(address, sizeof(address), "%.*s", (int)strcspn(word, "/,"), word);
	if (strchr(address, '.') && word[len] == ':') /* 172.18.0.2:80 */
		snprintf(address, sizeof(address), "%.*s", (int)len, word);
	if (addr_parse(address, &ip))
		return NULL;
	for (int i = 0; i < n->n_subnets; i++) {
		if (addr_equal(&ip, &n->subnets[i].ip))
			return "SUBNET";
		if (addr_equal(&ip, &n->subnets[i].gateway))
			return "GATEWAY";
	}
	return judge_in_subnets(n, &ip) ? "CONTAINER" : NULL;
}

/* What is left of a rule without what tells the network from others; false: it does not name it. */
struct general {
	struct strbuf text;
	bool names, bridge, container;
};

static bool generalise(const struct net_view *n, const char *text, struct general *out)
{
	char word[RULE_LEN];
	bool quoted;

	*out = (struct general){ 0 };
	while (iptables_word_next(&text, word, sizeof(word), &quoted)) {
		const char *general = general_word(n, word);

		if (general) {
			out->names = true;
			out->bridge |= !strcmp(general, "BRIDGE");
			out->container |= !strcmp(general, "CONTAINER");
		}
		strbuf_addf(&out->text, " %s", general ? general : word);
	}
	return out->names;
}

/* Whether the other network has a rule like it, in the same chain, and as often before this one. */
static bool has_like(const struct checkup *c, const struct chain *chain, const struct net_view *n,
		     const char *general, bool behind)
{
	const struct rules_view *v = &c->host.rules;
	bool ended = false, found = false;

	for (size_t i = 0; i < chain->n_rules && !found; i++) {
		const char *text = v->rules[chain->rule + i].text;
		struct general g;

		found = generalise(n, text, &g) && ended == behind &&
			!strcmp(strbuf_str(&g.text), general);
		ended |= judge_ends_everything(text);
		strbuf_free(&g.text);
	}
	return found;
}

static void compare_chain(const struct checkup *c, struct comparison *cmp, int r,
			  const struct chain *chain)
{
	const struct rules_view *v = &c->host.rules;
	char name[NAME_LEN];
	bool behind = false;

	snprintf(name, sizeof(name), "table %.64s, chain %.64s (%s)", chain->table, chain->name,
		 judge_backend(chain->backend));
	for (size_t i = 0; i < chain->n_rules; i++) {
		const char *text = v->rules[chain->rule + i].text;
		struct general g;
		bool names = generalise(cmp->nets[r], text, &g);
		/* what Docker has for one container and its own bridge, or its own ports, is not the
		 * network's */
		bool own = g.container && (g.bridge || strstr(text, "-j MASQUERADE"));

		if (names && !own &&
		    !has_like(c, chain, cmp->nets[!r], strbuf_str(&g.text), behind))
			differ(cmp, "rule", name, r ? "" : text, r ? text : "");
		behind |= judge_ends_everything(text);
		strbuf_free(&g.text);
	}
}

static void compare_rules(const struct checkup *c, struct comparison *cmp)
{
	for (int r = 0; r < 2; r++)
		for (size_t i = 0; i < c->host.rules.n_chains; i++)
			compare_chain(c, cmp, r, &c->host.rules.chains[i]);
}

void compare_networks(const struct checkup *c, struct comparison *cmp)
{
	compare_options(cmp);
	compare_bridges(cmp);
	compare_ports(cmp);
	compare_neighbours(c, cmp);
	compare_rules(c, cmp);
}
