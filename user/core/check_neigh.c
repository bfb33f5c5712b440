/* SPDX-License-Identifier: GPL-2.0 */
/* Who is where: neighbour entries, forwarding entries, addresses that two have. */
#include "core/judge.h"

#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "core/advisory.h"

/* ---- neighbour entries ------------------------------------------------------------------ */

/* Of the two, who needs an entry for the other; without a scene, everybody. */
static bool is_needed(const struct checkup *c, const struct place *p, const struct resident *to)
{
	if (!c->scene)
		return true;
	for (int r = 0; r < 2; r++) {
		const struct resident *own = c->ends[r], *other = c->ends[!r];
		bool by_host = !other || !judge_is_shared(c);

		if (to == own && ((other && other->place == p) || (by_host && p == &c->host)))
			return true;
	}
	return false;
}

/*
 * By its own entries the host answers for whoever is behind a port with neigh_suppress, also to one on
 * the same network; an entry that was made by hand does not heal.
 */
static bool is_told_to_others(const struct checkup *c, const struct place *p, const struct neigh *n,
			      const struct resident *to)
{
	return p == &c->host && n->entry.permanent && judge_is_shared(c) &&
	       (to == c->ends[0] || to == c->ends[1]);
}

/* Who has the address that another has wrong, and how that came to be. */
static struct scene scene_of(const struct checkup *c, const struct net_view *net,
			     const struct resident *m, const struct neigh *n)
{
	struct scene s = judge_scene(c, net, n->ip.family);
	struct endpoint *end = &s.ends[ROLE_DST];

	s.shared = true;
	s.neighbours[ROLE_SRC] = n->entry;
	end->has_mac = m->has_mac;
	memcpy(end->mac, m->mac, sizeof(end->mac));
	end->device = m->device->link;
	return s;
}

static void check_entry(struct judging *j, const struct place *p, const struct neigh *n)
{
	const struct checkup *c = j->c;
	const struct net_view *net = NULL;
	const struct resident *m = judge_owner(c, &n->ip, &net);
	char ip[ADDR_TEXT_LEN], wrong[ADDR_TEXT_LEN], mac[ADDR_TEXT_LEN], in[IN_LEN];
	const struct device *device = judge_device(p, n->ifindex);
	bool told = m && is_told_to_others(c, p, n, m);
	struct symptom symptom = { .cause = "mac-mismatch", .hook = -1, .device = "" };
	struct scene scene;

	if (!m || !m->device || !n->entry.has_mac || n->entry.failed || !device ||
	    !memcmp(n->entry.mac, m->device->link.mac, 6) || judge_net_at(c, p, n->ifindex) != net ||
	    !(is_needed(c, p, m) || told))
		return;
	scene = scene_of(c, net, m, n);
	symptom.scene = &scene;
	judge_found_by(j, &symptom, "mac-mismatch",
		       n->entry.permanent && !told ? SEVERITY_BROKEN : SEVERITY_RISK,
		       c->ends[1] && p == c->ends[1]->place ? STAGE_DST : STAGE_SRC, "place",
		       p->id[0] ? p->name : "The host", "wrong", mac_format(n->entry.mac, wrong), "ip",
		       addr_format(&n->ip, ip), "container", m->name, "mac",
		       mac_format(m->device->link.mac, mac), "kind",
		       n->entry.permanent ? "permanent" : "learnt", "device", device->link.name, "in",
		       judge_in(p, in, sizeof(in)), NULL);
}

static void check_entries(struct judging *j, const struct place *p)
{
	for (size_t i = 0; i < p->n_neighs; i++)
		check_entry(j, p, &p->neighs[i]);
}

void judge_neighbours(struct judging *j)
{
	check_entries(j, &j->c->host);
	for (size_t i = 0; i < j->c->n_places; i++)
		check_entries(j, &j->c->places[i]);
}

/* ---- forwarding entries -------------------------------------------------------------------- */

static void check_fdb(struct judging *j, const struct end *e)
{
	const struct resident *m = e->member;
	const struct place *host = &j->c->host;
	char mac[ADDR_TEXT_LEN];

	if (!m->device || !m->veth || !e->net->bridge)
		return;
	for (size_t i = 0; i < host->n_fdbs; i++) {
		const struct fdb_entry *f = &host->fdbs[i];
		const struct device *port = judge_device(host, f->ifindex);

		if (f->master != e->net->bridge->link.ifindex || !port ||
		    memcmp(f->mac, m->device->link.mac, 6) ||
		    (f->ifindex == m->veth->link.ifindex && !f->local))
			continue;
		judge_found(j, "bridge-fdb-wrong", STAGE_HOST, "bridge", e->net->network.bridge,
			    "mac", mac_format(f->mac, mac), "container", m->name, "other",
			    f->local ? "itself" : port->link.name, "port", m->veth->link.name,
			    "device", port->link.name, "kind",
			    f->fixed ? "made by hand" : "learnt", NULL);
	}
}

void judge_forwarding_entries(struct judging *j)
{
	judge_each_end(j, check_fdb);
}

/* ---- addresses that two have ------------------------------------------------------------------ */

/* What the kernel has, which may have been changed behind the engine's back. NULL: not known. */
static const uint8_t *mac_of(const struct resident *m)
{
	return m->device ? m->device->link.mac : m->has_mac ? m->mac : NULL;
}

static bool is_same_place(const struct resident *a, const struct resident *b)
{
	return a->place && b->place && a->place->netns == b->place->netns;
}

static void found_twice(struct judging *j, const struct end *e, const struct symptom *symptom,
			const char *what, const char *value, const char *other)
{
	judge_found_by(j, symptom, "address-duplicate", SEVERITY_BROKEN, STAGE_HOST, "what", what,
		       "value", value, "container", e->member->name, "other", other, "network",
		       e->net->network.name, NULL);
}

static void found_mac_twice(struct judging *j, const struct end *e, const struct resident *other)
{
	const struct resident *pair[] = { e->member, other };
	struct scene scene = judge_scene(j->c, e->net, AF_INET);
	const struct symptom symptom = { .scene = &scene, .cause = "address-duplicate", .hook = -1,
					 .device = "" };
	char text[ADDR_TEXT_LEN];

	for (int i = 0; i < 2; i++)
		if (pair[i]->device)
			scene.ends[i].device = pair[i]->device->link;
	found_twice(j, e, &symptom, "MAC", mac_format(mac_of(e->member), text), other->name);
}

/* An address as the engine has it, a MAC as the device has. A pair is told once, by the later of the two. */
static void check_members(struct judging *j, const struct end *e)
{
	const struct resident *m = e->member;
	char text[ADDR_TEXT_LEN];

	for (size_t i = 0; i < e->net->n_members; i++) {
		const struct resident *o = &e->net->members[i];

		if (o == m || (!j->c->scene && o > m))
			continue;
		if (mac_of(m) && mac_of(o) && !is_same_place(m, o) && !memcmp(mac_of(m), mac_of(o), 6))
			found_mac_twice(j, e, o);
		if (addr_equal(&m->ip, &o->ip))
			found_twice(j, e, NULL, "Address", addr_format(&m->ip, text), o->name);
	}
}

/* As the kernel has them: an address that was added by hand is not the engine's to know. */
static void check_holders(struct judging *j, const struct end *e, const struct place *p,
			  const char *name)
{
	const struct resident *m = e->member;
	const struct ip *ip = judge_ip(j->c, m);
	char text[ADDR_TEXT_LEN], other[NAME_LEN + 32];

	for (size_t i = 0; i < p->n_devices; i++) {
		const struct device *d = &p->devices[i];

		for (int k = 0; k < d->n_ips; k++) {
			if (!addr_equal(&d->ips[k], ip) || d == m->device)
				continue;
			snprintf(other, sizeof(other), "%s (%s)", name, d->link.name);
			found_twice(j, e, NULL, "Address", addr_format(ip, text), other);
		}
	}
}

/* Whether somebody on another network with the same subnet may have it rightly. */
static bool is_on_net(const struct net_view *net, const struct place *p)
{
	for (size_t i = 0; i < net->n_members; i++)
		if (net->members[i].place == p)
			return true;
	return false;
}

static void check_twice(struct judging *j, const struct end *e)
{
	const struct checkup *c = j->c;

	check_members(j, e);
	check_holders(j, e, &c->host, "the host");
	for (size_t i = 0; i < c->n_places; i++)
		if (&c->places[i] != e->member->place && is_on_net(e->net, &c->places[i]))
			check_holders(j, e, &c->places[i], c->places[i].name);
}

void judge_duplicates(struct judging *j)
{
	judge_each_end(j, check_twice);
}
