/* SPDX-License-Identifier: GPL-2.0 */
/* Who is where: neighbour entries, forwarding entries, addresses that two have. */
#include "core/judge.h"

#include <stdio.h>
#include <string.h>

#include "base/addr.h"


/* ---- neighbour entries ------------------------------------------------------------------ */

/* Whether a device of the place leads to the network: its bridge in the host, an endpoint inside. */
static bool leads_to(const struct checkup *c, const struct place *p, uint32_t ifindex,
		     const struct net_view *net)
{
	if (p == &c->host)
		return net->bridge && net->bridge->link.ifindex == ifindex;
	for (size_t i = 0; i < net->n_members; i++)
		if (net->members[i].place == p && net->members[i].device &&
		    net->members[i].device->link.ifindex == ifindex)
			return true;
	return false;
}

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

static void check_entry(struct judging *j, const struct place *p, const struct neigh *n)
{
	const struct checkup *c = j->c;
	const struct net_view *net = NULL;
	const struct resident *m = judge_owner(c, &n->ip, &net);
	char ip[ADDR_TEXT_LEN], wrong[ADDR_TEXT_LEN], mac[ADDR_TEXT_LEN], in[IN_LEN];
	const struct device *device = judge_device(p, n->ifindex);

	if (!m || !m->device || !n->entry.has_mac || n->entry.failed || !device ||
	    !memcmp(n->entry.mac, m->device->link.mac, 6) || !leads_to(c, p, n->ifindex, net) ||
	    !is_needed(c, p, m))
		return;
	judge_found_as(j, "mac-mismatch", n->entry.permanent ? SEVERITY_BROKEN : SEVERITY_RISK,
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

static void found_twice(struct judging *j, const struct end *e, const char *what, const char *value,
			const char *other)
{
	judge_found(j, "address-duplicate", STAGE_HOST, "what", what, "value", value, "container",
		    e->member->name, "other", other, "network", e->net->network.name, NULL);
}

/* As the engine has them. A pair is told once, by the later of the two. */
static void check_members(struct judging *j, const struct end *e)
{
	const struct resident *m = e->member;
	char text[ADDR_TEXT_LEN];

	for (size_t i = 0; i < e->net->n_members; i++) {
		const struct resident *o = &e->net->members[i];

		if (o == m || (!j->c->scene && o > m))
			continue;
		if (m->has_mac && o->has_mac && !memcmp(m->mac, o->mac, 6))
			found_twice(j, e, "MAC", mac_format(m->mac, text), o->name);
		if (addr_equal(&m->ip, &o->ip))
			found_twice(j, e, "Address", addr_format(&m->ip, text), o->name);
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
			found_twice(j, e, "Address", addr_format(ip, text), other);
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
