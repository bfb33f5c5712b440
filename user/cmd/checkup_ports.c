/* SPDX-License-Identifier: GPL-2.0 */
/* The part of a checkup that looks what leads to published ports. */
#include "cmd/checkup_ports.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "core/judge.h"
#include "source/ruleset_dump.h"
#include "source/sockdiag.h"

typedef void (*port_fn)(struct published *p, void *ctx);

static void each_port(struct checkup *c, port_fn fn, void *ctx)
{
	for (size_t i = 0; i < c->n_places; i++)
		for (int k = 0; k < c->places[i].n_published; k++)
			fn(&c->places[i].published[k], ctx);
}

static void ask_rules(struct published *p, void *ctx)
{
	p->led = p->led || judge_leads(ctx, p);
}

static void note_left(struct published *p, void *ctx)
{
	*(bool *)ctx |= !p->led;
}

/* A proxy of the engine's: nobody else can have the port. What cannot be told is nobody's fault. */
static void ask_sockets(struct published *p, void *ctx)
{
	static const struct ip loopback = { .family = AF_INET, .bytes = { 127, 0, 0, 1 } };
	const int *netns = ctx;
	struct service s = { 0 };

	if (!p->led)
		p->served = sockdiag_service(*netns, p->l4, p->ip.family ? &p->ip : &loopback, p->port, &s) ||
			    s.takers;
}

/* Containers that came after the rules were read have theirs now, and one that ended needs none. */
static int ask_again(struct checkup *c, struct docker *docker, int netns)
{
	struct container *now __free = calloc(1, sizeof(*now));
	struct rules_view rules = { 0 };
	int err = now ? ruleset_dump(netns, &rules) : -ENOMEM;

	if (!err)
		err = ruleset_dump_legacy(netns, &rules);
	if (!err)
		each_port(c, ask_rules, &rules);
	ruleset_dump_free(&rules);
	for (size_t i = 0; i < c->n_places && !err; i++) {
		bool left = false;

		for (int k = 0; k < c->places[i].n_published; k++)
			note_left(&c->places[i].published[k], &left);
		if (left && (docker_inspect(docker, c->places[i].id, now) || now->pid != c->places[i].pid))
			c->places[i].n_published = 0;
	}
	return err;
}

void checkup_ports(struct checkup *c, struct docker *docker, int netns)
{
	bool left = false;
	int err = 0;

	if (c->unread[NEED_RULES][0] || c->unread[NEED_LEGACY][0])
		return;
	each_port(c, ask_rules, &c->host.rules);
	each_port(c, note_left, &left);
	if (left)
		err = ask_again(c, docker, netns);
	if (err)
		checkup_unread(c, NEED_PORTS, "the rules cannot be read again", err);
	if (left && !err)
		each_port(c, ask_sockets, &netns);
}
