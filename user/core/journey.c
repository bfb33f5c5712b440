/* SPDX-License-Identifier: GPL-2.0 */
#include "core/journey.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"

#define TCP_RST 0x04

int journey_init(struct journey *j, const struct scene *scene)
{
	*j = (struct journey){
		.scene = scene,
		.hops = calloc(HOPS_MAX, sizeof(*j->hops)),
		.hits = calloc(HITS_MAX, sizeof(*j->hits)),
	};
	if (j->hops && j->hits)
		return 0;
	journey_free(j);
	return -ENOMEM;
}

void journey_free(struct journey *j)
{
	free(j->hops);
	free(j->hits);
	*j = (struct journey){ 0 };
}

static int first_unanswered(const struct journey *j)
{
	for (int n = 1; n <= j->scene->request.count; n++)
		if (j->sent[n].ts_ns && !j->answers[n].probe)
			return n;
	return 1;
}

void journey_add_hop(struct journey *j, const struct hop *hop)
{
	struct hop *h = &j->hops[j->n_hops];

	j->last_ns = hop->ts_ns > j->last_ns ? hop->ts_ns : j->last_ns;
	if (j->n_hops == HOPS_MAX) {
		j->hops_left_out++;
		return;
	}
	*h = *hop;
	if (!h->probe)
		h->probe = first_unanswered(j);
	j->n_hops++;
}

void journey_add_hit(struct journey *j, const struct hit *hit)
{
	if (j->n_hits == HITS_MAX)
		j->hits_left_out++;
	else
		j->hits[j->n_hits++] = *hit;
}

void journey_add_sent(struct journey *j, const struct sent *s)
{
	if (s->probe < 1 || s->probe > DD_PROBES_MAX)
		return;
	j->sent[s->probe] = *s;
	j->last_ns = s->ts_ns > j->last_ns ? s->ts_ns : j->last_ns;
}

/*
 * A reply outweighs an error that came for the same probe, whichever was read first. An error from
 * the source itself answers nothing: its stack gave the packet up, for want of a neighbour.
 */
void journey_add_answer(struct journey *j, const struct answer *a)
{
	if (a->probe < 1 || a->probe > DD_PROBES_MAX)
		return;
	if (a->kind == ANSWER_ICMP && addr_equal(&a->from, &j->scene->ends[ROLE_SRC].ip))
		return;
	if (!j->answers[a->probe].probe || a->kind == ANSWER_REPLY)
		j->answers[a->probe] = *a;
	j->last_ns = a->ts_ns > j->last_ns ? a->ts_ns : j->last_ns;
}

enum message journey_message(const struct hop *hop)
{
	bool back = hop->direction == DIR_REPLY;

	if (!hop->arp)
		return back ? MSG_REPLY : MSG_REQUEST;
	if (hop->pkt.arp_opcode == 2)
		return back ? MSG_ARP_ANSWER_BACK : MSG_ARP_ANSWER;
	return back ? MSG_ARP_ASK_BACK : MSG_ARP_ASK;
}

/* Who the message comes from, and who has to get it. */
static const struct {
	enum role from, to;
} ways[] = {
	[MSG_ARP_ASK] = { ROLE_SRC, ROLE_DST },	     [MSG_ARP_ANSWER] = { ROLE_DST, ROLE_SRC },
	[MSG_REQUEST] = { ROLE_SRC, ROLE_DST },	     [MSG_ARP_ASK_BACK] = { ROLE_DST, ROLE_SRC },
	[MSG_ARP_ANSWER_BACK] = { ROLE_SRC, ROLE_DST }, [MSG_REPLY] = { ROLE_DST, ROLE_SRC },
};
_Static_assert(sizeof(ways) / sizeof(ways[0]) == N_MESSAGES, "one way a message");

static bool on_port_of(const struct journey *j, const struct hop *hop, enum role end)
{
	return hop->ifindex && hop->ifindex == j->scene->ends[end].host_device.ifindex;
}

static bool used_up(const struct hop *hop)
{
	return hop->step == STEP_CONSUMED ||
	       (hop->step == STEP_PASSED && hop->hook_num == 1 /* NF_INET_LOCAL_IN */);
}

static enum point point_of(const struct journey *j, const struct hop *hop, enum message msg)
{
	enum role from = ways[msg].from, to = ways[msg].to;

	if (hop->role == to && used_up(hop))
		return POINT_USED;
	if (hop->role == to && hop->step == STEP_RECEIVED)
		return POINT_ARRIVED;
	if (hop->role == from && hop->step == STEP_SENT)
		return POINT_SENT;
	if (hop->role != ROLE_HOST)
		return POINT_NONE;
	if (hop->step == STEP_SENT && on_port_of(j, hop, to))
		return POINT_HOST_OUT;
	if (hop->step == STEP_RECEIVED && on_port_of(j, hop, from))
		return POINT_HOST_IN;
	return POINT_NONE;
}

/* An ARP exchange serves every probe that waits for it. */
static bool serves(const struct hop *hop, int probe)
{
	return hop->arp || hop->probe == probe;
}

enum point journey_reached(const struct journey *j, int probe, enum message msg,
			   const struct hop **last)
{
	enum point farthest = POINT_NONE;

	for (int i = 0; i < j->n_hops; i++) {
		const struct hop *hop = &j->hops[i];
		enum point point;

		if (!serves(hop, probe) || journey_message(hop) != msg)
			continue;
		point = point_of(j, hop, msg);
		if (point <= farthest)
			continue;
		farthest = point;
		if (last)
			*last = hop;
	}
	return farthest;
}

/*
 * Drops that belong to a healthy exchange: the reset by which the source's stack ends our half-open
 * connection, and copies of a flooded ARP question in the host's own stack.
 */
static bool is_noise(const struct journey *j, const struct hop *hop)
{
	if (!hop->arp && hop->pkt.l4 == IPPROTO_TCP && hop->pkt.tcp_flags & TCP_RST)
		return hop->direction == DIR_REQUEST;
	return hop->arp && hop->role == ROLE_HOST && j->scene->shared &&
	       hop->layer == LAYER_NEIGH;
}

/* A lost ARP message is a probe's loss only if the probe was held up by it. */
static bool is_loss_of(const struct journey *j, const struct hop *hop, int probe)
{
	enum message held = hop->direction == DIR_REPLY ? MSG_REPLY : MSG_REQUEST;

	if (hop->step != STEP_DROPPED || !serves(hop, probe) || is_noise(j, hop))
		return false;
	return !hop->arp || journey_reached(j, probe, held, NULL) < POINT_HOST_OUT;
}

const struct hop *journey_drop(const struct journey *j, int probe)
{
	for (int i = 0; i < j->n_hops; i++)
		if (is_loss_of(j, &j->hops[i], probe))
			return &j->hops[i];
	return NULL;
}
