/* SPDX-License-Identifier: GPL-2.0 */
#include "core/passive.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "core/correlate.h"
#include "core/decode.h"
#include "core/flow.h"
#include "core/mirror.h"
#include "core/noise.h"
#include "core/reset.h"
#include "core/symbolise.h"

#define EVENTS_MAX 8192 /* kept; the last ones */
#define NEIGHS_MAX 256
#define CHAINS_MAX 64
#define HITS_KEPT 1024
#define TCP_RST 0x04

/* Rules are told, and errors sent, before the packet is freed; this is for what is still on its way. */
#define SETTLE_NS 30000000ull

/* What answers for a packet, and what asked for its neighbour, is not farther away from its death. */
#define ANSWER_NS 50000000ull
#define NEIGH_NS 10000000000ull

/* Why the verdict is drawn. */
enum death { DEATH_NONE, DEATH_DROP, DEATH_SILENT };

struct passive {
	const struct scene *given;
	struct scene mirror;      /* as its destination sees it */
	struct journey places[2]; /* of these two, without hops */
	const struct ksym *ksym;
	const struct reason *reasons;
	struct session_ops ops;
	struct flows flows;
	struct resets resets;
	struct dd_event *events, *neighs; /* rings */
	struct dd_chain_event *chains;
	struct hit *hits;
	uint64_t n_events, n_neighs, n_chains, n_hits; /* that there ever were */
	uint64_t malformed, lost, missed, thinned;
	enum death death;
	struct flow dead;      /* the flow of the packet that was lost, */
	enum direction towards; /* where it was going, */
	uint32_t seq;          /* its mark, see flow_seq(), */
	uint64_t death_ns;
	bool error;            /* a lookup failed, */
	int route_err;         /* with this */
	struct scene scene;    /* of the verdict */
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
	p->events = calloc(EVENTS_MAX, sizeof(*p->events));
	p->neighs = calloc(NEIGHS_MAX, sizeof(*p->neighs));
	p->chains = calloc(CHAINS_MAX, sizeof(*p->chains));
	p->hits = calloc(HITS_KEPT, sizeof(*p->hits));
	*out = p;
	if (p->events && p->neighs && p->chains && p->hits)
		return 0;
	passive_close(take_ptr(*out));
	return -ENOMEM;
}

void passive_close(struct passive *p)
{
	if (!p)
		return;
	session_close(p->session);
	free(p->events);
	free(p->neighs);
	free(p->chains);
	free(p->hits);
	free(p);
}

/* ---- as whoever began sees it ------------------------------------------------------ */

static void event_mirror(struct dd_event *ev)
{
	ev->pkt.flags ^= DD_PKT_REPLY;
}

static void hop_of(const struct passive *p, const struct dd_event *ev, bool mirrored,
		   struct symbol *stack, struct hop *hop)
{
	struct dd_event seen = *ev;

	if (mirrored)
		event_mirror(&seen);
	*hop = (struct hop){ 0 };
	symbolise_hop(p->ksym, p->reasons, &seen, stack, hop);
	correlate_hop(p->places[mirrored].scene, &seen, hop);
	if (hop->step == STEP_DROPPED)
		correlate_drop(hop);
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

static void die(struct passive *p, enum death death, const struct flow *flow,
		enum direction towards, uint32_t seq, uint64_t ts_ns)
{
	p->death = death;
	p->dead = *flow;
	p->towards = towards;
	p->seq = seq;
	p->death_ns = ts_ns;
}

/* One table had no route, and the next was asked, is no failure. */
static bool is_refused(const struct passive *p, const struct hop *hop, const struct dd_event *ev)
{
	enum role from = hop->direction == DIR_REPLY ? ROLE_DST : ROLE_SRC;
	const struct route *route = &p->given->routes[from][hop->direction];

	return hop->role == from && (ev->route_err != -EAGAIN ||
				     (route->known && route->type != ROUTE_OK));
}

/* A route that is looked up is one for a packet that has no ports yet. */
static void on_lookup(struct passive *p, const struct hop *hop, const struct dd_event *ev)
{
	struct flow flow = { .l4 = ev->pkt.l4,
			     .began = hop->direction == DIR_REPLY ? ROLE_DST : ROLE_SRC };

	if (p->death || !is_refused(p, hop, ev))
		return;
	die(p, DEATH_DROP, &flow, hop->direction, 0, ev->ts_ns);
	p->error = true;
	p->route_err = ev->route_err;
}

static void on_drop(struct passive *p, const struct flow *flow, const struct dd_event *ev)
{
	struct symbol stack[DD_STACK_MAX];
	bool mirrored = flow->began == ROLE_DST;
	struct hop hop;

	hop_of(p, ev, mirrored, stack, &hop);
	if (noise_is(&p->places[mirrored], &hop))
		return;
	die(p, DEATH_DROP, flow, ev->pkt.flags & DD_PKT_REPLY ? DIR_REPLY : DIR_REQUEST,
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
	if (ev->kind == DD_EV_DROP && !p->death)
		on_drop(p, flow, ev);
}

/*
 * TCP takes the device off what it has received: such a packet is where it was seen last, and nowhere
 * here if it was not.
 */
static bool place_known(const struct passive *p, struct dd_event *ev)
{
	uint64_t n = p->n_events < EVENTS_MAX ? p->n_events : EVENTS_MAX;

	for (uint64_t i = 1; i <= n; i++) {
		const struct dd_event *seen = &p->events[(p->n_events - i) % EVENTS_MAX];

		if (seen->head != ev->head || flow_seq(&seen->pkt) != flow_seq(&ev->pkt))
			continue;
		ev->netns = seen->netns;
		return true;
	}
	return false;
}

static void on_chain(struct passive *p, const void *data, size_t len)
{
	struct dd_chain_event *to = &p->chains[p->n_chains % CHAINS_MAX];

	if (decode_chain(data, len, to))
		p->malformed++;
	else if (to->verdict != NF_ACCEPT)
		p->n_chains++;
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
		p->neighs[p->n_neighs++ % NEIGHS_MAX] = ev;
	else
		p->events[p->n_events++ % EVENTS_MAX] = ev;
	if (ev.kind != DD_EV_DROPPER && ev.kind != DD_EV_FUNCTION)
		on_packet(p, &ev);
}

void passive_hit(struct passive *p, const struct hit *hit)
{
	p->hits[p->n_hits++ % HITS_KEPT] = *hit;
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

	if (p->death)
		return now_ns >= p->death_ns + SETTLE_NS;
	u = flow_overdue(&p->flows, now_ns);
	if (!u)
		return false;
	if (may_conclude(p))
		die(p, DEATH_SILENT, &u->flow, u->direction, u->seq, u->sent_ns);
	flow_forget(&p->flows, u);
	return p->death;
}

/* ---- the exchange of the packet that was lost ----------------------------------------- */

/* What a session is made of, in the order in which it happened. */
struct story {
	const struct dd_event *events[EVENTS_MAX + NEIGHS_MAX];
	int n;
	const struct dd_event *first, *answer; /* of the lost packet; what refused it */
};

static enum direction direction_of(const struct dd_event *ev)
{
	return ev->pkt.flags & DD_PKT_REPLY ? DIR_REPLY : DIR_REQUEST;
}

static bool is_of_dead(const struct passive *p, const struct dd_event *ev)
{
	const struct hop hop = { .pkt = ev->pkt, .direction = direction_of(ev) };
	struct flow key;

	if (ev->kind == DD_EV_ROUTE)
		return p->error && ev->pkt.l4 == p->dead.l4;
	flow_key(&hop, &key);
	return flow_same(&key, &p->dead);
}

static bool is_lost_one(const struct passive *p, const struct dd_event *ev)
{
	return direction_of(ev) == p->towards && !(ev->pkt.flags & DD_PKT_QUOTED) &&
	       (ev->kind == DD_EV_ROUTE || flow_seq(&ev->pkt) == p->seq);
}

static bool is_answer(const struct passive *p, const struct dd_event *ev)
{
	uint64_t apart = ev->ts_ns > p->death_ns ? ev->ts_ns - p->death_ns : p->death_ns - ev->ts_ns;

	return direction_of(ev) != p->towards && apart < ANSWER_NS &&
	       (ev->pkt.flags & DD_PKT_QUOTED ||
		(ev->pkt.l4 == IPPROTO_TCP && ev->pkt.tcp_flags & TCP_RST));
}

/* The last packet of the other direction, before the one that was lost: what that one answers. */
static const struct dd_event *last_before(const struct passive *p, uint64_t ts_ns)
{
	uint64_t n = p->n_events < EVENTS_MAX ? p->n_events : EVENTS_MAX;

	for (uint64_t i = 1; i <= n; i++) {
		const struct dd_event *ev = &p->events[(p->n_events - i) % EVENTS_MAX];

		if (ev->ts_ns <= ts_ns && direction_of(ev) != p->towards && is_of_dead(p, ev) &&
		    !(ev->pkt.flags & DD_PKT_QUOTED))
			return ev;
	}
	return NULL;
}

static int by_time(const void *a, const void *b)
{
	uint64_t x = (*(const struct dd_event *const *)a)->ts_ns;
	uint64_t y = (*(const struct dd_event *const *)b)->ts_ns;

	return (x > y) - (x < y);
}

static void gather_lost(const struct passive *p, struct story *s)
{
	uint64_t n = p->n_events < EVENTS_MAX ? p->n_events : EVENTS_MAX;

	for (uint64_t i = n; i > 0; i--) {
		const struct dd_event *ev = &p->events[(p->n_events - i) % EVENTS_MAX];

		if (!is_of_dead(p, ev))
			continue;
		if (!is_lost_one(p, ev) && !is_answer(p, ev))
			continue;
		s->events[s->n++] = ev;
		if (!s->first && is_lost_one(p, ev))
			s->first = ev;
		if (is_answer(p, ev))
			s->answer = ev;
	}
}

static void gather_question(const struct passive *p, struct story *s)
{
	const struct dd_event *last = last_before(p, s->first ? s->first->ts_ns : p->death_ns);
	uint64_t n = p->n_events < EVENTS_MAX ? p->n_events : EVENTS_MAX;

	/* whoever began was not answering anybody */
	if (!last || p->towards == (p->dead.began == ROLE_SRC ? DIR_REQUEST : DIR_REPLY))
		return;
	for (uint64_t i = n; i > 0; i--) {
		const struct dd_event *ev = &p->events[(p->n_events - i) % EVENTS_MAX];

		if (ev->ts_ns <= last->ts_ns && direction_of(ev) != p->towards &&
		    is_of_dead(p, ev) && flow_seq(&ev->pkt) == flow_seq(&last->pkt))
			s->events[s->n++] = ev;
	}
}

static void gather_neighbours(const struct passive *p, struct story *s)
{
	uint64_t n = p->n_neighs < NEIGHS_MAX ? p->n_neighs : NEIGHS_MAX;

	for (uint64_t i = n; i > 0; i--) {
		const struct dd_event *ev = &p->neighs[(p->n_neighs - i) % NEIGHS_MAX];

		if (ev->ts_ns + NEIGH_NS > p->death_ns)
			s->events[s->n++] = ev;
	}
}

static void tell_event(const struct passive *p, const struct dd_event *ev)
{
	struct dd_event told = *ev;

	told.pkt.probe = 1;
	if (p->mirrored)
		event_mirror(&told);
	session_event(p->session, &told, sizeof(told));
}

static void tell_chains(const struct passive *p)
{
	uint64_t n = p->n_chains < CHAINS_MAX ? p->n_chains : CHAINS_MAX;

	for (uint64_t i = n; i > 0; i--) {
		struct dd_chain_event told = p->chains[(p->n_chains - i) % CHAINS_MAX];

		if (!is_of_dead(p, &told.ev) && !told.ev.pkt.neigh_op)
			continue;
		told.ev.pkt.probe = 1;
		if (p->mirrored)
			event_mirror(&told.ev);
		session_event(p->session, &told, sizeof(told));
	}
}

static void tell_hits(const struct passive *p)
{
	uint64_t n = p->n_hits < HITS_KEPT ? p->n_hits : HITS_KEPT;

	for (uint64_t i = n; i > 0; i--) {
		struct hit told = p->hits[(p->n_hits - i) % HITS_KEPT];

		if (p->mirrored)
			told.role = mirror_role(told.role);
		session_hit(p->session, &told);
	}
}

static void tell_answer(const struct passive *p, const struct dd_event *ev)
{
	struct answer answer = {
		.kind = ev->pkt.flags & DD_PKT_QUOTED ? ANSWER_ICMP : ANSWER_RESET,
		.probe = 1,
		.ts_ns = ev->ts_ns,
		.from.family = p->scene.ends[ROLE_DST].ip.family,
		.icmp_type = ev->pkt.icmp_type,
		.icmp_code = ev->pkt.icmp_code,
	};

	memcpy(answer.from.bytes, ev->pkt.src, sizeof(answer.from.bytes));
	session_answer(p->session, &answer);
}

static void tell(const struct passive *p, struct story *s)
{
	struct sent sent = { .probe = 1, .ts_ns = s->n ? s->events[0]->ts_ns : p->death_ns,
			     .err = p->error ? p->route_err : 0 };

	/* a route that is missing in the last table is what a sender is told as unreachable */
	if (sent.err == -EAGAIN)
		sent.err = -ENETUNREACH;
	session_sent(p->session, &sent);
	for (int i = 0; i < s->n; i++)
		tell_event(p, s->events[i]);
	tell_chains(p);
	tell_hits(p);
	if (s->answer && p->towards == (p->dead.began == ROLE_SRC ? DIR_REQUEST : DIR_REPLY))
		tell_answer(p, s->answer);
	session_lost(p->session, p->lost, p->missed);
}

/* The request that the lost packet belongs to, as if it had been asked for. */
static void scene_of_dead(struct passive *p)
{
	struct request *r = &p->scene.request;
	enum role served = p->dead.began == ROLE_SRC ? ROLE_DST : ROLE_SRC;

	p->mirrored = p->dead.began == ROLE_DST;
	/* anew: what the namespaces look like was read once more since */
	if (p->mirrored)
		mirror_scene(p->given, &p->scene);
	else
		p->scene = *p->given;
	r->count = 1;
	r->protocol = p->dead.l4 == IPPROTO_ICMPV6 ? IPPROTO_ICMP : p->dead.l4;
	r->port = r->protocol == IPPROTO_ICMP ? 0 : p->dead.ports[served];
}

static void verdict_of_dead(struct passive *p, struct verdict *v)
{
	const struct session_ops ops = { .rule = rule_of, .culprit = culprit_of, .ctx = p };
	struct story *s __free = calloc(1, sizeof(*s));

	scene_of_dead(p);
	session_close(take_ptr(p->session));
	if (!s || session_open(&p->scene, p->ksym, p->reasons, &ops, &p->session))
		return;
	gather_lost(p, s);
	gather_question(p, s);
	gather_neighbours(p, s);
	qsort(s->events, s->n, sizeof(s->events[0]), by_time);
	tell(p, s);
	session_verdict(p->session, v);
	v->events_malformed = p->malformed;
}

void passive_verdict(struct passive *p, struct verdict *out, const struct scene **scene)
{
	struct verdict v = { .kind = VERDICT_INCONCLUSIVE, .events_lost = p->lost,
			     .events_missed = p->missed, .events_malformed = p->malformed };

	*scene = p->given;
	if (p->death) {
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
	for (int i = 0; i < v.following.n_resets && p->death && p->mirrored; i++)
		v.following.resets[i].role = mirror_role(v.following.resets[i].role);
	*out = v;
}
