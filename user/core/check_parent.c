/* SPDX-License-Identifier: GPL-2.0 */
/* Networks that hang on a device of the host's (macvlan, ipvlan), and the device by which all others go out. */
#include "core/judge.h"

#include <stdio.h>
#include <string.h>

/* ---- macvlan, ipvlan ------------------------------------------------------------------------- */

static bool has_parent(const struct net_view *net)
{
	return !strcmp(net->network.driver, "macvlan") || !strcmp(net->network.driver, "ipvlan");
}

/* "": the engine made one of its own, which leads nowhere. */
static const char *parent_of(const struct net_view *net)
{
	for (size_t i = 0; i < net->n_options; i++)
		if (!strcmp(net->options[i].name, "parent"))
			return net->options[i].value;
	return "";
}

static void check_parent(struct judging *j, const struct net_view *net)
{
	const char *parent = parent_of(net);
	const struct device *device = judge_device_by_name(&j->c->host, parent);

	if (!has_parent(net) || !parent[0])
		return;
	/* it is made when the first container comes, where it is a VLAN's */
	if (!device && net->n_members)
		judge_found(j, "parent-missing", STAGE_HOST, "parent", parent, "network",
			    net->network.name, "driver", net->network.driver, NULL);
	if (device && !device->link.up)
		judge_found(j, "link-down", STAGE_HOST, "device", parent, "place", "the host", "in", "",
			    NULL);
}

/* macvlan_queue_xmit(), ipvlan_xmit_mode_l2(): what is for the parent itself goes out by the wire, or nowhere. */
static void check_host(struct judging *j, const struct end *e)
{
	const struct device *parent = judge_device_by_name(&j->c->host, parent_of(e->net));
	const struct endpoint *other = &j->c->scene->ends[!e->role];

	if (!has_parent(e->net) || !parent || judge_is_shared(j->c) ||
	    other->kind == ENDPOINT_ADDRESS || !e->member->route.known ||
	    e->member->route.oif != parent->link.ifindex)
		return;
	judge_found(j, "macvlan-host", STAGE_HOST, "container", e->member->name, "network",
		    e->net->network.name, "driver", e->net->network.driver, "mode",
		    strcmp(e->net->network.driver, "ipvlan") ? "bridge" : "l2", "parent",
		    parent->link.name, NULL);
}

void judge_parents(struct judging *j)
{
	const struct checkup *c = j->c;

	for (size_t i = 0; i < c->n_networks; i++)
		if (!c->scene || &c->networks[i] == c->nets[0] || &c->networks[i] == c->nets[1])
			check_parent(j, &c->networks[i]);
	if (c->scene)
		judge_each_end(j, check_host);
}

/* ---- the way out ------------------------------------------------------------------------------ */

static const struct device *uplink(const struct place *host)
{
	for (size_t i = 0; i < host->n_paths; i++)
		if (!host->paths[i].len && host->paths[i].dst.family == AF_INET)
			return judge_device(host, host->paths[i].oif);
	return NULL;
}

static void check_uplink(struct judging *j, const struct net_view *net)
{
	const struct device *out = uplink(&j->c->host);
	const struct resident *m = net->n_members ? &net->members[0] : NULL;
	char mtu[16], smaller[16];

	if (!out || !m || !m->device || !net->bridge || net->network.internal ||
	    m->device->link.mtu <= out->link.mtu)
		return;
	snprintf(mtu, sizeof(mtu), "%u", m->device->link.mtu);
	snprintf(smaller, sizeof(smaller), "%u", out->link.mtu);
	judge_found(j, "mtu-uplink", STAGE_AROUND, "network", net->network.name, "mtu", mtu, "device",
		    out->link.name, "smaller", smaller, NULL);
}

void judge_uplink(struct judging *j)
{
	if (!j->c->scene)
		judge_each_net(j, check_uplink);
}
