/* SPDX-License-Identifier: GPL-2.0 */
#include "core/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "core/advisory.h"
#include "core/attached.h"
#include "core/bridge.h"
#include "core/also.h"
#include "core/correlate.h"
#include "core/decode.h"
#include "core/evidence.h"
#include "core/explain.h"
#include "core/gate.h"
#include "core/hits.h"
#include "core/stack_facts.h"
#include "core/symbolise.h"

#define TCP_RST 0x04

/* What makes a bridge not pass a frame on without freeing it for a reason. */
#define FACTS_SILENT \
	(FACT_LINK_DOWN | FACT_BRIDGE_DOWN | FACT_PORT_MISSING | FACT_PORT_BLOCKED | FACT_ISOLATED | \
	 FACT_VLAN | FACT_FDB_WRONG | FACT_NO_FLOOD)

struct session {
	const struct scene *scene;
	const struct ksym *ksym;
	const struct reason *reasons;
	struct session_ops ops;
	struct journey journey;
	uint64_t malformed;
};

int session_open(const struct scene *scene, const struct ksym *ksym, const struct reason *reasons,
		 const struct session_ops *ops, struct session **out)
{
	struct session *s __cleanup(cleanup_session) = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	s->scene = scene;
	s->ksym = ksym;
	s->reasons = reasons;
	s->ops = *ops;
	err = journey_init(&s->journey, scene);
	if (err)
		return err;
	*out = take_ptr(s);
	return 0;
}

void session_close(struct session *s)
{
	if (!s)
		return;
	journey_free(&s->journey);
	free(s);
}

void cleanup_session(struct session **s)
{
	session_close(*s);
}

static bool is_without_route(const struct session *s, const struct hop *hop)
{
	const struct route *route = &s->scene->routes[hop->role][hop->direction];

	return hop->role <= ROLE_HOST && route->known && route->type != ROUTE_OK;
}

static void chain_event(struct session *s, const void *data, size_t len)
{
	struct dd_chain_event chain;
	struct hop hop = { 0 };
	struct hit hit;

	if (decode_chain(data, len, &chain)) {
		s->malformed++;
		return;
	}
	symbolise_hop(s->ksym, s->reasons, &chain.ev, NULL, &hop);
	correlate_chain(s->scene, &chain, &hop, &hit);
	journey_add_hop(&s->journey, &hop);
	journey_add_hit(&s->journey, &hit);
}

static bool is_of_socket(const struct dd_event *ev)
{
	return ev->function == DD_FN_sk_filter_trim_cap ||
	       ev->function == DD_FN___cgroup_bpf_run_filter_skb;
}

static void dropper_event(struct session *s, const struct dd_event *ev)
{
	struct hop hop = { 0 };
	struct hit hit;

	symbolise_hop(s->ksym, s->reasons, ev, NULL, &hop);
	if (is_of_socket(ev)) {
		correlate_socket(s->scene, ev, &hop);
		journey_add_hop(&s->journey, &hop);
		return;
	}
	correlate_dropper(s->scene, ev, &hop, &hit);
	journey_add_hop(&s->journey, &hop);
	journey_add_hit(&s->journey, &hit);
}

void session_event(struct session *s, const void *data, size_t len)
{
	struct symbol stack[DD_STACK_MAX];
	struct hop hop = { 0 };
	struct dd_event ev;

	if (decode_event(data, len, &ev)) {
		s->malformed++;
		return;
	}
	if (ev.pkt.flags & DD_PKT_TEST)
		return;
	if (ev.kind == DD_EV_CHAIN) {
		chain_event(s, data, len);
		return;
	}
	if (ev.kind == DD_EV_DROPPER) {
		dropper_event(s, &ev);
		return;
	}
	symbolise_hop(s->ksym, s->reasons, &ev, stack, &hop);
	correlate_hop(s->scene, &ev, &hop);
	if (hop.step == STEP_DROPPED)
		correlate_drop(s->scene, &hop);
	if (hop.step == STEP_DROPPED)
		hits_hook(&s->journey, &hop);
	if (hop.step == STEP_CONSUMED && hop.role == ROLE_OTHER)
		return; /* without a namespace it says nothing */
	if (hop.step == STEP_ROUTE_FAILED && ev.route_err == -EAGAIN && !is_without_route(s, &hop))
		return; /* one table had none, and the next was asked */
	journey_add_hop(&s->journey, &hop);
}

void session_hit(struct session *s, const struct hit *hit)
{
	journey_add_hit(&s->journey, hit);
}

void session_sent(struct session *s, const struct sent *sent)
{
	journey_add_sent(&s->journey, sent);
}

void session_answer(struct session *s, const struct answer *answer)
{
	journey_add_answer(&s->journey, answer);
}

void session_lost(struct session *s, uint64_t lost, uint64_t missed)
{
	s->journey.events_lost = lost;
	s->journey.events_missed = missed;
}

uint64_t session_last_ns(const struct session *s)
{
	return s->journey.last_ns;
}

/*
 * Whoever drops a packet and answers with an error or a reset sends that first: it is on its way
 * when the drop is seen, and will be the better evidence.
 */
static bool answer_expected(const struct journey *j, const struct hop *drop)
{
	for (int i = 0; i < j->n_hops; i++) {
		const struct hop *hop = &j->hops[i];

		if (hop->probe == drop->probe && hop->direction != drop->direction &&
		    (hop->pkt.flags & DD_PKT_QUOTED || hop->pkt.tcp_flags & TCP_RST))
			return true;
	}
	return false;
}

/*
 * nft_do_chain() frees the packet itself since 6.7 (and 6.1.192), and what it decided is told on its way
 * out, behind that. What nftables tells its tracers comes before.
 */
static bool rule_expected(const struct session *s, const struct hop *drop)
{
	return drop->layer == LAYER_NETFILTER && !strcmp(drop->where.function, "nft_do_chain") &&
	       !strcmp(s->scene->attach, "fentry") && !hits_find(&s->journey, drop);
}

static bool probe_settled(const struct session *s, int n, enum phase phase)
{
	const struct journey *j = &s->journey;
	const struct hop *drop = journey_drop(j, n);
	struct evidence e;

	if (!j->sent[n].ts_ns)
		return false;
	if (j->answers[n].probe || j->sent[n].err)
		return true;
	if (drop && (phase != PHASE_NOW || !(answer_expected(j, drop) || rule_expected(s, drop))))
		return true;
	if (phase != PHASE_QUIET)
		return false;
	/* nothing said so: only a loss that the state of bridge, links and neighbours explains */
	evidence_gather(j, n, NULL, &e);
	return e.facts & (FACTS_SILENT | FACT_NO_ROUTE | FACT_FORBIDDEN) ||
	       (e.facts & FACT_UNRESOLVED && e.reached >= POINT_ARRIVED);
}

bool session_settled(const struct session *s, enum phase phase)
{
	if (phase == PHASE_FINAL)
		return true;
	for (int n = 1; n <= s->scene->request.count; n++)
		if (!probe_settled(s, n, phase))
			return false;
	return true;
}

static bool is_of_rules(const struct hit *hit)
{
	return hit->type == HIT_RULE || hit->type == HIT_POLICY;
}

/* Counters that moved are no proof against somebody else who may have dropped it as well. */
static void blame_find(struct session *s, const struct hop *drop, struct blame *out)
{
	struct blame b = { 0 };
	const struct hit *hit;

	*out = b;
	if (!drop || drop->layer != LAYER_NETFILTER)
		return;
	hit = hits_find(&s->journey, drop);
	if (s->ops.rule && (!hit || is_of_rules(hit)))
		b.has_rule = !s->ops.rule(s->ops.ctx, drop, hit,
					  hit ? "" : hits_table(&s->journey, drop), &b.rule);
	if (s->ops.culprit && s->ops.culprit(s->ops.ctx, drop, hit, hits_stage(&s->journey, drop),
					     &b.culprit))
		b.culprit = (struct culprit){ 0 };
	if (b.has_rule && !hit && b.culprit.kind && b.culprit.kind != CULPRIT_QUEUE)
		b.rule.ambiguous = b.culprit.ambiguous = true;
	*out = b;
}

static void blame_also(void *session, const struct hop *drop, struct blame *out)
{
	blame_find(session, drop, out);
}

/* ---- the verdict ---- */

static int64_t rtt_us(const struct journey *j, int n)
{
	if (!j->answers[n].probe || j->answers[n].kind != ANSWER_REPLY)
		return -1;
	return (j->answers[n].ts_ns - j->sent[n].ts_ns) / 1000;
}

/* The probe to explain: the first that did not get its answer. 0: all did. */
static int fill_probes(const struct session *s, struct verdict *v)
{
	const struct journey *j = &s->journey;
	int failed = 0;

	for (int n = 1; n <= s->scene->request.count; n++) {
		struct probe_result *p = &v->probes[v->n_probes];
		struct evidence e;

		if (!j->sent[n].ts_ns)
			continue;
		evidence_gather(j, n, NULL, &e);
		*p = (struct probe_result){ .n = n, .result = e.kind, .rtt_us = rtt_us(j, n),
					    .sent_ns = j->sent[n].ts_ns, .drop = e.drop };
		if (e.drop && e.drop->layer == LAYER_NETFILTER)
			p->hit = hits_find(&s->journey, e.drop);
		v->n_probes++;
		if (!failed && e.kind != VERDICT_DELIVERED)
			failed = n;
	}
	return failed;
}

static bool same_place(const struct hop *a, const struct hop *b)
{
	return !strcmp(a->where.function, b->where.function) && a->where.offset == b->where.offset &&
	       a->role == b->role && a->direction == b->direction && a->hook_pf == b->hook_pf &&
	       a->hook_num == b->hook_num;
}

static bool same_rule(const struct hit *a, const struct hit *b)
{
	return a->type == b->type && a->family == b->family && a->handle == b->handle &&
	       !strcmp(a->table, b->table) && !strcmp(a->chain, b->chain);
}

/* How many probes met the fate of the one that is explained; where no rule was told it may have. */
static int count_alike_drops(const struct session *s, int explained, struct verdict *v)
{
	const struct probe_result *first = NULL;
	int count = 0;

	for (int i = 0; i < v->n_probes; i++)
		if (v->probes[i].n == explained)
			first = &v->probes[i];
	for (int i = 0; first && i < v->n_probes; i++) {
		struct probe_result *p = &v->probes[i];
		bool told = p->hit && first->hit;

		if (!p->drop || !same_place(p->drop, first->drop) ||
		    (told && !same_rule(p->hit, first->hit)))
			continue;
		count++;
		p->alike = told || (!p->hit && !first->hit &&
				    !strcmp(hits_table(&s->journey, p->drop),
					    hits_table(&s->journey, first->drop)));
	}
	return count;
}

/* The port that would not take the frame or pass it on: the one at fault, else the receiver's. */
static void fill_bridge(const struct evidence *e, struct drop *d)
{
	if (!(e->facts & FACT_BRIDGE))
		return;
	d->in_bridge = true;
	text_copy(d->bridge, sizeof(d->bridge), e->scene->bridge.name);
	d->port = e->scene->ends[e->link ? e->at_fault : e->to].host_device;
	if (d->port.master != e->scene->bridge.ifindex)
		d->port.port_state = -1; /* of another bridge, if any */
	d->vlan = bridge_vlan(e);
}

/* Netfilter, called for a bridged frame, shows the rule the bridge as device; so do we. */
static void fill_netfilter(const struct evidence *e, struct drop *d)
{
	if (!(e->facts & FACT_NETFILTER))
		return;
	d->in_netfilter = true;
	d->hook_known = e->drop->hook_pf != 0;
	d->hook_pf = e->drop->hook_pf;
	d->hook_num = e->drop->hook_num;
	d->rule_known = e->has_rule;
	d->rule = e->rule;
	d->owner = e->owner;
	d->purpose = e->purpose;
	d->culprit = e->culprit;
	if (e->drop->via_bridge && e->scene->bridge.ifindex) {
		text_copy(d->hop.device, sizeof(d->hop.device), e->scene->bridge.name);
		d->hop.ifindex = e->scene->bridge.ifindex;
	}
}

static int count_alike(const struct verdict *v, enum verdict_kind kind)
{
	int count = 0;

	for (int i = 0; i < v->n_probes; i++)
		count += v->probes[i].result == kind;
	return count;
}

static void fill_drop(const struct session *s, const struct evidence *e, struct verdict *v)
{
	struct drop *d = &v->drop;
	/* what was given up for want of an address is the lesser evidence of the two */
	bool given_up = e->kind == VERDICT_UNSENT;
	bool silent = (!e->drop || given_up) && e->last && e->facts & FACT_BRIDGE &&
		      e->facts & FACTS_SILENT;

	/* of a frame that another than the answerer got and freed there is nothing to tell */
	if ((!e->drop && !silent) || e->facts & FACT_IMPOSTOR)
		return;
	d->found = true;
	d->hop = silent ? *e->last : *e->drop;
	d->count = silent ? count_alike(v, e->kind) : count_alike_drops(s, e->probe, v);
	d->length = d->hop.pkt.len;
	if (silent) {
		/* not freed with a reason, not passed on either: no function to name */
		d->hop.step = STEP_DROPPED;
		d->hop.layer = LAYER_BRIDGE;
		d->hop.where = (struct symbol){ 0 };
	}
	if (attached_program(e))
		d->program = *attached_program(e);
	gate_drop(e, d);
	if (attached_queue(e))
		d->queue = *attached_queue(e);
	fill_netfilter(e, d);
	fill_bridge(e, d);
}

static enum direction direction_of(const struct evidence *e)
{
	if (e->kind == VERDICT_REFUSED)
		return DIR_REQUEST;
	if (e->kind == VERDICT_UNANSWERED)
		return DIR_REPLY;
	return e->lost >= MSG_NEIGH_ASK_BACK ? DIR_REPLY : DIR_REQUEST;
}

/* Only what could explain it is read; nothing that was sent waits for that. */
static void look_around(const struct session *s, int probe, struct blame *blame)
{
	struct evidence e;
	unsigned int looks;

	evidence_gather(&s->journey, probe, blame, &e);
	looks = stack_looks(&e);
	if (!looks || !s->ops.look)
		return;
	s->ops.look(s->ops.ctx, stack_look_at(&e), looks, &blame->after);
	blame->looked = true;
}

void session_verdict(struct session *s, struct verdict *out)
{
	struct verdict v = {
		.hops = s->journey.hops,
		.n_hops = s->journey.n_hops,
		.hops_left_out = s->journey.hops_left_out,
		.events_lost = s->journey.events_lost + s->journey.hits_left_out,
		.events_missed = s->journey.events_missed,
		.events_malformed = s->malformed,
		.kind = VERDICT_DELIVERED,
	};
	struct evidence e;
	struct blame blame;
	int failed;

	hits_tell_hooks(&s->journey);
	failed = fill_probes(s, &v);
	if (!v.n_probes)
		v.kind = VERDICT_INCONCLUSIVE;
	if (failed) {
		blame_find(s, journey_drop(&s->journey, failed), &blame);
		look_around(s, failed, &blame);
		evidence_gather(&s->journey, failed, &blame, &e);
		v.kind = e.kind;
		v.direction = direction_of(&e);
		fill_drop(s, &e, &v);
		explain_cause(&e, &v.cause);
		v.n_also = also_find(&e, &v.cause, blame_also, s, v.also);
		advisory_verdict(s->scene, &v);
	}
	*out = v;
}
