/* SPDX-License-Identifier: GPL-2.0 */
#include "core/passive.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "core/correlate.h"
#include "core/decode.h"
#include "core/flow.h"
#include "core/mirror.h"
#include "core/noise.h"
#include "core/reset.h"
#include "core/story.h"
#include "core/symbolise.h"

/* Rules are told, and errors sent, before the packet is freed; this is for what is still on its way. */
#define SETTLE_NS 30000000ull

struct passive {
	const struct scene *given;
	struct scene mirror;      /* as its destination sees it */
	struct journey places[2]; /* of these two, without hops */
	const struct ksym *ksym;
	const struct reason *reasons;
	struct session_ops ops;
	struct flows flows;
	struct resets resets;
	struct kept kept;
	uint64_t malformed, lost, missed, thinned;
	struct death death;
	struct scene scene; /* of the verdict */
	struct session *session;
	bool mirrored;
};

int passive_open(const struct scene *scene, const struct ksym *ksym, const struct reason *reasons,
		 const struct session_ops *ops, struct passive **out)
{
	struct passive *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->given = scene;
	mirror_scene(scene, &p->mirror);
	p->places[0].scene = scene;
	p->places[1].scene = &p->mirror;
	p->ksym = ksym;
	p->reasons = reasons;
	p->ops = *ops;
	flow_init(&p->flows, &p->places[0]);
	p->kept.events = calloc(EVENTS_KEPT, sizeof(*p->kept.events));
	p->kept.neighs = calloc(NEIGHS_KEPT, sizeof(*p->kept.neighs));
	p->kept.chains = calloc(CHAINS_KEPT, sizeof(*p->kept.chains));
	p->kept.hits = calloc(HITS_KEPT, sizeof(*p->kept.hits));
	*out = p;
	if (p->kept.events && p->kept.neighs && p->kept.chains && p->kept.hits)
		return 0;
	passive_close(take_ptr(*out));
	return -ENOMEM;
}

void passive_close(struct passive *p)
{
	if (!p)
		return;
	session_close(p->session);
	free(p->kept.events);
	free(p->kept.neighs);
	free(p->kept.chains);
	free(p->kept.hits);
	free(p);
}

/* ---- as whoever began sees it ------------------------------------------------------ */

static void hop_of(const struct passive *p, const struct dd_event *ev, bool mirrored,
		   struct symbol *stack, struct hop *hop)
{
	struct dd_event seen = *ev;

	if (mirrored)
		story_mirror(&seen);
	*hop = (struct hop){ 0 };
	symbolise_hop(p->ksym, p->reasons, &seen, stack, hop);
	correlate_hop(p->places[mirrored].scene, &seen, hop);
	if (hop->step == STEP_DROPPED)
		correlate_drop(p->places[mirrored].scene, hop);
}

/* The session speaks of its own source; who has to be asked knows the one that was given. */
static int rule_of(void *ctx, const struct hop *drop, const struct hit *hit, const char *table,
		   struct rule *out)
{
	const struct passive *p = ctx;
	struct hop hop = *drop;

	if (p->mirrored)
		hop.role = mirror_role(hop.role);
	return p->ops.rule(p->ops.ctx, &hop, hit, table, out);
}

static int culprit_of(void *ctx, const struct hop *drop, const struct hit *hit,
		      enum dd_hook_stage stage, struct culprit *out)
{
	const struct passive *p = ctx;
	struct hop hop = *drop;

	if (p->mirrored)
		hop.role = mirror_role(hop.role);
	return p->ops.culprit(p->ops.ctx, &hop, hit, stage, out);
}

/* ---- what comes in ------------------------------------------------------------------ */

static void die(struct passive *p, const struct flow *flow, enum direction towards, uint32_t seq,
		uint64_t ts_ns)
{
	p->death = (struct death){
		.ts_ns = ts_ns,
		.flow = *flow,
		.towards = towards,
		.seq = seq,
		.from_netns = p->given->ends[towards == DIR_REPLY ? ROLE_DST : ROLE_SRC].netns,
	};
}

/*
 * That one table had no route, and the next was asked, is no failure. IPv4's lookup does not tell
 * whose it is: another namespace may have the same addresses, so that the route has to agree.
 */
static bool is_refused(const struct passive *p, const struct hop *hop, const struct dd_event *ev)
{
	enum role from = hop->direction == DIR_REPLY ? ROLE_DST : ROLE_SRC;
	const struct route *route = &p->given->routes[from][hop->direction];

	return hop->role == from && ((ev->netns && ev->route_err != -EAGAIN) ||
				     (route->known && route->type != ROUTE_OK));
}

/* A route that is looked up is one for a packet that has no ports yet. */
static void on_lookup(struct passive *p, const struct hop *hop, const struct dd_event *ev)
{
	struct flow flow = { .l4 = ev->pkt.l4,
			     .began = hop->direction == DIR_REPLY ? ROLE_DST : ROLE_SRC };

	if (p->death.ts_ns || !is_refused(p, hop, ev))
		return;
	die(p, &flow, hop->direction, 0, ev->ts_ns);
	p->death.refused = true;
	p->death.route_err = ev->route_err;
}

static void on_drop(struct passive *p, const struct flow *flow, const struct dd_event *ev)
{
	struct symbol stack[DD_STACK_MAX];
	bool mirrored = flow->began == ROLE_DST;
	struct hop hop;

	hop_of(p, ev, mirrored, stack, &hop);
	if (noise_is(&p->places[mirrored], &hop))
		return;
	die(p, flow, ev->pkt.flags & DD_PKT_REPLY ? DIR_REPLY : DIR_REQUEST,
	    flow_seq(&ev->pkt), ev->ts_ns);
}

static void on_packet(struct passive *p, const struct dd_event *ev)
{
	struct symbol stack[DD_STACK_MAX];
	const struct flow *flow;
	struct hop hop;

	hop_of(p, ev, false, stack, &hop);
	if (hop.step == STEP_ROUTE_FAILED) {
		on_lookup(p, &hop, ev);
		return;
	}
	flow = flow_note(&p->flows, &hop);
	if (!flow)
		return;
	reset_note(&p->resets, flow, &hop);
	if (ev->kind == DD_EV_DROP && !p->death.ts_ns)
		on_drop(p, flow, ev);
}

/*
 * TCP takes the device off what it has received: such a packet is where it was seen last, and nowhere
 * here if it was not.
 */
static bool place_known(const struct passive *p, struct dd_event *ev)
{
	uint64_t n = p->kept.n_events < EVENTS_KEPT ? p->kept.n_events : EVENTS_KEPT;

	for (uint64_t i = 1; i <= n; i++) {
		const struct dd_event *seen = &p->kept.events[(p->kept.n_events - i) % EVENTS_KEPT];

		if (seen->head != ev->head || flow_seq(&seen->pkt) != flow_seq(&ev->pkt))
			continue;
		ev->netns = seen->netns;
		return true;
	}
	return false;
}

static void on_chain(struct passive *p, const void *data, size_t len)
{
	struct dd_chain_event *to = &p->kept.chains[p->kept.n_chains % CHAINS_KEPT];

	if (decode_chain(data, len, to))
		p->malformed++;
	else if (to->verdict != NF_ACCEPT)
		p->kept.n_chains++;
}

void passive_event(struct passive *p, const void *data, size_t len)
{
	struct dd_event ev;

	if (decode_event(data, len, &ev)) {
		p->malformed++;
		return;
	}
	if (ev.pkt.flags & DD_PKT_TEST)
		return;
	if (ev.kind == DD_EV_CHAIN) {
		on_chain(p, data, len);
		return;
	}
	if (!ev.netns && ev.kind == DD_EV_DROP && !place_known(p, &ev))
		return;
	if (ev.pkt.ethertype == 0x0806 || ev.pkt.neigh_op)
		p->kept.neighs[p->kept.n_neighs++ % NEIGHS_KEPT] = ev;
	else
		p->kept.events[p->kept.n_events++ % EVENTS_KEPT] = ev;
	if (ev.kind != DD_EV_DROPPER && ev.kind != DD_EV_FUNCTION)
		on_packet(p, &ev);
}

void passive_hit(struct passive *p, const struct hit *hit)
{
	p->kept.hits[p->kept.n_hits++ % HITS_KEPT] = *hit;
}

void passive_lost(struct passive *p, uint64_t lost, uint64_t missed, uint64_t thinned)
{
	p->lost = lost;
	p->missed = missed;
	p->thinned = thinned;
}

/* What was not seen may have happened all the same, unless everything was seen. */
static bool may_conclude(const struct passive *p)
{
	return !p->lost && !p->missed && !p->thinned;
}

bool passive_settled(struct passive *p, uint64_t now_ns)
{
	const struct under_way *u;

	if (p->death.ts_ns)
		return now_ns >= p->death.ts_ns + SETTLE_NS;
	u = flow_overdue(&p->flows, now_ns);
	if (!u)
		return false;
	if (may_conclude(p))
		die(p, &u->flow, u->direction, u->seq, u->sent_ns);
	flow_forget(&p->flows, u);
	return p->death.ts_ns;
}

/* ---- the verdict ------------------------------------------------------------------- */

/* The request that the lost packet belongs to, as if it had been asked for. */
static void scene_of_dead(struct passive *p)
{
	struct request *r = &p->scene.request;
	enum role served = p->death.flow.began == ROLE_SRC ? ROLE_DST : ROLE_SRC;

	p->mirrored = p->death.flow.began == ROLE_DST;
	/* anew: what the namespaces look like was read once more since */
	if (p->mirrored)
		mirror_scene(p->given, &p->scene);
	else
		p->scene = *p->given;
	r->count = 1;
	r->protocol = p->death.flow.l4 == IPPROTO_ICMPV6 ? IPPROTO_ICMP : p->death.flow.l4;
	r->port = r->protocol == IPPROTO_ICMP ? 0 : p->death.flow.ports[served];
}

static void verdict_of_dead(struct passive *p, struct verdict *v)
{
	const struct session_ops ops = { .rule = rule_of, .culprit = culprit_of, .ctx = p };

	scene_of_dead(p);
	session_close(take_ptr(p->session));
	if (session_open(&p->scene, p->ksym, p->reasons, &ops, &p->session) ||
	    story_tell(&p->kept, &p->death, p->session))
		return;
	session_lost(p->session, p->lost, p->missed);
	session_verdict(p->session, v);
	v->events_malformed = p->malformed;
}

void passive_verdict(struct passive *p, struct verdict *out, const struct scene **scene)
{
	struct verdict v = { .kind = VERDICT_INCONCLUSIVE, .events_lost = p->lost,
			     .events_missed = p->missed, .events_malformed = p->malformed };

	*scene = p->given;
	if (p->death.ts_ns) {
		verdict_of_dead(p, &v);
		*scene = &p->scene;
	} else if (p->flows.n_whole) {
		v.kind = VERDICT_DELIVERED;
	}
	v.following = (struct following){
		.on = true,
		.flows = p->flows.n_flows,
		.packets = p->flows.n_packets,
		.whole = p->flows.n_whole,
		.again = p->flows.n_again,
		.zero_windows = p->flows.n_zero_windows,
		.thinned = p->thinned,
		.forgotten = p->flows.n_forgotten,
	};
	v.following.n_resets = reset_sum(&p->resets, v.following.resets);
	for (int i = 0; i < v.following.n_resets && p->death.ts_ns && p->mirrored; i++)
		v.following.resets[i].role = mirror_role(v.following.resets[i].role);
	*out = v;
}
