/* SPDX-License-Identifier: GPL-2.0 */
/* Devices, bridges, ports: what a frame between two containers needs. */
#include "core/judge.h"

#include <linux/if_bridge.h>
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/array.h"
#include "base/kernel_words.h"
#include "core/advisory.h"

/* ---- in the container ------------------------------------------------------------------ */

static const char *len_text(const struct net_view *net, const struct ip *ip, char buf[8])
{
	snprintf(buf, 8, "%d", ip->family == AF_INET6 ? 64 : 24);
	for (int i = 0; i < net->n_subnets; i++)
		if (judge_covers(&net->subnets[i].ip, net->subnets[i].len, ip))
			snprintf(buf, 8, "%d", net->subnets[i].len);
	return buf;
}

static void check_addresses(struct judging *j, const struct end *e, const char *in)
{
	const struct resident *m = e->member;
	const struct ip *ips[] = { &m->ip, &m->ip6 };
	char ip[ADDR_TEXT_LEN], len[8];

	for (int i = 0; i < 2; i++) {
		if (!ips[i]->family || judge_has_ip(m->device, ips[i]) ||
		    (j->c->scene && !addr_equal(ips[i], judge_ip(j->c, m))))
			continue;
		judge_found(j, "address-missing", judge_inside(e), "device", m->device->link.name,
			    "container", m->place->name, "ip", addr_format(ips[i], ip), "len",
			    len_text(e->net, ips[i], len), "in", in, NULL);
	}
}

static void check_mac(struct judging *j, const struct end *e, const char *in)
{
	const struct resident *m = e->member;
	struct scene scene = judge_scene(j->c, e->net, AF_INET);
	const struct symptom symptom = { .scene = &scene, .cause = "mac-mismatch", .hook = -1,
					 .device = "" };
	char mac[ADDR_TEXT_LEN], known[ADDR_TEXT_LEN];

	if (!m->has_mac || !memcmp(m->mac, m->device->link.mac, 6))
		return;
	scene.ends[ROLE_DST].has_mac = true;
	memcpy(scene.ends[ROLE_DST].mac, m->mac, 6);
	scene.ends[ROLE_DST].device = m->device->link;
	judge_found_by(j, &symptom, "mac-changed", SEVERITY_RISK, judge_inside(e), "device",
		       m->device->link.name, "container", m->place->name, "mac",
		       mac_format(m->device->link.mac, mac), "engine-mac", mac_format(m->mac, known),
		       "in", in, NULL);
}

static void check_ipv6(struct judging *j, const struct end *e, const char *in)
{
	const struct resident *m = e->member;
	const char *device = m->device->link.name;
	char name[NAME_LEN], ip[ADDR_TEXT_LEN];

	snprintf(name, sizeof(name), "ipv6/conf/%s/disable_ipv6", device);
	if (!judge_ip(j->c, m)->family || (j->c->scene && judge_ip(j->c, m)->family != AF_INET6) ||
	    !m->ip6.family || judge_sysctl(m->place, name, 0) <= 0)
		return;
	judge_found(j, "ipv6-disabled", judge_inside(e), "device", device, "container",
		    m->place->name, "ip", addr_format(&m->ip6, ip), "network", e->net->network.name,
		    "in", in, NULL);
}

static void check_end(struct judging *j, const struct end *e)
{
	const struct resident *m = e->member;
	char in[IN_LEN], ip[ADDR_TEXT_LEN], mac[ADDR_TEXT_LEN];

	/* on networks "host" and "none" there is nothing to be had */
	if (!m->place || !(m->ip.family || m->ip6.family || m->has_mac))
		return;
	judge_in(m->place, in, sizeof(in));
	if (!m->device) {
		judge_found(j, "endpoint-missing", judge_inside(e), "container", m->place->name,
			    "network", e->net->network.name, "ip",
			    addr_format(judge_ip(j->c, m), ip), "mac",
			    m->has_mac ? mac_format(m->mac, mac) : "", NULL);
		return;
	}
	if (!m->device->link.up)
		judge_found(j, "link-down", judge_inside(e), "device", m->device->link.name, "place",
			    m->place->name, "in", in, NULL);
	check_addresses(j, e, in);
	check_mac(j, e, in);
	check_ipv6(j, e, in);
}

void judge_ends(struct judging *j)
{
	judge_each_end(j, check_end);
}

/* ---- the bridge -------------------------------------------------------------------------- */

/* Two on one network do not need it; the host's own traffic, and what is routed, does. */
static void check_gateway(struct judging *j, const struct net_view *net, const struct subnet *s)
{
	char ip[ADDR_TEXT_LEN], len[8];

	if (!s->gateway.family || judge_has_ip(net->bridge, &s->gateway) || net->network.internal ||
	    net->no_address)
		return;
	if (j->c->scene && s->gateway.family != j->c->scene->ends[ROLE_DST].ip.family)
		return;
	judge_found_as(j, "bridge-no-address",
		       judge_is_shared(j->c) ? SEVERITY_RISK : SEVERITY_BROKEN, STAGE_HOST,
		       "bridge", net->network.bridge, "network", net->network.name, "gateway",
		       addr_format(&s->gateway, ip), "len", len_text(net, &s->gateway, len), NULL);
}

static bool has_ip6(const struct net_view *net)
{
	for (size_t i = 0; i < net->n_members; i++)
		if (net->members[i].ip6.family)
			return true;
	return false;
}

/* Neighbours do without the host's IPv6; what it routes, or is itself, does not. */
static void check_bridge_ipv6(struct judging *j, const struct net_view *net)
{
	const struct scene *s = j->c->scene;
	char name[NAME_LEN];

	snprintf(name, sizeof(name), "ipv6/conf/%s/disable_ipv6", net->network.bridge);
	if (!has_ip6(net) || judge_sysctl(&j->c->host, name, 0) <= 0 ||
	    (s && s->ends[ROLE_DST].ip.family != AF_INET6))
		return;
	judge_found_as(j, "ipv6-disabled", judge_is_shared(j->c) ? SEVERITY_RISK : SEVERITY_BROKEN,
		       STAGE_HOST, "device", net->network.bridge, "container", "the host", "ip",
		       "addresses of IPv6", "network", net->network.name, "in", "", NULL);
}

static void check_bridge(struct judging *j, const struct net_view *net)
{
	const char *bridge = net->network.bridge, *name = net->network.name;

	if (strcmp(net->network.driver, "bridge"))
		return;
	/* Podman makes a bridge when somebody is there to use it */
	if (!net->bridge && !bridge[0] && !net->n_members)
		return;
	if (!net->bridge) {
		judge_found(j, "bridge-missing", STAGE_HOST, "bridge", bridge, "network", name, NULL);
		return;
	}
	if (!net->bridge->link.up)
		judge_found(j, "bridge-down", STAGE_HOST, "bridge", bridge, "network", name, NULL);
	check_bridge_ipv6(j, net);
	if (net->bridge->stp)
		judge_found(j, "bridge-stp", STAGE_HOST, "bridge", bridge, "network", name, NULL);
	for (int i = 0; i < net->n_subnets; i++)
		check_gateway(j, net, &net->subnets[i]);
}

void judge_bridges(struct judging *j)
{
	judge_each_net(j, check_bridge);
}

/* ---- its ports ----------------------------------------------------------------------------- */

/* A port that is down, or a bridge that is, shows as "disabled" too: then that is the finding. */
static void check_state(struct judging *j, const struct end *e)
{
	const struct link *port = &e->member->veth->link;

	if (port->port_state == BR_STATE_FORWARDING || !port->up || !port->running ||
	    !e->net->bridge->link.up)
		return;
	judge_found(j, "bridge-port-not-forwarding", judge_port(e), "port", port->name, "container",
		    e->member->name, "state", kernel_port_state(port->port_state) ?: "unknown", NULL);
}

static bool is_known_at(const struct place *host, const struct link *port, const uint8_t mac[6])
{
	for (size_t i = 0; i < host->n_fdbs; i++)
		if (host->fdbs[i].ifindex == port->ifindex && !memcmp(host->fdbs[i].mac, mac, 6))
			return true;
	return false;
}

static void check_flood(struct judging *j, const struct end *e)
{
	const struct link *port = &e->member->veth->link;
	bool six = judge_ip(j->c, e->member)->family == AF_INET6;
	bool asks = six ? port->no_mcast_flood : port->no_bcast_flood;
	const char *what = !asks ? "frames for whom it does not know" : six ? "multicasts" : "broadcasts";
	/* unicast to whom it knows is not flooded */
	bool breaks = asks || !is_known_at(&j->c->host, port, e->member->device->link.mac);

	if (asks || port->no_flood)
		judge_found_as(j, "bridge-no-flood", breaks ? SEVERITY_BROKEN : SEVERITY_RISK,
			       judge_port(e), "bridge", e->net->network.bridge, "what", what,
			       "port", port->name, "container", e->member->name, NULL);
}

static void check_locked(struct judging *j, const struct end *e)
{
	const struct link *port = &e->member->veth->link;

	if (port->port_locked &&
	    !is_known_at(&j->c->host, port, e->member->device->link.mac))
		judge_found(j, "bridge-port-locked", judge_port(e), "port", port->name, "container",
			    e->member->name, NULL);
}

static void check_port(struct judging *j, const struct end *e)
{
	const struct resident *m = e->member;

	if (!m->device || !e->net->bridge || strcmp(m->device->link.kind, "veth"))
		return;
	if (!m->veth) {
		judge_found(j, "veth-missing", judge_port(e), "device", m->device->link.name,
			    "container", m->name, "network", e->net->network.name, NULL);
		return;
	}
	if (!m->veth->link.up)
		judge_found(j, "link-down", judge_port(e), "device", m->veth->link.name, "place",
			    "the host", "in", "", NULL);
	if (m->veth->link.master != e->net->bridge->link.ifindex) {
		judge_found(j, "bridge-port-missing", judge_port(e), "port", m->veth->link.name,
			    "container", m->name, "device", m->device->link.name, "bridge",
			    e->net->network.bridge, NULL);
		return;
	}
	check_state(j, e);
	check_flood(j, e);
	check_locked(j, e);
}

static bool is_isolated(const struct net_view *net, const struct resident *m)
{
	return m && m->veth && net->bridge && m->veth->link.master == net->bridge->link.ifindex &&
	       m->veth->link.port_isolated;
}

static void found_isolated(struct judging *j, const struct net_view *net, const struct resident *a,
			   const struct resident *b)
{
	judge_found(j, "bridge-port-isolated", STAGE_HOST, "port", a->veth->link.name, "other",
		    b->veth->link.name, "bridge", net->network.bridge, NULL);
}

static void check_isolated(struct judging *j, const struct net_view *net)
{
	const struct resident *first = NULL;

	for (size_t i = 0; i < net->n_members; i++) {
		if (!is_isolated(net, &net->members[i]))
			continue;
		if (first)
			found_isolated(j, net, first, &net->members[i]);
		first = first ? first : &net->members[i];
	}
}

void judge_ports(struct judging *j)
{
	const struct checkup *c = j->c;

	judge_each_end(j, check_port);
	if (!c->scene)
		judge_each_net(j, check_isolated);
	else if (judge_is_shared(c) && is_isolated(c->nets[0], c->ends[0]) &&
		 is_isolated(c->nets[1], c->ends[1]))
		found_isolated(j, c->nets[0], c->ends[0], c->ends[1]);
}

/* ---- VLANs ----------------------------------------------------------------------------------- */

static int pvid_of(const struct place *host, uint32_t ifindex)
{
	for (size_t i = 0; i < host->n_vlans; i++)
		if (host->vlans[i].ifindex == ifindex && host->vlans[i].pvid)
			return host->vlans[i].id;
	return 0;
}

static bool is_in_vlan(const struct place *host, uint32_t ifindex, int id)
{
	for (size_t i = 0; i < host->n_vlans; i++)
		if (host->vlans[i].ifindex == ifindex && host->vlans[i].id == id)
			return true;
	return false;
}

static void check_vlan(struct judging *j, const struct net_view *net, const struct device *from,
		       const struct device *to)
{
	int id = pvid_of(&j->c->host, from->link.ifindex);
	char vlan[16];

	if (id && is_in_vlan(&j->c->host, to->link.ifindex, id))
		return;
	snprintf(vlan, sizeof(vlan), "%d", id);
	judge_found(j, "bridge-vlan-filtered", STAGE_HOST, "bridge", net->network.bridge, "port",
		    from->link.name, "vlan", id ? vlan : "none", "other", to->link.name, NULL);
}

static void check_vlans(struct judging *j, const struct net_view *net)
{
	const struct resident *first = NULL;

	if (!net->bridge || !net->bridge->link.vlan_filtering)
		return;
	for (size_t i = 0; i < net->n_members; i++) {
		const struct resident *m = &net->members[i];

		if (!m->veth || m->veth->link.master != net->bridge->link.ifindex)
			continue;
		if (j->c->scene && m != j->c->ends[0] && m != j->c->ends[1])
			continue;
		if (first) {
			check_vlan(j, net, first->veth, m->veth);
			check_vlan(j, net, m->veth, first->veth);
		}
		first = first ? first : m;
	}
}

void judge_vlans(struct judging *j)
{
	judge_each_net(j, check_vlans);
}

/* ---- MTU --------------------------------------------------------------------------------------- */

/* The device on the way from one container that takes the least, which is less than it sends. */
static const struct device *narrowest(const struct resident *from, const struct resident *to)
{
	/*
	 * Each is where is_skb_forwardable() asks: the peers of both pairs, the port that it leaves by. The
	 * bridge's own MTU is that of what the host sends.
	 */
	const struct device *way[] = { from->veth, to ? to->veth : NULL, to ? to->device : NULL };
	const struct device *least = NULL;
	uint32_t mtu = from->device->link.mtu;

	for (size_t i = 0; i < ARRAY_SIZE(way); i++)
		if (way[i] && way[i]->link.mtu < mtu) {
			least = way[i];
			mtu = way[i]->link.mtu;
		}
	return least;
}

static void check_mtu(struct judging *j, const struct end *e)
{
	const struct checkup *c = j->c;
	const struct resident *m = e->member, *to = judge_is_shared(c) ? c->ends[!e->role] : NULL;
	const struct device *least = m->device && m->place ? narrowest(m, to) : NULL;
	char mtu[16], smaller[16], in[IN_LEN];

	if (!least)
		return;
	snprintf(mtu, sizeof(mtu), "%u", m->device->link.mtu);
	snprintf(smaller, sizeof(smaller), "%u", least->link.mtu);
	judge_found(j, "mtu-mismatch", judge_inside(e), "container", m->name, "mtu", mtu, "device",
		    m->device->link.name, "other", least->link.name, "smaller", smaller, "to",
		    to ? to->name : e->net->network.name, "in", judge_in(m->place, in, sizeof(in)),
		    NULL);
}

void judge_mtu(struct judging *j)
{
	judge_each_end(j, check_mtu);
}
