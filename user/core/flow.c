/* SPDX-License-Identifier: GPL-2.0 */
#include "core/flow.h"

#include <string.h>

#include "core/noise.h"

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10
#define IPV4_HEADER 20
#define IPV6_HEADER 40
#define ICMP_ECHO 8
#define ICMPV6_ECHO 128

/* Longer than a queue holds a packet that is not lost. */
#define GAP_NS 3000000000ull
#define ANSWER_NS 3000000000ull

/* What comes this early may be the answer to something that was not seen. */
#define EARLY_NS 200000000ull

void flow_init(struct flows *f, const struct journey *places)
{
	memset(f, 0, sizeof(*f));
	f->places = places;
}

static bool is_icmp(uint8_t l4)
{
	return l4 == IPPROTO_ICMP || l4 == IPPROTO_ICMPV6;
}

static bool is_question(const struct dd_packet *pkt)
{
	return (pkt->l4 == IPPROTO_ICMP && pkt->icmp_type == ICMP_ECHO) ||
	       (pkt->l4 == IPPROTO_ICMPV6 && pkt->icmp_type == ICMPV6_ECHO);
}

bool flow_same(const struct flow *a, const struct flow *b)
{
	return a->l4 == b->l4 && a->ports[0] == b->ports[0] && a->ports[1] == b->ports[1] &&
	       (!is_icmp(a->l4) || a->began == b->began);
}

/* An error carries the ports of the packet that it quotes, which travelled against it. */
void flow_key(const struct hop *hop, struct flow *out)
{
	const struct dd_packet *pkt = &hop->pkt;
	bool quoted = pkt->flags & DD_PKT_QUOTED;
	bool back = (hop->direction == DIR_REPLY) != quoted;
	enum role sender = back ? ROLE_DST : ROLE_SRC;

	*out = (struct flow){ .l4 = quoted ? pkt->tcp_header : pkt->l4, .began = sender };
	if (is_icmp(out->l4)) {
		out->ports[0] = pkt->sport;
		out->ports[1] = pkt->dport;
		if (!quoted && !is_question(pkt))
			out->began = back ? ROLE_SRC : ROLE_DST;
		return;
	}
	out->ports[sender] = pkt->sport;
	out->ports[!sender] = pkt->dport;
}

static unsigned int hash(const struct flow *key)
{
	uint32_t h = key->l4 * 31u + key->ports[0] * 2654435761u + key->ports[1] * 40503u;

	return (h ^ h >> 16) % FLOW_SETS;
}

/* One that was there already, else the place of whichever was silent for longest. */
static struct flow *place_find(struct flows *f, const struct flow *key)
{
	struct flow *set = f->sets[hash(key)], *oldest = &set[0];

	for (int i = 0; i < FLOW_WAYS; i++) {
		if (set[i].last_ns && flow_same(&set[i], key))
			return &set[i];
		if (set[i].last_ns < oldest->last_ns)
			oldest = &set[i];
	}
	oldest->last_ns = 0;
	return oldest;
}

uint32_t flow_seq(const struct dd_packet *pkt)
{
	return pkt->l4 == IPPROTO_TCP ? pkt->tcp_seq : pkt->ip_id;
}

/* How much of the sequence space the segment takes; that of ICMP and UDP is not counted so. */
static uint32_t seq_len(const struct dd_packet *pkt)
{
	uint32_t headers = pkt->tcp_header + (pkt->ethertype == 0x86dd ? IPV6_HEADER : IPV4_HEADER);

	return (pkt->len > headers ? pkt->len - headers : 0) + !!(pkt->tcp_flags & TCP_SYN) +
	       !!(pkt->tcp_flags & TCP_FIN);
}

static bool before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

/* Sent before: the receiver did not say in time that it got it. A probe of a closed window has no data. */
static bool is_again(struct flows *f, struct flow *flow, const struct hop *hop)
{
	uint32_t end = hop->pkt.tcp_seq + seq_len(&hop->pkt);
	bool again = flow->has_high[hop->direction] && !before(flow->high[hop->direction], end);

	if (end == hop->pkt.tcp_seq)
		return false;
	f->n_again += again;
	if (!again) {
		flow->high[hop->direction] = end;
		flow->has_high[hop->direction] = true;
	}
	return again;
}

static bool is_it(const struct under_way *u, const struct flow *flow, const struct hop *hop)
{
	return u->sent_ns && u->direction == hop->direction && flow_same(&u->flow, flow) &&
	       u->seq == flow_seq(&hop->pkt);
}

static struct under_way *under_way_find(struct flows *f, const struct flow *flow,
					const struct hop *hop)
{
	for (int i = 0; i < UNDER_WAY_MAX; i++)
		if (is_it(&f->under_way[i], flow, hop))
			return &f->under_way[i];
	return NULL;
}

/* Whether it can be seen to arrive, and is the kind whose loss nobody may overlook. */
static bool is_followed(const struct flows *f, const struct flow *flow, const struct hop *hop)
{
	const struct scene *scene = f->places->scene;
	enum role to = hop->direction == DIR_REPLY ? ROLE_SRC : ROLE_DST;
	const struct dd_packet *pkt = &hop->pkt;

	if (!scene->ends[to].netns || !flow->from_start || pkt->flags & (DD_PKT_QUOTED | DD_PKT_FRAGMENT))
		return false;
	return pkt->l4 != IPPROTO_TCP || (seq_len(pkt) && !(pkt->tcp_flags & TCP_RST));
}

static void on_sent(struct flows *f, struct flow *flow, const struct hop *hop)
{
	struct under_way *u = &f->under_way[f->n_under_way % UNDER_WAY_MAX];
	const struct dd_packet *pkt = &hop->pkt;
	bool again = pkt->l4 == IPPROTO_TCP && is_again(f, flow, hop);
	struct under_way *first = again ? under_way_find(f, flow, hop) : NULL;

	f->n_packets++;
	f->n_zero_windows += pkt->l4 == IPPROTO_TCP && !pkt->tcp_window &&
			     !(pkt->tcp_flags & (TCP_RST | TCP_SYN));
	if (first)
		first->again = true;
	if (first || !is_followed(f, flow, hop))
		return;
	f->n_forgotten += u->sent_ns != 0;
	*u = (struct under_way){
		.sent_ns = hop->ts_ns,
		.flow = *flow,
		.direction = hop->direction,
		.seq = flow_seq(pkt),
		.len = pkt->l4 == IPPROTO_TCP ? seq_len(pkt) : 0,
		.waits = is_question(pkt) || noise_opens(pkt),
		.again = again,
	};
	f->n_under_way++;
}

/* What the receiver acknowledges has arrived, whether that was seen or not. */
static void on_acknowledged(struct flows *f, const struct flow *flow, const struct hop *hop)
{
	if (hop->pkt.l4 != IPPROTO_TCP || !(hop->pkt.tcp_flags & (TCP_ACK | TCP_RST)))
		return;
	for (int i = 0; i < UNDER_WAY_MAX; i++) {
		struct under_way *u = &f->under_way[i];

		if (u->sent_ns && u->direction != hop->direction && flow_same(&u->flow, flow) &&
		    !before(hop->pkt.tcp_ack, u->seq + u->len))
			u->sent_ns = 0;
	}
}

/* Segments may have been joined to one (GRO): it stands for all that it holds. */
static void on_arrived(struct flows *f, struct flow *flow, const struct hop *hop)
{
	uint32_t seq = flow_seq(&hop->pkt), len = hop->pkt.l4 == IPPROTO_TCP ? seq_len(&hop->pkt) : 0;

	for (int i = 0; i < UNDER_WAY_MAX && (len || hop->pkt.l4 != IPPROTO_TCP); i++) {
		struct under_way *u = &f->under_way[i];

		if (!u->sent_ns || u->direction != hop->direction || !flow_same(&u->flow, flow) ||
		    u->seq - seq > len)
			continue;
		u->arrived_ns = u->arrived_ns ? u->arrived_ns : hop->ts_ns;
		u->sent_ns = u->waits ? u->sent_ns : 0;
	}
	flow->arrived[hop->direction] = true;
	if (flow->whole || !flow->arrived[!hop->direction] ||
	    (hop->direction == DIR_REQUEST) == (flow->began == ROLE_SRC))
		return;
	flow->whole = true;
	f->n_whole++;
}

static bool is_refusal(const struct dd_packet *pkt)
{
	return pkt->flags & DD_PKT_QUOTED || (pkt->l4 == IPPROTO_TCP && pkt->tcp_flags & TCP_RST);
}

/* An answer, also one that says no. */
static void on_answer(struct flows *f, const struct flow *flow, const struct hop *hop)
{
	for (int i = 0; i < UNDER_WAY_MAX; i++) {
		struct under_way *u = &f->under_way[i];

		if (u->sent_ns && u->waits && u->direction != hop->direction &&
		    flow_same(&u->flow, flow))
			u->sent_ns = 0;
	}
}

/* Seen to leave its sender as the first of its flow: so nobody had translated its addresses. */
static bool is_start(const struct flows *f, const struct hop *hop)
{
	enum role from = hop->direction == DIR_REPLY ? ROLE_DST : ROLE_SRC;

	return hop->role == from && (noise_opens(&hop->pkt) || is_question(&hop->pkt) ||
				     hop->ts_ns > f->start_ns + EARLY_NS);
}

/* A connection of the same ports that begins anew. */
static bool is_reborn(const struct flow *flow, const struct hop *hop)
{
	return noise_opens(&hop->pkt) && hop->step == STEP_SENT &&
	       flow->has_high[hop->direction] &&
	       flow->high[hop->direction] != hop->pkt.tcp_seq + seq_len(&hop->pkt);
}

struct flow *flow_note(struct flows *f, const struct hop *hop)
{
	enum point point = journey_point(f->places, hop);
	struct flow key, *flow;

	if (hop->neigh)
		return NULL;
	f->start_ns = f->start_ns ? f->start_ns : hop->ts_ns;
	flow_key(hop, &key);
	flow = place_find(f, &key);
	if (!flow->last_ns || is_reborn(flow, hop)) {
		*flow = key;
		flow->from_start = is_start(f, hop);
		f->n_flows++;
	}
	flow->last_ns = hop->ts_ns;
	if (point == POINT_SENT) {
		on_sent(f, flow, hop);
		on_acknowledged(f, flow, hop);
	}
	if (point == POINT_ARRIVED && !is_refusal(&hop->pkt))
		on_arrived(f, flow, hop);
	if (hop->direction != (flow->began == ROLE_SRC ? DIR_REQUEST : DIR_REPLY))
		on_answer(f, flow, hop);
	/* whoever frees it says what became of it, and is heard by others */
	if (hop->step == STEP_DROPPED)
		flow_forget(f, under_way_find(f, flow, hop));
	return flow;
}

static bool is_overdue(const struct under_way *u, uint64_t now_ns)
{
	if (u->arrived_ns)
		return now_ns > u->arrived_ns + ANSWER_NS;
	/* a segment that matters is sent again */
	return now_ns > u->sent_ns + GAP_NS && (u->again || u->waits || u->flow.l4 != IPPROTO_TCP);
}

const struct under_way *flow_overdue(const struct flows *f, uint64_t now_ns)
{
	const struct under_way *first = NULL;

	for (int i = 0; i < UNDER_WAY_MAX; i++) {
		const struct under_way *u = &f->under_way[i];

		if (u->sent_ns && is_overdue(u, now_ns) && (!first || u->sent_ns < first->sent_ns))
			first = u;
	}
	return first;
}

void flow_forget(struct flows *f, const struct under_way *u)
{
	if (u)
		f->under_way[u - f->under_way].sent_ns = 0;
}
