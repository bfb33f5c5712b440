/* SPDX-License-Identifier: GPL-2.0 */
/* Routes, forwarding, the reverse path check, subnets. */
#include "core/judge.h"

#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "core/advisory.h"

#define RT_TABLE_MAIN 254

static const char *ip_command(const struct ip *ip)
{
	return ip->family == AF_INET6 ? "ip -6" : "ip";
}

static const struct place *place_of(const struct checkup *c, enum role r)
{
	if (r == ROLE_HOST || c->scene->ends[r].kind == ENDPOINT_HOST)
		return &c->host;
	return c->ends[r] ? c->ends[r]->place : NULL;
}

/* ---- routes of the two -------------------------------------------------------------------- */

static const char *type_name(enum route_type type)
{
	static const char *const names[] = {
		[ROUTE_OK] = "", [ROUTE_NONE] = "none", [ROUTE_UNREACHABLE] = "unreachable",
		[ROUTE_PROHIBIT] = "prohibit", [ROUTE_BLACKHOLE] = "blackhole",
	};

	return names[type];
}

/* Its routes went with its address. */
static bool has_no_address(const struct checkup *c, enum role r)
{
	const struct resident *m = r <= ROLE_DST ? c->ends[r] : NULL;

	return m && !(m->device && judge_has_ip(m->device, judge_ip(c, m)));
}

static void check_way(struct judging *j, enum role r, enum direction dir)
{
	const struct scene *s = j->c->scene;
	const struct route *route = &s->routes[r][dir];
	const struct place *p = place_of(j->c, r);
	const struct ip *to = &s->ends[dir == DIR_REQUEST ? ROLE_DST : ROLE_SRC].ip;
	enum leg stage = r == ROLE_HOST ? STAGE_HOST : r == ROLE_SRC ? STAGE_SRC : STAGE_DST;
	char ip[ADDR_TEXT_LEN], in[IN_LEN] = "";
	const char *check = route->type != ROUTE_NONE ? "route-forbidden" :
			    s->shared || !s->dst_network.name[0] ? "no-route" : "no-shared-network";
	const struct symptom symptom = { .scene = s, .cause = check, .hook = -1, .device = "",
					 .reply = dir == DIR_REPLY };

	if (!route->known || route->type == ROUTE_OK || !p || has_no_address(j->c, r))
		return;
	judge_found_by(j, &symptom, check, SEVERITY_BROKEN, stage, "place",
		    p->id[0] ? p->name : "the host", "ip",
		    addr_format(to, ip), "type", type_name(route->type), "in",
		    judge_in(p, in, sizeof(in)), "ip-command", ip_command(to), "src",
		    s->ends[ROLE_SRC].name, "dst", s->ends[ROLE_DST].name, "network",
		    s->dst_network.name, NULL);
}

/* ---- what the host would send to a network ------------------------------------------------- */

static void check_elsewhere(struct judging *j, const struct end *e)
{
	const struct net_view *net = e->net;
	const struct route *route = &e->member->route;
	const struct device *device = judge_device(&j->c->host, route->oif);
	enum severity severity = judge_is_shared(j->c) ? SEVERITY_RISK : SEVERITY_BROKEN;
	const struct ip *ip = judge_ip(j->c, e->member);
	char text[ADDR_TEXT_LEN], type[SHORT_LEN];

	if (!ip->family || !route->known || !net->bridge ||
	    !net->bridge->link.up || /* that is the finding then */
	    (route->type == ROUTE_OK && route->oif == net->bridge->link.ifindex))
		return;
	snprintf(type, sizeof(type), "nowhere (%s)", type_name(route->type));
	judge_found_as(j, "route-elsewhere", severity, STAGE_HOST, "ip", addr_format(ip, text),
		       "device", route->type != ROUTE_OK ? type : device ? device->link.name : "?",
		       "bridge", net->network.bridge, "network", net->network.name, "ip-command",
		       ip_command(ip), NULL);
}

/* Not by who takes the other for one on its own link: an overlay's or a macvlan's is no route of the host's. */
static bool is_by_host(const struct scene *s)
{
	for (enum role r = ROLE_SRC; r <= ROLE_DST; r++) {
		const struct route *route = &s->routes[r][r];

		if (s->ends[r].kind == ENDPOINT_HOST)
			return true;
		if (s->ends[r].kind == ENDPOINT_CONTAINER && s->ends[!r].kind == ENDPOINT_ADDRESS &&
		    route->known && route->type == ROUTE_OK)
			return route->gateway.family;
	}
	return true;
}

void judge_routes(struct judging *j)
{
	if (j->c->scene) {
		check_way(j, ROLE_SRC, DIR_REQUEST);
		check_way(j, ROLE_DST, DIR_REPLY);
	}
	if (j->c->scene && is_by_host(j->c->scene)) {
		check_way(j, ROLE_HOST, DIR_REQUEST);
		check_way(j, ROLE_HOST, DIR_REPLY);
	}
	judge_each_end(j, check_elsewhere);
}

/* ---- the reverse path check ------------------------------------------------------------------ */

static int rp_filter(const struct place *p, const char *device)
{
	int all = judge_sysctl(p, "ipv4/conf/all/rp_filter", 0), own;
	char name[NAME_LEN];

	snprintf(name, sizeof(name), "ipv4/conf/%s/rp_filter", device);
	own = judge_sysctl(p, name, 0);
	return own > all ? own : all; /* IN_DEV_RPFILTER: the greater of the two */
}

/* A packet that comes in somewhere, and the way of its answer. */
struct arrival {
	const struct place *place;
	const char *device;
	uint32_t ifindex; /* of the device */
	const struct route *back;
	const struct ip *to; /* whom the answer is for */
	enum leg stage;
};

/* It comes in by one device, and its answer would leave by another. */
static void check_back(struct judging *j, const struct arrival *a)
{
	const struct place *p = a->place;
	const struct device *other = judge_device(p, a->back->oif);
	char ip[ADDR_TEXT_LEN], in[IN_LEN];

	if (!a->ifindex || a->to->family != AF_INET || !a->back->known || a->back->type != ROUTE_OK ||
	    a->back->oif == a->ifindex || rp_filter(p, a->device) != 1)
		return;
	judge_found(j, "rp-filter", a->stage, "place", p->id[0] ? p->name : "The host", "device",
		    a->device, "ip", addr_format(a->to, ip), "other", other ? other->link.name : "another", "in",
		    judge_in(p, in, sizeof(in)), NULL);
}

/* Of the host, by a bridge of the engine's. */
static void check_back_at_host(struct judging *j, const struct net_view *net, enum role from)
{
	const struct resident *m = j->c->ends[from];

	if (m && net->bridge)
		check_back(j, &(struct arrival){ &j->c->host, net->network.bridge,
						 net->bridge->link.ifindex, &m->route,
						 &j->c->scene->ends[from].ip, STAGE_HOST });
}

/*
 * Where what one sends the other comes in: at the other itself on a network of both, else at the host,
 * and from there at the other.
 */
static void check_arrivals(struct judging *j, enum role from, enum direction dir)
{
	const struct checkup *c = j->c;
	const struct scene *s = c->scene;
	const struct route *route = &s->routes[from][dir];
	const struct place *sender = place_of(c, from), *receiver = place_of(c, !from);
	const struct net_view *net;
	const struct device *in;

	if (!sender || !route->known || route->type != ROUTE_OK)
		return;
	net = judge_net_at(c, sender, route->oif);
	if (net && sender != &c->host && (route->gateway.family || receiver == &c->host)) {
		check_back_at_host(j, net, from);
		net = judge_net_at(c, &c->host, s->routes[ROLE_HOST][dir].oif);
	}
	in = net && receiver && receiver != &c->host ? judge_device_on(net, receiver) : NULL;
	if (in)
		check_back(j, &(struct arrival){ receiver, in->link.name, in->link.ifindex,
						 &s->routes[!from][!dir], &s->ends[from].ip,
						 from == ROLE_SRC ? STAGE_DST : STAGE_SRC });
}

void judge_rp_filter(struct judging *j)
{
	if (!j->c->scene)
		return;
	check_arrivals(j, ROLE_SRC, DIR_REQUEST);
	check_arrivals(j, ROLE_DST, DIR_REPLY);
}

/* ---- forwarding ---------------------------------------------------------------------------------- */

static void found_off(struct judging *j, const char *sysctl)
{
	const struct scene scene = judge_scene(j->c, NULL, AF_INET);
	const struct symptom symptom = { .scene = &scene, .cause = "forwarding-off", .hook = -1,
					 .device = "" };

	judge_found_by(j, &symptom, "forwarding-off",
		       judge_is_shared(j->c) ? SEVERITY_RISK : SEVERITY_BROKEN, STAGE_HOST, "sysctl",
		       sysctl, NULL);
}

static bool is_forwarding6(const struct place *host, const char *bridge)
{
	char name[NAME_LEN];

	snprintf(name, sizeof(name), "ipv6/conf/%s/force_forwarding", bridge);
	return judge_sysctl(host, "ipv6/conf/all/forwarding", 1) || judge_sysctl(host, name, 0) > 0;
}

/* ip6_forward(): a device's own "forwarding" decides nothing there, "force_forwarding" (6.17) does. */
static void check_forwarding6(struct judging *j, const struct net_view *net)
{
	bool has_ipv6 = false;

	for (size_t i = 0; i < net->n_members; i++)
		has_ipv6 |= net->members[i].ip6.family == AF_INET6;
	if (has_ipv6 && net->bridge && !net->network.internal &&
	    !is_forwarding6(&j->c->host, net->network.bridge))
		found_off(j, "net.ipv6.conf.all.forwarding");
}

static void check_forwarding(struct judging *j, const struct net_view *net)
{
	const struct place *host = &j->c->host;
	char name[NAME_LEN], shown[NAME_LEN + 8];

	if (net->network.internal || !net->n_members || !net->bridge)
		return;
	if (!judge_sysctl(host, "ipv4/ip_forward", 1)) {
		found_off(j, "net.ipv4.ip_forward");
		return;
	}
	snprintf(name, sizeof(name), "ipv4/conf/%s/forwarding", net->network.bridge);
	snprintf(shown, sizeof(shown), "net/%s", name);
	if (!judge_sysctl(host, name, 1))
		found_off(j, shown);
}

/* Of the two, one may be the host: then nothing is forwarded. */
void judge_forwarding(struct judging *j)
{
	const struct scene *s = j->c->scene;
	bool six = s && s->ends[ROLE_DST].ip.family == AF_INET6;

	if (s && (s->ends[ROLE_SRC].kind == ENDPOINT_HOST || s->ends[ROLE_DST].kind == ENDPOINT_HOST))
		return;
	if (six || !s)
		judge_each_net(j, check_forwarding6);
	if (!six)
		judge_each_net(j, check_forwarding);
}

/* ---- silence ---------------------------------------------------------------------------------------- */

static void check_silence(struct judging *j, const struct end *e)
{
	const struct scene *s = j->c->scene;
	bool six = judge_ip(j->c, e->member)->family == AF_INET6;
	const char *path = six ? "ipv6/icmp/echo_ignore_all" : "ipv4/icmp_echo_ignore_all";
	char in[IN_LEN];

	if (!e->member->place || e->role == ROLE_SRC || judge_sysctl(e->member->place, path, 0) <= 0 ||
	    (s && s->request.protocol != IPPROTO_ICMP))
		return;
	judge_found_as(j, "app-silent", s ? SEVERITY_BROKEN : SEVERITY_NOTE, judge_inside(e),
		       "container", e->member->place->name, "sysctl",
		       six ? "net.ipv6.icmp.echo_ignore_all" : "net.ipv4.icmp_echo_ignore_all", "in",
		       judge_in(e->member->place, in, sizeof(in)), NULL);
}

void judge_silence(struct judging *j)
{
	judge_each_end(j, check_silence);
}

/* ---- subnets --------------------------------------------------------------------------------------- */

/* The engine made both, if the other device is a bridge of its own. */
static bool is_of_engine(const struct checkup *c, const struct device *device)
{
	for (size_t i = 0; i < c->n_networks && device; i++)
		if (c->networks[i].bridge == device)
			return true;
	return false;
}

/* Addresses of a network that something else has as well. */
struct overlapping {
	const struct net_view *net;
	const struct subnet *subnet;
	const struct device *device; /* the other way */
	const char *in;              /* of whose namespace, as judge_in() has it */
	const char *other;           /* in words */
	bool broken;
};

static void found_overlap(struct judging *j, const struct overlapping *o)
{
	const struct subnet *s = o->subnet;
	const struct scene scene = judge_scene(j->c, o->net, s->ip.family);
	const struct symptom symptom = { .scene = &scene, .cause = "subnet-overlap", .hook = -1,
					 .device = "" };
	char ip[ADDR_TEXT_LEN], subnet[ADDR_TEXT_LEN + 8];

	snprintf(subnet, sizeof(subnet), "%s/%d", addr_format(&s->ip, ip), s->len);
	judge_found_by(j, is_of_engine(j->c, o->device) ? &symptom : NULL, "subnet-overlap",
		       o->broken ? SEVERITY_BROKEN : SEVERITY_RISK, STAGE_HOST, "subnet", subnet,
		       "network", o->net->network.name, "other", o->other, "in", o->in, NULL);
}

static bool covers_member(const struct checkup *c, const struct net_view *net, const struct path *p)
{
	for (size_t i = 0; i < net->n_members; i++) {
		const struct resident *m = &net->members[i];

		if (c->scene && m != c->ends[0] && m != c->ends[1])
			continue;
		if (judge_covers(&p->dst, p->len, &m->ip) || judge_covers(&p->dst, p->len, &m->ip6))
			return true;
	}
	/* where nobody of the network has the address, it is that route's to lead to */
	for (int r = 0; c->scene && r < 2; r++)
		if (c->scene->ends[r].kind == ENDPOINT_ADDRESS &&
		    judge_covers(&p->dst, p->len, &c->scene->ends[r].ip))
			return true;
	return false;
}

/* A route as long as the network's or longer, to another place, in whatever table. */
static void check_paths(struct judging *j, const struct net_view *net, const struct subnet *s)
{
	const struct place *host = &j->c->host;

	for (size_t i = 0; i < host->n_paths; i++) {
		const struct path *p = &host->paths[i];
		const struct device *device = judge_device(host, p->oif);
		char ip[ADDR_TEXT_LEN], other[NAME_LEN];
		bool broken = covers_member(j->c, net, p) && p->table == RT_TABLE_MAIN &&
			      !judge_is_shared(j->c);

		if (p->len < s->len || !judge_covers(&s->ip, s->len, &p->dst) ||
		    p->oif == net->bridge->link.ifindex)
			continue;
		snprintf(other, sizeof(other), "the route to %s/%d by %s%s", addr_format(&p->dst, ip),
			 p->len, device ? device->link.name : "?",
			 p->table == RT_TABLE_MAIN ? "" : " in another table than main");
		found_overlap(j, &(struct overlapping){ net, s, device, "", other, broken });
	}
}

static void check_own(struct judging *j, const struct net_view *net, const struct subnet *s)
{
	const struct place *host = &j->c->host;

	for (size_t i = 0; i < host->n_devices; i++) {
		const struct device *d = &host->devices[i];
		char other[NAME_LEN], ip[ADDR_TEXT_LEN];

		for (int k = 0; k < d->n_ips; k++) {
			if (d == net->bridge || !judge_covers(&s->ip, s->len, &d->ips[k]))
				continue;
			snprintf(other, sizeof(other), "%s of %s", addr_format(&d->ips[k], ip),
				 d->link.name);
			found_overlap(j, &(struct overlapping){ net, s, d, "", other, false });
		}
	}
}

static bool is_link_local(const struct subnet *s)
{
	return s->ip.family == AF_INET6 && s->ip.bytes[0] == 0xfe && (s->ip.bytes[1] & 0xc0) == 0x80;
}

static void check_overlap(struct judging *j, const struct net_view *net)
{
	for (int i = 0; i < net->n_subnets && net->bridge; i++) {
		if (is_link_local(&net->subnets[i])) /* every link has that */
			continue;
		check_paths(j, net, &net->subnets[i]);
		check_own(j, net, &net->subnets[i]);
	}
}

/* Of two on one network, one has a route of its own past it, to where the other is not. */
static void check_own_way(struct judging *j, const struct end *e)
{
	const struct checkup *c = j->c;
	enum role to = e->role == ROLE_SRC ? ROLE_DST : ROLE_SRC;
	const struct route *route = &c->scene->routes[e->role][to == ROLE_DST ? DIR_REQUEST : DIR_REPLY];
	const struct place *p = e->member->place;
	const struct device *out = p ? judge_device(p, route->oif) : NULL;
	const struct net_view *other = p ? judge_net_at(c, p, route->oif) : NULL;
	char ip[ADDR_TEXT_LEN], way[NAME_LEN * 2], in[IN_LEN];

	if (!out || !route->known || route->type != ROUTE_OK || out == e->member->device ||
	    (other && judge_device_on(other, place_of(c, to))))
		return;
	snprintf(way, sizeof(way), "the route of %.200s to %s by %s", p->name,
		 addr_format(&c->scene->ends[to].ip, ip), out->link.name);
	for (int i = 0; i < e->net->n_subnets; i++)
		if (judge_covers(&e->net->subnets[i].ip, e->net->subnets[i].len,
				 &c->scene->ends[to].ip))
			found_overlap(j, &(struct overlapping){ e->net, &e->net->subnets[i], out,
								judge_in(p, in, sizeof(in)), way, true });
}

void judge_overlaps(struct judging *j)
{
	judge_each_net(j, check_overlap);
	if (judge_is_shared(j->c))
		judge_each_end(j, check_own_way);
}
