/* SPDX-License-Identifier: GPL-2.0 */
#include "core/also.h"

#include <linux/if_bridge.h>
#include <string.h>

#include "base/array.h"
#include "core/explain.h"

#define TCP_RST 0x04

struct also {
	const struct evidence *e;
	const struct cause *cause;
	struct cause *out;
	int n;
};

static bool same_cause(const struct cause *a, const struct cause *b)
{
	return !strcmp(a->id, b->id) && !strcmp(a->text, b->text);
}

static void add(struct also *a, const struct evidence *e)
{
	struct cause cause;

	explain_cause(e, &cause);
	if (a->n == ALSO_MAX || !strcmp(cause.id, "unknown") || !strcmp(cause.id, "vanished") ||
	    same_cause(&cause, a->cause))
		return;
	for (int i = 0; i < a->n; i++)
		if (same_cause(&cause, &a->out[i]))
			return;
	a->out[a->n++] = cause;
}

/* ---- what was dropped besides -------------------------------------------------------- */

static bool same_place(const struct hop *a, const struct hop *b)
{
	return a->role == b->role && a->where.offset == b->where.offset &&
	       a->hook_pf == b->hook_pf && a->hook_num == b->hook_num &&
	       a->direction == b->direction && !strcmp(a->where.function, b->where.function);
}

/* Not a copy of the packet that was lost, nor what was sent because it was. */
static bool is_another(const struct evidence *e, const struct hop *hop)
{
	bool refusal = hop->pkt.flags & DD_PKT_QUOTED ||
		       (!hop->neigh && hop->pkt.l4 == IPPROTO_TCP && hop->pkt.tcp_flags & TCP_RST);

	if (hop->step != STEP_DROPPED || refusal || journey_is_noise(e->journey, hop))
		return false;
	return !e->drop || (hop->probe != e->drop->probe && hop->neigh == e->drop->neigh) ||
	       journey_message(hop) != journey_message(e->drop);
}

/* Each place once, or a rule that drops every packet of sixty-four would be asked for as often. */
static bool is_first_there(const struct evidence *e, int i)
{
	const struct hop *hops = e->journey->hops;

	for (int k = 0; k < i; k++)
		if (is_another(e, &hops[k]) && same_place(&hops[k], &hops[i]))
			return false;
	return true;
}

static void drops_besides(struct also *a, also_blame blame_find, void *ctx)
{
	const struct journey *j = a->e->journey;

	for (int i = 0; i < j->n_hops; i++) {
		const struct hop *hop = &j->hops[i];
		struct blame blame;
		struct evidence e;

		if (!is_another(a->e, hop))
			continue;
		/* rules of one chain drop in one place */
		if (hop->layer != LAYER_NETFILTER && !is_first_there(a->e, i))
			continue;
		blame_find(ctx, hop, &blame);
		evidence_of_drop(j, hop->probe, hop, &blame, &e);
		if (!e.given_up)
			add(a, &e);
	}
}

/* ---- what the state of things will do -------------------------------------------------- */

/* As if a packet of this direction had met it. */
static struct evidence met(const struct also *a, enum direction dir, enum role at_fault,
			   const struct link *link, uint64_t facts)
{
	bool back = dir == DIR_REPLY;

	return (struct evidence){
		.scene = a->e->scene,
		.journey = a->e->journey,
		.probe = a->e->probe,
		.lost = back ? MSG_REPLY : MSG_REQUEST,
		.from = back ? ROLE_DST : ROLE_SRC,
		.to = back ? ROLE_SRC : ROLE_DST,
		.at_fault = at_fault,
		.link = link,
		.facts = facts,
	};
}

static void routes(struct also *a)
{
	static const struct {
		enum role role;
		enum direction dir;
	} rows[] = {
		{ ROLE_SRC, DIR_REQUEST }, { ROLE_HOST, DIR_REQUEST },
		{ ROLE_DST, DIR_REPLY },   { ROLE_HOST, DIR_REPLY },
	};
	const struct scene *s = a->e->scene;

	/* that there is none is what such networks are for */
	if (s->network.internal || s->dst_network.internal)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct route *route = &s->routes[rows[i].role][rows[i].dir];
		struct evidence e = met(a, rows[i].dir, rows[i].role, NULL,
					route->type == ROUTE_NONE ? FACT_NO_ROUTE : FACT_FORBIDDEN);

		if (route->known && route->type != ROUTE_OK)
			add(a, &e);
	}
}

static bool links(struct also *a, enum role r)
{
	const struct endpoint *end = &a->e->scene->ends[r];
	const struct link *const both[] = { &end->device, &end->host_device };

	for (size_t i = 0; i < ARRAY_SIZE(both); i++) {
		struct evidence e = met(a, (enum direction)r, r, both[i], FACT_LINK_DOWN);

		if (!both[i]->ifindex || both[i]->up || end->kind == ENDPOINT_HOST)
			continue;
		add(a, &e);
		return true;
	}
	return false;
}

static void port(struct also *a, enum role r)
{
	const struct link *port = &a->e->scene->ends[r].host_device;
	bool missing = port->master != a->e->scene->bridge.ifindex;
	struct evidence e = met(a, (enum direction)r, r, port,
				FACT_BRIDGE | (missing ? FACT_PORT_MISSING : FACT_PORT_BLOCKED));

	if (port->ifindex && (missing || port->port_state != BR_STATE_FORWARDING))
		add(a, &e);
}

/* A device that is down takes its port along, and a bridge that is down takes all. */
static void bridge(struct also *a)
{
	const struct scene *s = a->e->scene;
	bool down[2] = { links(a, ROLE_SRC), links(a, ROLE_DST) };
	struct evidence isolated = met(a, DIR_REQUEST, ROLE_DST, &s->ends[ROLE_DST].host_device,
				       FACT_BRIDGE | FACT_ISOLATED);
	struct evidence dead = met(a, DIR_REQUEST, ROLE_DST, NULL, FACT_BRIDGE | FACT_BRIDGE_DOWN);

	if (!s->shared || !s->bridge.ifindex)
		return;
	if (!s->bridge.up) {
		add(a, &dead);
		return;
	}
	for (int r = ROLE_SRC; r <= ROLE_DST; r++)
		if (!down[r])
			port(a, (enum role)r);
	if (s->ends[ROLE_SRC].host_device.port_isolated && s->ends[ROLE_DST].host_device.port_isolated)
		add(a, &isolated);
}

/* The frame showed it before it was dropped for something else. */
static void address(struct also *a)
{
	struct evidence e = *a->e;

	e.facts &= FACT_WRONG_MAC;
	e.has_rule = false;
	e.culprit = (struct culprit){ 0 };
	if (e.facts)
		add(a, &e);
}

int also_find(const struct evidence *e, const struct cause *cause, also_blame blame, void *ctx,
	      struct cause out[ALSO_MAX])
{
	struct also a = { .e = e, .cause = cause, .out = out };

	drops_besides(&a, blame, ctx);
	routes(&a);
	bridge(&a);
	address(&a);
	return a.n;
}
