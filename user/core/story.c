/* SPDX-License-Identifier: GPL-2.0 */
#include "core/story.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "core/mirror.h"

#define ETH_P_IPV6 0x86dd
#define TCP_RST 0x04

/* What answers for a packet, and what asked for its neighbour, is not farther away from its death. */
#define ANSWER_NS 50000000ull
#define NEIGH_NS 10000000000ull

/* From the first hook to the queue of the sender's device. */
#define HOOKS_NS 1000000ull

struct story {
	const struct kept *kept;
	const struct death *death;
	const struct dd_event *events[EVENTS_KEPT + NEIGHS_KEPT];
	int n;
	uint64_t from_ns; /* what was before is of another packet */
	const struct dd_event *first, *answer; /* of the lost packet; what refused it */
};

static enum direction direction_of(const struct dd_event *ev)
{
	return ev->pkt.flags & DD_PKT_REPLY ? DIR_REPLY : DIR_REQUEST;
}

void story_mirror(struct dd_event *ev)
{
	ev->pkt.flags ^= DD_PKT_REPLY;
}

static uint64_t n_events(const struct story *s)
{
	return kept_n(s->kept->n_events, EVENTS_KEPT);
}

/* 0 is the newest. */
static const struct dd_event *event_at(const struct story *s, uint64_t i)
{
	return &s->kept->events[kept_at(s->kept->n_events, EVENTS_KEPT, i)];
}

static bool by_beginner(const struct death *d)
{
	return d->towards == (d->flow.began == ROLE_SRC ? DIR_REQUEST : DIR_REPLY);
}

static bool is_of_flow(const struct death *d, const struct dd_event *ev)
{
	const struct hop hop = { .pkt = ev->pkt, .direction = direction_of(ev) };
	struct flow key;

	if (ev->kind == DD_EV_ROUTE)
		return d->refused && ev->pkt.l4 == d->flow.l4;
	flow_key(&hop, &key);
	return flow_same(&key, &d->flow);
}

static bool is_lost_one(const struct story *s, const struct dd_event *ev)
{
	const struct death *d = s->death;

	return direction_of(ev) == d->towards && !(ev->pkt.flags & DD_PKT_QUOTED) &&
	       ev->ts_ns >= s->from_ns &&
	       (ev->kind == DD_EV_ROUTE || flow_seq(&ev->pkt) == d->seq);
}

static bool is_answer(const struct death *d, const struct dd_event *ev)
{
	uint64_t apart = ev->ts_ns > d->ts_ns ? ev->ts_ns - d->ts_ns : d->ts_ns - ev->ts_ns;

	return direction_of(ev) != d->towards && apart < ANSWER_NS &&
	       (ev->pkt.flags & DD_PKT_QUOTED ||
		(ev->pkt.l4 == IPPROTO_TCP && ev->pkt.tcp_flags & TCP_RST));
}

/* Where nothing in the packet tells it from the one before: since its sender queued it. */
static uint64_t lost_from(const struct story *s)
{
	const struct death *d = s->death;

	for (uint64_t i = 0; !d->seq && d->flow.l4 != IPPROTO_TCP && i < n_events(s); i++) {
		const struct dd_event *ev = event_at(s, i);

		if (ev->ts_ns <= d->ts_ns && ev->kind == DD_EV_QUEUE && ev->netns == d->from_netns &&
		    direction_of(ev) == d->towards && is_of_flow(d, ev))
			return ev->ts_ns - HOOKS_NS;
	}
	return 0;
}

static void gather_lost(struct story *s)
{
	s->from_ns = lost_from(s);
	for (uint64_t i = n_events(s); i-- > 0;) {
		const struct dd_event *ev = event_at(s, i);
		bool lost = is_of_flow(s->death, ev) && is_lost_one(s, ev);
		bool answer = is_of_flow(s->death, ev) && is_answer(s->death, ev);

		if (lost || answer)
			s->events[s->n++] = ev;
		if (lost && !s->first)
			s->first = ev;
		if (answer)
			s->answer = ev;
	}
}

/* The last packet of the other direction, before the one that was lost: what that one answers. */
static const struct dd_event *question_find(const struct story *s)
{
	uint64_t until_ns = s->first ? s->first->ts_ns : s->death->ts_ns;

	for (uint64_t i = 0; i < n_events(s); i++) {
		const struct dd_event *ev = event_at(s, i);

		if (ev->ts_ns <= until_ns && direction_of(ev) != s->death->towards &&
		    is_of_flow(s->death, ev) && !(ev->pkt.flags & DD_PKT_QUOTED))
			return ev;
	}
	return NULL;
}

static void gather_question(struct story *s)
{
	const struct dd_event *last = by_beginner(s->death) ? NULL : question_find(s);

	for (uint64_t i = n_events(s); last && i-- > 0;) {
		const struct dd_event *ev = event_at(s, i);

		if (ev->ts_ns <= last->ts_ns && direction_of(ev) != s->death->towards &&
		    is_of_flow(s->death, ev) && flow_seq(&ev->pkt) == flow_seq(&last->pkt))
			s->events[s->n++] = ev;
	}
}

static void gather_neighbours(struct story *s)
{
	const struct kept *k = s->kept;

	for (uint64_t i = kept_n(k->n_neighs, NEIGHS_KEPT); i-- > 0;) {
		const struct dd_event *ev = &k->neighs[kept_at(k->n_neighs, NEIGHS_KEPT, i)];

		if (ev->ts_ns + NEIGH_NS > s->death->ts_ns)
			s->events[s->n++] = ev;
	}
}

static int by_time(const void *a, const void *b)
{
	uint64_t x = (*(const struct dd_event *const *)a)->ts_ns;
	uint64_t y = (*(const struct dd_event *const *)b)->ts_ns;

	return (x > y) - (x < y);
}

static void tell_sent(const struct story *s, struct session *to)
{
	const struct death *d = s->death;
	struct sent sent = { .probe = 1, .ts_ns = s->n ? s->events[0]->ts_ns : d->ts_ns,
			     .err = d->refused ? d->route_err : 0 };

	/* what the sender is told when no table has a route */
	if (sent.err == -EAGAIN)
		sent.err = -ENETUNREACH;
	session_sent(to, &sent);
}

static void tell_events(const struct story *s, struct session *to)
{
	for (int i = 0; i < s->n; i++) {
		struct dd_event told = *s->events[i];

		told.pkt.probe = 1;
		if (s->death->flow.began == ROLE_DST)
			story_mirror(&told);
		session_event(to, &told, sizeof(told));
	}
}

static void tell_chains(const struct story *s, struct session *to)
{
	const struct kept *k = s->kept;

	for (uint64_t i = kept_n(k->n_chains, CHAINS_KEPT); i-- > 0;) {
		struct dd_chain_event told = k->chains[kept_at(k->n_chains, CHAINS_KEPT, i)];

		if (!is_of_flow(s->death, &told.ev) && !told.ev.pkt.neigh_op)
			continue;
		told.ev.pkt.probe = 1;
		if (s->death->flow.began == ROLE_DST)
			story_mirror(&told.ev);
		session_event(to, &told, sizeof(told));
	}
}

static void tell_hits(const struct story *s, struct session *to)
{
	const struct kept *k = s->kept;

	for (uint64_t i = kept_n(k->n_hits, HITS_KEPT); i-- > 0;) {
		struct hit told = k->hits[kept_at(k->n_hits, HITS_KEPT, i)];

		if (s->death->flow.began == ROLE_DST)
			told.role = mirror_role(told.role);
		session_hit(to, &told);
	}
}

static void tell_answer(const struct story *s, struct session *to)
{
	const struct dd_event *ev = s->answer;
	struct answer answer = { .probe = 1 };

	if (!ev || !by_beginner(s->death))
		return;
	answer.kind = ev->pkt.flags & DD_PKT_QUOTED ? ANSWER_ICMP : ANSWER_RESET;
	answer.ts_ns = ev->ts_ns;
	answer.from.family = ev->pkt.ethertype == ETH_P_IPV6 ? AF_INET6 : AF_INET;
	answer.icmp_type = ev->pkt.icmp_type;
	answer.icmp_code = ev->pkt.icmp_code;
	memcpy(answer.from.bytes, ev->pkt.src, sizeof(answer.from.bytes));
	session_answer(to, &answer);
}

int story_tell(const struct kept *k, const struct death *d, struct session *to)
{
	struct story *s __free = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->kept = k;
	s->death = d;
	gather_lost(s);
	gather_question(s);
	gather_neighbours(s);
	qsort(s->events, s->n, sizeof(s->events[0]), by_time);
	tell_sent(s, to);
	tell_events(s, to);
	tell_chains(s, to);
	tell_hits(s, to);
	tell_answer(s, to);
	return 0;
}
