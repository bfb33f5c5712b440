/* SPDX-License-Identifier: GPL-2.0 */
#include "core/reset.h"

#include "core/noise.h"

#define TCP_RST 0x04

/* The kernel answers a segment first and frees it then, on the same CPU. */
#define BESIDE_NS 20000000ull

static enum resetter by_whom(const struct reset_seen *s)
{
	enum role from = s->direction == DIR_REPLY ? ROLE_DST : ROLE_SRC;

	if (s->by_rule)
		return RESET_BY_RULE;
	if (s->role != from)
		return RESET_BY_HOST;
	if (!s->dropped)
		return RESET_BY_APPLICATION;
	return s->opened ? RESET_BY_NO_LISTENER : RESET_BY_KERNEL;
}

static void sum_add(struct reset sums[RESETS_MAX], int *n, const struct reset_seen *s)
{
	const struct reset one = {
		.by = by_whom(s),
		.role = s->role,
		.port = s->flow.ports[s->flow.began == ROLE_SRC ? ROLE_DST : ROLE_SRC],
		.count = 1,
	};

	for (int i = 0; i < *n; i++) {
		struct reset *r = &sums[i];

		if (r->by == one.by && r->role == one.role && (r->port == one.port || *n == RESETS_MAX)) {
			r->count++;
			return;
		}
	}
	if (*n < RESETS_MAX)
		sums[(*n)++] = one;
}

static bool is_seen(const struct reset_seen *s, const struct flow *flow, const struct hop *hop)
{
	return s->ts_ns && s->direction == hop->direction && s->seq == hop->pkt.tcp_seq &&
	       flow_same(&s->flow, flow);
}

static void on_reset(struct resets *r, const struct flow *flow, const struct hop *hop)
{
	struct reset_seen *s;

	for (int i = 0; i < RESETS_OPEN; i++)
		if (is_seen(&r->open[i], flow, hop))
			return;
	s = &r->open[r->n++ % RESETS_OPEN];
	if (s->ts_ns)
		sum_add(r->sums, &r->n_sums, s);
	*s = (struct reset_seen){
		.ts_ns = hop->ts_ns,
		.flow = *flow,
		.seq = hop->pkt.tcp_seq,
		.direction = hop->direction,
		.role = hop->role,
	};
}

/* A segment that was freed where a reset against it was made. */
static void on_drop(struct resets *r, const struct flow *flow, const struct hop *hop)
{
	for (int i = 0; i < RESETS_OPEN; i++) {
		struct reset_seen *s = &r->open[i];

		if (!s->ts_ns || s->direction == hop->direction || !flow_same(&s->flow, flow) ||
		    hop->ts_ns > s->ts_ns + BESIDE_NS || hop->role != s->role)
			continue;
		s->dropped = true;
		s->by_rule |= hop->layer == LAYER_NETFILTER;
		s->opened |= noise_opens(&hop->pkt);
	}
}

void reset_note(struct resets *r, const struct flow *flow, const struct hop *hop)
{
	if (hop->pkt.l4 != IPPROTO_TCP || hop->pkt.flags & DD_PKT_FRAGMENT)
		return;
	if (hop->pkt.tcp_flags & TCP_RST)
		on_reset(r, flow, hop);
	else if (hop->step == STEP_DROPPED && !noise_purges(hop))
		on_drop(r, flow, hop);
}

int reset_sum(const struct resets *r, struct reset out[RESETS_MAX])
{
	int n = r->n_sums;

	for (int i = 0; i < n; i++)
		out[i] = r->sums[i];
	for (int i = 0; i < RESETS_OPEN; i++)
		if (r->open[i].ts_ns)
			sum_add(out, &n, &r->open[i]);
	return n;
}
