/* SPDX-License-Identifier: GPL-2.0 */
#include "cmd/checkup.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "cmd/aftermath.h"
#include "cmd/checkup_files.h"
#include "cmd/checkup_overlay.h"
#include "cmd/checkup_ports.h"
#include "core/judge.h"
#include "source/conntrack.h"
#include "source/hostfiles.h"
#include "source/netns.h"
#include "source/ruleset_dump.h"
#include "source/sockdiag.h"
#include "source/topo.h"
#include "source/topo_dump.h"
#include "source/tracked.h"

/* Without a scene, of each network so many containers' own rules are read: the ones that are walked. */
#define INNER_RULES 2

void checkup_unread(struct checkup *c, enum need need, const char *what, int err)
{
	if (!c->unread[need][0])
		snprintf(c->unread[need], WHY_LEN, "%.64s (%s)", what, strerror(-err));
}

/* ---- sysctls ---------------------------------------------------------------------------- */

/* In the namespace that is entered; one that the kernel does not have is left out. */
static void sysctl_add(struct place *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void sysctl_add(struct place *p, const char *fmt, ...)
{
	struct sysctl *all, s = { 0 };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s.name, sizeof(s.name), fmt, ap);
	va_end(ap);
	if (netns_sysctl(s.name, &s.value))
		return;
	all = array_grow(p->sysctls, p->n_sysctls, sizeof(*all));
	if (!all)
		return;
	p->sysctls = all;
	all[p->n_sysctls++] = s;
}

static void sysctls_read(int netns, struct place *p)
{
	static const char *const names[] = {
		"bridge/bridge-nf-call-iptables", "bridge/bridge-nf-call-ip6tables",
		"bridge/bridge-nf-call-arptables", "ipv4/ip_forward", "ipv4/conf/all/rp_filter",
		"ipv4/icmp_echo_ignore_all", "ipv4/tcp_syncookies", "ipv6/conf/all/forwarding",
		"ipv6/icmp/echo_ignore_all",
	};
	int back __leave_netns = netns_enter(netns);

	if (back < 0)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		sysctl_add(p, "%s", names[i]);
	for (size_t i = 0; i < p->n_devices; i++) {
		const struct link *l = &p->devices[i].link;

		/* of the host's devices, bridges alone have to do with containers */
		if (!p->id[0] && strcmp(l->kind, "bridge"))
			continue;
		sysctl_add(p, "ipv4/conf/%s/rp_filter", l->name);
		sysctl_add(p, "ipv4/conf/%s/forwarding", l->name);
		sysctl_add(p, "ipv6/conf/%s/disable_ipv6", l->name);
		sysctl_add(p, "ipv6/conf/%s/force_forwarding", l->name);
	}
}

/* ---- one namespace ------------------------------------------------------------------------ */

static void conntrack_note(struct checkup *c, int netns, struct place *p)
{
	struct conntrack ct;
	int err = conntrack_read(netns, &ct);

	if (err && err != -ENOENT)
		checkup_unread(c, NEED_CONNTRACK, "connection tracking's counts cannot be read", err);
	p->has_ct = !err;
	if (err)
		return;
	p->ct_count = ct.count;
	p->ct_max = ct.max;
}

static void place_free(struct place *p)
{
	topo_dump_free(p);
	ruleset_dump_free(&p->rules);
	free(p->sysctls);
	free(p->tracked);
}

/* False if there is nothing to judge it by. */
static bool place_read(struct checkup *c, int netns, enum need links, struct place *p)
{
	int err = topo_dump_devices(netns, p);

	netns_inum(netns, &p->netns);
	if (err) {
		checkup_unread(c, links, "its devices cannot be read", err);
		return false;
	}
	err = topo_dump_neighs(netns, p);
	if (err)
		checkup_unread(c, NEED_NEIGHS, "neighbour entries cannot be read", err);
	conntrack_note(c, netns, p);
	sysctls_read(netns, p);
	return true;
}

static void rules_read(struct checkup *c, int netns, bool host, struct place *p)
{
	enum need need = host ? NEED_RULES : NEED_INNER_RULES;
	enum need legacy = host ? NEED_LEGACY : NEED_INNER_RULES;
	int err = ruleset_dump(netns, &p->rules);

	if (err)
		checkup_unread(c, need,
		       err == -ENOENT ? "nft is not installed" : "the rules cannot be read", err);
	err = ruleset_dump_legacy(netns, &p->rules);
	if (err)
		checkup_unread(c, legacy, err == -ENOEXEC ? "iptables-legacy-save cannot be run" :
						    "iptables-legacy's rules cannot be read", err);
}

static void host_read(struct checkup *c, int netns, unsigned int needs)
{
	static const struct {
		enum need need;
		const char *what;
		int (*read)(int netns, struct place *out);
	} dumps[] = {
		{ NEED_FDB, "the bridges' forwarding entries cannot be read", topo_dump_fdbs },
		{ NEED_VLANS, "the ports' VLANs cannot be read", topo_dump_vlans },
		{ NEED_ROUTES, "routes cannot be read", topo_dump_paths },
		{ NEED_TRACKED, "tracked connections cannot be read, or not all", tracked_read },
	};

	text_copy(c->host.name, sizeof(c->host.name), "host");
	place_read(c, netns, NEED_LINKS, &c->host);
	for (size_t i = 0; i < ARRAY_SIZE(dumps); i++) {
		int err = needs & 1u << dumps[i].need ? dumps[i].read(netns, &c->host) : 0;

		/* a kernel without bridges has no such entries */
		if (err && err != -EOPNOTSUPP)
			checkup_unread(c, dumps[i].need, dumps[i].what, err);
	}
	if (needs & 1u << NEED_RULES)
		rules_read(c, netns, true, &c->host);
	/* ebtable_filter, ebtable_nat, ebtable_broute */
	c->host.rules.has_ebtables = hostfiles_module("ebtable_") &&
				     (!(needs & 1u << NEED_RULES) ||
				      ruleset_dump_ebtables(netns, &c->host.rules));
}

/* ---- containers ----------------------------------------------------------------------------- */

static bool is_end(const struct checkup *c, const struct resident *m)
{
	return m == c->ends[0] || m == c->ends[1];
}

static struct place *place_find(struct checkup *c, const char *id)
{
	for (size_t i = 0; i < c->n_places; i++)
		if (!strcmp(c->places[i].id, id))
			return &c->places[i];
	return NULL;
}

/* One that ended meanwhile is nothing that could not be read. */
static int member_netns(const struct places *p, const char *id, struct container *out)
{
	int err = docker_container(p->docker, id, out);

	if (err)
		return err;
	return out->pid ? netns_open_in(docker_pid(p->docker), out->pid) : -ESRCH;
}

static void member_read(struct checkup *c, const struct places *p, const struct resident *m,
			bool rules)
{
	struct container *container __free = calloc(1, sizeof(*container));
	struct place *place = place_find(c, m->id);
	int netns __close = -1;

	if (place && (!rules || place->rules.n_texts))
		return;
	netns = container ? member_netns(p, m->id, container) : -ENOMEM;
	if (netns == -ESRCH)
		return;
	if (netns < 0) {
		checkup_unread(c, NEED_CONTAINERS, "a container's namespace cannot be entered", netns);
		return;
	}
	if (!place) {
		place = &c->places[c->n_places];
		/* on docker_gwbridge the engine calls it "gateway_..." */
		text_copy(place->name, sizeof(place->name), container->name);
		text_copy(place->id, sizeof(place->id), m->id);
		place->pid = container->pid;
		text_copy(place->sandbox, sizeof(place->sandbox), container->sandbox);
		place->linked = container->linked;
		place->n_published = container->n_published;
		memcpy(place->published, container->published, sizeof(place->published));
		if (!place_read(c, netns, NEED_CONTAINERS, place)) {
			place_free(place);
			*place = (struct place){ 0 };
			return;
		}
		c->n_places++;
	}
	if (rules)
		rules_read(c, netns, false, place);
}

/* With a scene, those on the networks of the two: somebody else there may have their address. */
static bool is_wanted(const struct checkup *c, const struct net_view *net, const struct resident *m,
		      unsigned int needs)
{
	return !c->scene || is_end(c, m) ||
	       (needs & 1u << NEED_OTHERS && (net == c->nets[0] || net == c->nets[1]));
}

static bool is_walked(const struct checkup *c, const struct resident *m, size_t number)
{
	return c->scene ? is_end(c, m) : number < INNER_RULES;
}

static void containers_read(struct checkup *c, const struct places *p, unsigned int needs)
{
	size_t most = 0;

	for (size_t i = 0; i < c->n_networks; i++)
		most += c->networks[i].n_members;
	c->places = calloc(most + 1, sizeof(*c->places));
	for (size_t i = 0; i < c->n_networks && c->places; i++)
		for (size_t k = 0; k < c->networks[i].n_members; k++) {
			const struct resident *m = &c->networks[i].members[k];

			if (is_wanted(c, &c->networks[i], m, needs))
				member_read(c, p, m, needs & 1u << NEED_INNER_RULES &&
							     is_walked(c, m, k));
		}
}

/* ---- what belongs together -------------------------------------------------------------------- */

static const struct device *device_of(const struct resident *m)
{
	const struct device *by_mac = NULL;

	for (size_t i = 0; m->place && i < m->place->n_devices; i++) {
		const struct device *d = &m->place->devices[i];

		for (int k = 0; k < d->n_ips; k++)
			if (addr_equal(&d->ips[k], &m->ip) || addr_equal(&d->ips[k], &m->ip6))
				return d;
		if (m->has_mac && !memcmp(d->link.mac, m->mac, 6))
			by_mac = d;
	}
	return by_mac;
}

static const struct device *peer_of(const struct checkup *c, const struct device *d)
{
	for (size_t i = 0; d && d->link.peer && i < c->host.n_devices; i++) {
		const struct link *l = &c->host.devices[i].link;

		if (l->ifindex == d->link.peer && !strcmp(l->kind, "veth") &&
		    l->peer == d->link.ifindex)
			return &c->host.devices[i];
	}
	return NULL;
}

static const struct device *bridge_of(const struct checkup *c, const char *name)
{
	for (size_t i = 0; *name && i < c->host.n_devices; i++)
		if (!strcmp(c->host.devices[i].link.name, name))
			return &c->host.devices[i];
	return NULL;
}

static bool has_gateway(const struct device *d, const struct net_view *n)
{
	for (int i = 0; i < n->n_subnets; i++)
		if (n->subnets[i].gateway.family && judge_has_ip(d, &n->subnets[i].gateway))
			return true;
	return false;
}

/* Podman names its bridges itself, and does not tell: it is the one that holds the gateway's address. */
static void bridge_name(const struct checkup *c, struct net_view *n)
{
	for (size_t i = 0; !n->network.bridge[0] && i < c->host.n_devices; i++) {
		const struct device *d = &c->host.devices[i];

		if (!strcmp(d->link.kind, "bridge") && has_gateway(d, n))
			text_copy(n->network.bridge, sizeof(n->network.bridge), d->link.name);
	}
}

static void network_link(struct checkup *c, struct net_view *n)
{
	bridge_name(c, n);
	n->bridge = bridge_of(c, n->network.bridge);
	for (size_t i = 0; i < n->n_members; i++) {
		struct resident *m = &n->members[i];

		/* one that was read for another network of its own */
		m->place = place_find(c, m->id);
		if (m->place)
			text_copy(m->name, sizeof(m->name), m->place->name);
		m->device = device_of(m);
		m->veth = peer_of(c, m->device);
	}
}

static void routes_read(const struct checkup *c, int netns, struct net_view *n)
{
	bool six = c->scene && c->scene->ends[ROLE_DST].ip.family == AF_INET6;
	const struct ip any = { 0 };

	for (size_t i = 0; i < n->n_members; i++) {
		struct resident *m = &n->members[i];
		const struct ip *ip = six || !m->ip.family ? &m->ip6 : &m->ip;

		if (ip->family)
			topo_route(netns, &any, ip, 0, &m->route);
	}
}

static void programs_of(struct checkup *c, int netns, const struct link *link)
{
	struct program found[PROGRAMS_MAX], *all;
	int n = topo_programs(netns, link->ifindex, found, PROGRAMS_MAX);

	for (int i = 0; i < n; i++) {
		all = array_grow(c->programs, c->n_programs, sizeof(*all));
		if (!all)
			return;
		c->programs = all;
		text_copy(found[i].netns, sizeof(found[i].netns), "host");
		all[c->n_programs++] = found[i];
	}
}

/* On the networks' bridges and their ports; those between two of a scene the scene has. */
static void programs_read(struct checkup *c, int netns)
{
	for (size_t i = 0; i < c->n_networks && !c->scene; i++) {
		const struct device *bridge = c->networks[i].bridge;

		for (size_t k = 0; bridge && k < c->host.n_devices; k++) {
			const struct link *l = &c->host.devices[k].link;

			if (l->ifindex == bridge->link.ifindex || l->master == bridge->link.ifindex)
				programs_of(c, netns, l);
		}
	}
}

/* The networks of the two, and the two on them. */
static void ends_find(struct checkup *c)
{
	for (int r = 0; r < 2 && c->scene; r++) {
		/* where the source is on none, .network is the destination's */
		const struct network *want = r && !c->scene->shared && c->scene->dst_network.id[0] ?
						     &c->scene->dst_network : &c->scene->network;
		const struct endpoint *end = &c->scene->ends[r];

		for (size_t i = 0; i < c->n_networks && end->kind == ENDPOINT_CONTAINER; i++) {
			const struct net_view *n = &c->networks[i];

			if (strcmp(n->network.id, want->id))
				continue;
			c->nets[r] = n;
			for (size_t k = 0; k < n->n_members; k++)
				if (addr_equal(&n->members[k].ip, &end->ip) ||
				    addr_equal(&n->members[k].ip6, &end->ip))
					c->ends[r] = &n->members[k];
		}
	}
}

/* ---- tables of the whole machine, and the service that is asked for ----------------------------- */

static void service_read(struct checkup *c, const struct places *p)
{
	const struct scene *s = c->scene;
	int err = s && s->request.port ? aftermath_service(s, p, &s->ends[ROLE_DST].ip, s->request.port,
							   &c->service) : 0;

	if (err)
		checkup_unread(c, NEED_SOCKETS, "the destination's sockets cannot be listed", err);
}

static void neigh_table_read(struct checkup *c)
{
	for (int six = 0; six < 2; six++) {
		int err = hostfiles_neigh_table(six, &c->neigh_count[six], &c->neigh_max[six]);

		/* a kernel without IPv6 has no such table */
		if (err && !six)
			checkup_unread(c, NEED_NEIGH_TABLE, "the neighbour table's limit is not told here", err);
	}
}

/* ---- all of it ------------------------------------------------------------------------------------- */

int checkup_read(const struct places *p, const struct engine *engine, const struct scene *scene,
		 unsigned int needs, struct checkup *out)
{
	int host = p->netns[ROLE_HOST];
	struct checkup *c = out;
	int err = 0;

	*c = (struct checkup){ .scene = scene, .engine = *engine };
	/* of namespaces that were named themselves there is no engine to tell of networks */
	if (p->docker)
		err = docker_networks(p->docker, &c->networks, &c->n_networks);
	if (err)
		return err;
	ends_find(c);
	host_read(c, host, needs);
	containers_read(c, p, needs);
	for (size_t i = 0; i < c->n_networks; i++) {
		network_link(c, &c->networks[i]);
		routes_read(c, host, &c->networks[i]);
	}
	programs_read(c, host);
	checkup_overlays(c, p->docker, host);
	if (!scene && needs & 1u << NEED_RULES)
		checkup_ports(c, p->docker, host);
	if (needs & 1u << NEED_SOCKETS)
		service_read(c, p);
	neigh_table_read(c);
	if (needs & 1u << NEED_KERNEL_LOG)
		checkup_files(c, p->docker ? docker_pid(p->docker) : 0);
	return 0;
}

void checkup_free(struct checkup *c)
{
	place_free(&c->host);
	checkup_overlays_free(c);
	for (size_t i = 0; i < c->n_places; i++)
		place_free(&c->places[i]);
	free(c->places);
	free(c->programs);
	docker_networks_free(c->networks, c->n_networks);
	free(c->boot);
	free(c->log);
	free(c->denied);
	*c = (struct checkup){ 0 };
}
