/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who is on another node of an overlay network: the kernel is told by the engine, by a permanent neighbour entry
 * of the VXLAN device for the address and a forwarding entry for the node (the overlay driver's addNeighbor()).
 */
#include "core/judge.h"

#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/strbuf.h"
#include "core/advisory.h"

/* What the network's own namespace has of an address; NULL: nothing. */
struct entries {
	const struct neigh *neigh;
	const struct fdb_entry *fdb;
	const struct device *device;
};

static const struct neigh *neigh_of(const struct place *inside, const struct ip *ip, const struct device **device)
{
	for (size_t i = 0; i < inside->n_neighs; i++) {
		const struct neigh *n = &inside->neighs[i];

		*device = judge_device(inside, n->ifindex);
		if (*device && (*device)->vxlan_port && n->entry.has_mac && !n->entry.failed && addr_equal(&n->ip, ip))
			return n;
	}
	return NULL;
}

static struct entries entries_of(const struct place *inside, const struct ip *ip)
{
	struct entries e = { .neigh = neigh_of(inside, ip, &e.device) };

	for (size_t i = 0; i < inside->n_fdbs && e.neigh; i++) {
		const struct fdb_entry *f = &inside->fdbs[i];

		if (f->ifindex == e.neigh->ifindex && f->node.family && !memcmp(f->mac, e.neigh->entry.mac, 6))
			e.fdb = f;
	}
	return e;
}

static bool is_here(const struct checkup *c, const struct net_view *net, const struct overlay_task *t)
{
	for (size_t i = 0; i < net->n_members; i++)
		if (addr_equal(&net->members[i].ip, &t->ip))
			return true;
	for (size_t i = 0; i < c->host.n_devices && t->node.family; i++)
		if (judge_has_ip(&c->host.devices[i], &t->node))
			return true;
	/* an address of a service's is every node's own */
	return !t->name[0];
}

enum peer { PEER_FINE, PEER_MISSING, PEER_ELSEWHERE };

static enum peer peer_of(const struct checkup *c, const struct net_view *net, const struct overlay_task *t)
{
	struct entries e;

	if (is_here(c, net, t))
		return PEER_FINE;
	e = entries_of(net->inside, &t->ip);
	if (!e.fdb)
		return PEER_MISSING;
	return !t->node.family || addr_equal(&e.fdb->node, &t->node) ? PEER_FINE : PEER_ELSEWHERE;
}

bool judge_misses_peers(const struct checkup *c, const struct net_view *net)
{
	for (size_t i = 0; i < net->n_tasks && net->inside; i++)
		if (peer_of(c, net, &net->tasks[i]) != PEER_FINE)
			return true;
	return false;
}

/* ---- what is told ---------------------------------------------------------------------------- */

static void tell(struct judging *j, const struct net_view *net, const char *check, const struct overlay_task *t,
		 const struct entries *e)
{
	struct scene scene = judge_scene(j->c, net, AF_INET);
	const struct symptom symptom = { .scene = &scene, .cause = check, .hook = -1, .device = "" };
	char ip[ADDR_TEXT_LEN], node[ADDR_TEXT_LEN], wrong[ADDR_TEXT_LEN], mac[ADDR_TEXT_LEN];
	char where[ADDR_TEXT_LEN + 8] = "another node";
	struct strbuf in = { 0 };

	if (t->node.family)
		snprintf(where, sizeof(where), "node %s", addr_format(&t->node, node));
	strbuf_addf(&in, "nsenter --net=");
	strbuf_add_shell(&in, net->inside->name);
	strbuf_addf(&in, " ");
	judge_found_by(j, &symptom, check, SEVERITY_BROKEN, STAGE_HOST, "network", net->network.name, "ip",
		       addr_format(&t->ip, ip), "container", t->name, "service", t->service[0] ? t->service : NULL,
		       "alone", t->service[0] ? NULL : t->name, "where", where, "node",
		       t->node.family ? node : NULL, "missing",
		       e->neigh ? "forwarding entry for it" : "neighbour entry for it", "wrong",
		       e->fdb ? addr_format(&e->fdb->node, wrong) : NULL, "mac",
		       e->neigh ? mac_format(e->neigh->entry.mac, mac) : NULL, "device",
		       e->device ? e->device->link.name : NULL, "in", strbuf_str(&in), NULL);
	strbuf_free(&in);
}

static bool is_of_scene(const struct checkup *c, const struct ip *ip)
{
	for (int r = 0; r < 2 && c->scene; r++)
		if (addr_equal(&c->scene->ends[r].ip, ip))
			return true;
	return !c->scene;
}

static void check_tasks(struct judging *j, const struct net_view *net)
{
	static const char *const checks[] = { NULL, "overlay-peer-missing", "overlay-peer-elsewhere" };

	for (size_t i = 0; i < net->n_tasks; i++) {
		const struct overlay_task *t = &net->tasks[i];
		const struct entries e = entries_of(net->inside, &t->ip);
		const char *check = checks[peer_of(j->c, net, t)];

		if (check && is_of_scene(j->c, &t->ip))
			tell(j, net, check, t, &e);
	}
}

/* Whether somebody, or something of the network's own, is known to have it. */
static bool is_known(const struct net_view *net, const struct ip *ip)
{
	for (size_t i = 0; i < net->n_tasks; i++)
		if (addr_equal(&net->tasks[i].ip, ip))
			return true;
	for (size_t i = 0; i < net->n_members; i++)
		if (addr_equal(&net->members[i].ip, ip))
			return true;
	for (int i = 0; i < net->n_own; i++)
		if (addr_equal(&net->own[i], ip))
			return true;
	for (int i = 0; i < net->n_subnets; i++)
		if (addr_equal(&net->subnets[i].gateway, ip))
			return true;
	return entries_of(net->inside, ip).fdb;
}

/* One of the two is an address that this host was told nothing of. */
static void check_unheard_of(struct judging *j, const struct net_view *net)
{
	const struct scene *s = j->c->scene;

	for (int r = 0; r < 2 && s && net->n_tasks; r++) {
		char ip[ADDR_TEXT_LEN];

		if (j->c->nets[!r] == net && s->ends[r].kind == ENDPOINT_ADDRESS && s->ends[r].ip.family == AF_INET &&
		    judge_in_subnets(net, &s->ends[r].ip) && !is_known(net, &s->ends[r].ip))
			judge_found(j, "overlay-peer-unheard-of", STAGE_HOST, "ip", addr_format(&s->ends[r].ip, ip),
				    "network", net->network.name, NULL);
	}
}

void judge_peers(struct judging *j)
{
	for (size_t i = 0; i < j->c->n_networks; i++) {
		const struct net_view *net = &j->c->networks[i];

		if (!net->inside)
			continue;
		check_tasks(j, net);
		check_unheard_of(j, net);
	}
}
