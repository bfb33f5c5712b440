/* SPDX-License-Identifier: GPL-2.0 */
#include "core/advisory.h"

#include <linux/netfilter.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "core/rules.h"
#include "core/version.h"

/* ---- conditions ------------------------------------------------------------------- */

static const struct engine *engine_of(const struct symptom *s)
{
	return &s->scene->engine;
}

static const struct network *network_of(const struct symptom *s, enum role role)
{
	return role == ROLE_DST && !s->scene->shared ? &s->scene->dst_network : &s->scene->network;
}

static bool is_end(const struct symptom *s, enum role role, enum endpoint_kind kind)
{
	return s->scene->ends[role].kind == kind;
}

static bool is_br_netfilter(const struct symptom *s)
{
	return s->scene->br_netfilter;
}

static bool is_driver(const struct symptom *s, const char *name)
{
	return !strncmp(engine_of(s)->firewall_driver, name, strlen(name));
}

static bool is_nftables(const struct symptom *s)
{
	return is_driver(s, "nftables");
}

/* Engines before 28.1 do not say, and have nothing else. */
static bool is_iptables(const struct symptom *s)
{
	return is_driver(s, "iptables") || !engine_of(s)->firewall_driver[0];
}

/* Of ip6tables by default since 27.0. */
static bool is_making_rules6(const struct engine *e)
{
	struct version v;

	if (e->makes_rules6)
		return e->makes_rules6 == SAYS_YES;
	return !version_parse(e->version, &v) && version_in(&v, ">=27.0.0");
}

static bool is_making_rules(const struct symptom *s)
{
	return engine_of(s)->makes_rules == SAYS_YES &&
	       (s->scene->ends[ROLE_DST].ip.family != AF_INET6 || is_making_rules6(engine_of(s)));
}

static bool is_without_rules(const struct symptom *s)
{
	return engine_of(s)->makes_rules == SAYS_NO;
}

static bool is_firewalld(const struct symptom *s)
{
	return engine_of(s)->firewalld == SAYS_YES || s->owner == OWNER_FIREWALLD;
}

static bool is_by_firewalld(const struct symptom *s)
{
	return s->owner == OWNER_FIREWALLD;
}

static bool is_live_restore(const struct symptom *s)
{
	return engine_of(s)->live_restore == SAYS_YES;
}

static bool is_swarm(const struct symptom *s)
{
	return engine_of(s)->swarm == SAYS_YES;
}

static bool is_proxy_off(const struct symptom *s)
{
	return engine_of(s)->userland_proxy == SAYS_NO;
}

static bool is_src_internal(const struct symptom *s)
{
	return network_of(s, ROLE_SRC)->internal;
}

static bool is_internal(const struct symptom *s)
{
	return is_src_internal(s) || network_of(s, ROLE_DST)->internal;
}

static bool has_driver(const struct symptom *s, const char *name)
{
	return !strcmp(network_of(s, ROLE_SRC)->driver, name) ||
	       !strcmp(network_of(s, ROLE_DST)->driver, name);
}

static bool is_overlay(const struct symptom *s)
{
	return has_driver(s, "overlay");
}

static bool is_macvlan(const struct symptom *s)
{
	return has_driver(s, "macvlan") || has_driver(s, "ipvlan");
}

static bool is_src_routed(const struct symptom *s)
{
	return network_of(s, ROLE_SRC)->routed;
}

static bool is_dst_routed(const struct symptom *s)
{
	return network_of(s, ROLE_DST)->routed;
}

static bool is_ipv6(const struct symptom *s)
{
	return s->scene->ends[ROLE_DST].ip.family == AF_INET6;
}

static bool is_shared(const struct symptom *s)
{
	return s->scene->shared;
}

static bool is_apart(const struct symptom *s)
{
	return !s->scene->shared;
}

static bool is_dst_host(const struct symptom *s)
{
	return is_end(s, ROLE_DST, ENDPOINT_HOST);
}

static bool is_one_host(const struct symptom *s)
{
	return is_end(s, ROLE_SRC, ENDPOINT_HOST) || is_dst_host(s);
}

static bool is_forwarded(const struct symptom *s)
{
	return s->hook == NF_INET_FORWARD;
}

static bool is_neigh(const struct symptom *s)
{
	return s->neigh;
}

static bool is_reply(const struct symptom *s)
{
	return s->reply;
}

static bool is_direct(const struct symptom *s)
{
	return s->purpose == PURPOSE_DIRECT;
}

static bool is_direct_port(const struct symptom *s)
{
	return s->purpose == PURPOSE_DIRECT_PORT;
}

static bool is_unpublished(const struct symptom *s)
{
	return s->purpose == PURPOSE_UNPUBLISHED;
}

/* Neither Docker's nor one that somebody put where Docker wants it. */
static bool is_foreign(const struct symptom *s)
{
	return s->rule && s->owner != OWNER_DOCKER && strncmp(s->rule->chain, "DOCKER", strlen("DOCKER"));
}

/* It asks for nothing: whatever gets there is dropped. */
static bool is_sweeping(const struct symptom *s)
{
	return s->rule && (s->rule->policy || rules_is_sweeping(s->rule));
}

static bool is_gwbridge(const struct symptom *s)
{
	char bridge[DD_IFNAME_LEN];

	return s->rule && rules_bridge(s->rule, bridge) && !strcmp(bridge, "docker_gwbridge");
}

static bool is_docker0(const struct symptom *s)
{
	return !strcmp(network_of(s, ROLE_SRC)->bridge, "docker0") ||
	       !strcmp(network_of(s, ROLE_DST)->bridge, "docker0");
}

static bool is_vpn(const struct symptom *s)
{
	static const char *const names[] = { "tailscale", "wg", "tun", "tap", "zt", "ppp" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strncmp(s->device, names[i], strlen(names[i])))
			return true;
	return false;
}

static bool is_same_mac(const struct symptom *s)
{
	const struct endpoint *ends = s->scene->ends;

	return ends[0].device.ifindex && ends[1].device.ifindex &&
	       !memcmp(ends[0].device.mac, ends[1].device.mac, 6);
}

/* A device has another hardware address than the engine gave it. */
static bool is_mac_changed(const struct symptom *s)
{
	for (enum role r = ROLE_SRC; r <= ROLE_DST; r++) {
		const struct endpoint *end = &s->scene->ends[r];

		if (end->has_mac && end->device.ifindex && memcmp(end->mac, end->device.mac, 6))
			return true;
	}
	return false;
}

/* A neighbour entry that was not made by hand has another hardware address than the neighbour. */
static bool is_learnt(const struct symptom *s)
{
	for (enum role r = ROLE_SRC; r <= ROLE_DST; r++) {
		const struct neighbour *n = &s->scene->neighbours[r];
		const struct endpoint *other = &s->scene->ends[r == ROLE_SRC ? ROLE_DST : ROLE_SRC];

		if (n->has_mac && !n->permanent && !s->scene->next_hop[r].family &&
		    memcmp(n->mac, other->device.mac, 6))
			return true;
	}
	return false;
}

/* One bit each, in the rows of advisories.def; the word is for people. */
#define CONDITIONS                                               \
	CONDITION(BR_NETFILTER, is_br_netfilter, "br_netfilter") \
	CONDITION(IPTABLES, is_iptables, "backend iptables")     \
	CONDITION(NFTABLES, is_nftables, "backend nftables")     \
	CONDITION(MAKES_RULES, is_making_rules, "iptables=true") \
	CONDITION(NO_RULES, is_without_rules, "iptables=false")  \
	CONDITION(FIREWALLD, is_firewalld, "firewalld")          \
	CONDITION(BY_FIREWALLD, is_by_firewalld, "firewalld's rule") \
	CONDITION(LIVE_RESTORE, is_live_restore, "live-restore") \
	CONDITION(SWARM, is_swarm, "swarm")                      \
	CONDITION(PROXY_OFF, is_proxy_off, "userland-proxy=false") \
	CONDITION(SRC_INTERNAL, is_src_internal, "source's network internal") \
	CONDITION(INTERNAL, is_internal, "network internal")     \
	CONDITION(OVERLAY, is_overlay, "overlay network")        \
	CONDITION(MACVLAN, is_macvlan, "macvlan or ipvlan network") \
	CONDITION(SRC_ROUTED, is_src_routed, "source's gateway mode routed") \
	CONDITION(DST_ROUTED, is_dst_routed, "destination's gateway mode routed") \
	CONDITION(IPV6, is_ipv6, "IPv6")                         \
	CONDITION(SHARED, is_shared, "one network")              \
	CONDITION(APART, is_apart, "two networks")               \
	CONDITION(DST_HOST, is_dst_host, "to the host")          \
	CONDITION(ONE_HOST, is_one_host, "to or from the host")  \
	CONDITION(FORWARDED, is_forwarded, "hook FORWARD")       \
	CONDITION(NEIGH, is_neigh, "ARP or Neighbour Discovery") \
	CONDITION(REPLY, is_reply, "answer lost")                \
	CONDITION(DIRECT, is_direct, "rule for an address")      \
	CONDITION(DIRECT_PORT, is_direct_port, "rule for a port") \
	CONDITION(UNPUBLISHED, is_unpublished, "rule for unpublished ports") \
	CONDITION(FOREIGN, is_foreign, "rule not Docker's")      \
	CONDITION(SWEEPING, is_sweeping, "rule for everything")  \
	CONDITION(GWBRIDGE, is_gwbridge, "docker_gwbridge")      \
	CONDITION(DOCKER0, is_docker0, "docker0")                \
	CONDITION(VPN, is_vpn, "VPN device")                     \
	CONDITION(SAME_MAC, is_same_mac, "the same hardware address") \
	CONDITION(MAC_CHANGED, is_mac_changed, "another hardware address than the engine's") \
	CONDITION(LEARNT, is_learnt, "neighbour entry learnt")

enum condition {
#define CONDITION(name, holds, word) CONDITION_##name,
	CONDITIONS
#undef CONDITION
	N_CONDITIONS,
};
_Static_assert(N_CONDITIONS <= 64, "a bit for each");

enum when {
#define CONDITION(name, holds, word) WHEN_##name = 1ull << CONDITION_##name,
	CONDITIONS
#undef CONDITION
};

static const struct {
	bool (*holds)(const struct symptom *s);
	const char *word;
} conditions[] = {
#define CONDITION(name, holds, word) { holds, word },
	CONDITIONS
#undef CONDITION
};

static const struct advisory_row rows[] = {
#define ADVISORY(...) { __VA_ARGS__ },
#include "core/advisories.def"
#undef ADVISORY
};

/* What such a row is called, and what its sentence follows on; the version that fixes it, or not. */
static const struct {
	const char *name;
	bool shown;
	const char *fixed, *open;
} kinds[] = {
	[ADVISORY_REGRESSION] = { "regression", true, "Known problem, fixed upstream in %s: ",
				  "Known problem, no fixed version known: " },
	[ADVISORY_BUG] = { "bug", true, "Known problem, fixed upstream in %s: ",
			   "Known problem, no fixed version known: " },
	[ADVISORY_CHANGE] = { "behaviour-change", true, NULL, NULL },
	[ADVISORY_LIMITATION] = { "limitation", true, "A limit of the engine, lifted upstream in %s: ",
				  "A limit of the engine: " },
	[ADVISORY_ENVIRONMENT] = { "environment", false, "", "Not of the engine's doing: " },
	[ADVISORY_STATE] = { "state-corruption", false, "", "Left behind: " },
	[ADVISORY_REPORT] = { "unconfirmed-report", false, "", "Reported, but not confirmed: " },
};
_Static_assert(ARRAY_SIZE(kinds) == N_ADVISORY_KINDS, "one for each kind");

const struct advisory_row *advisory_row(size_t n)
{
	return n < ARRAY_SIZE(rows) ? &rows[n] : NULL;
}

const char *advisory_kind_name(enum advisory_kind kind)
{
	return kind < ARRAY_SIZE(kinds) ? kinds[kind].name : NULL;
}

const char *advisory_condition(const struct advisory_row *row, size_t n)
{
	for (size_t i = 0; i < N_CONDITIONS; i++)
		if (row->conditions & 1ull << i && !n--)
			return conditions[i].word;
	return NULL;
}

bool advisory_is_shown(const struct advisory_row *row)
{
	return kinds[row->kind].shown && row->causes[0];
}

bool advisory_is_about(const struct advisory_row *row, const char *version)
{
	struct version v;

	return !version_parse(version, &v) && version_in(&v, row->versions);
}

/* The versions of other engines mean something else. */
static bool is_docker(const struct engine *engine)
{
	return !strcmp(engine->name, "Docker Engine");
}

int advisory_count(const struct engine *engine)
{
	int n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows) && is_docker(engine); i++)
		n += (rows[i].kind == ADVISORY_REGRESSION || rows[i].kind == ADVISORY_BUG) &&
		     advisory_is_about(&rows[i], engine->version);
	return n;
}

/* "Since 28.2.0", "From 20.10.24 until 21.0.0 and since 23.0.3" */
static void add_span(const struct advisory_row *row, struct strbuf *out)
{
	char from[64], to[64];

	for (const char *at = row->versions; (at = strchr(at, '>')); at++) {
		bool ends = sscanf(at, ">=%63s <%63s", from, to) == 2, more = out->len;

		strbuf_addf(out, "%s%s %s%s%s", more ? " and " : "",
			    ends ? (more ? "from" : "From") : (more ? "since" : "Since"), from,
			    ends ? " until " : "", ends ? to : "");
	}
	strbuf_addf(out, " the engine does this on purpose: ");
}

void advisory_text(const struct advisory_row *row, char *out, size_t out_len)
{
	struct strbuf text __cleanup(strbuf_free) = { 0 };

	if (row->kind == ADVISORY_CHANGE)
		add_span(row, &text);
	else if (row->fixed[0])
		strbuf_addf(&text, kinds[row->kind].fixed, row->fixed);
	else
		strbuf_addf(&text, "%s", kinds[row->kind].open);
	strbuf_addf(&text, "%s.", row->sentence);
	text_copy(out, out_len, strbuf_str(&text));
}

/* ---- what fits ----------------------------------------------------------------------- */

static bool is_iptables_rule(const struct rule *rule)
{
	return rule->backend == BACKEND_IPTABLES_NFT || rule->backend == BACKEND_IPTABLES_LEGACY;
}

/* place: "TABLE/CHAIN" of iptables */
static bool is_at(const struct rule *rule, const char *place, size_t len)
{
	size_t table = strcspn(place, "/"), chain = len - table - 1;
	bool any = place[len - 1] == '*';

	if (!rule || !is_iptables_rule(rule) || strlen(rule->table) != table ||
	    strncmp(rule->table, place, table))
		return false;
	return !strncmp(rule->chain, place + table + 1, chain - any) &&
	       (any || strlen(rule->chain) == chain);
}

static bool is_caused(const struct symptom *s, const char *causes)
{
	size_t cause = strlen(s->cause);

	for (; *causes; causes += strspn(causes, " ")) {
		size_t len = strcspn(causes, " ");

		if (cause && cause <= len && !strncmp(causes, s->cause, cause) &&
		    (cause == len || (causes[cause] == '@' &&
				      is_at(s->rule, causes + cause + 1, len - cause - 1))))
			return true;
		causes += len;
	}
	return false;
}

static bool fits(const struct symptom *s, const struct advisory_row *row)
{
	if (!advisory_is_shown(row) || !is_caused(s, row->causes) ||
	    !advisory_is_about(row, engine_of(s)->version))
		return false;
	for (size_t i = 0; i < N_CONDITIONS; i++)
		if (row->conditions & 1ull << i && !conditions[i].holds(s))
			return false;
	return true;
}

int advisory_match(const struct symptom *s, struct advisory out[ADVISORIES_MAX])
{
	int n = 0;

	if (!is_docker(engine_of(s)))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(rows) && n < ADVISORIES_MAX; i++) {
		if (!fits(s, &rows[i]))
			continue;
		out[n] = (struct advisory){ .id = rows[i].id, .url = rows[i].url,
					    .fixed_in = rows[i].fixed, .kind = rows[i].kind };
		advisory_text(&rows[i], out[n].text, sizeof(out[n].text));
		n++;
	}
	return n;
}

void advisory_verdict(const struct scene *scene, struct verdict *v)
{
	const struct drop *d = &v->drop;
	const struct symptom symptom = {
		.scene = scene,
		.cause = v->cause.id,
		.rule = d->found && d->in_netfilter && d->rule_known ? &d->rule : NULL,
		.owner = d->owner,
		.purpose = d->purpose,
		.hook = d->found && d->hook_known ? d->hook_num : -1,
		.device = d->found ? d->hop.device : "",
		.neigh = d->found && d->hop.neigh,
		.reply = v->direction == DIR_REPLY,
	};

	v->n_advisories = advisory_match(&symptom, v->advisories);
}
