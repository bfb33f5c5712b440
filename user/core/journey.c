/* SPDX-License-Identifier: GPL-2.0 */
#include "core/journey.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/netfilter.h>
#include <linux/netfilter_arp.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/array.h"

#define TCP_RST 0x04

int journey_init(struct journey *j, const struct scene *scene)
{
	*j = (struct journey){
		.scene = scene,
		.hops = calloc(HOPS_MAX, sizeof(*j->hops)),
		.hits = calloc(HITS_MAX, sizeof(*j->hits)),
		.stacks = calloc(STACKS_MAX, DD_STACK_MAX * sizeof(*j->stacks)),
	};
	if (j->hops && j->hits && j->stacks)
		return 0;
	journey_free(j);
	return -ENOMEM;
}

void journey_free(struct journey *j)
{
	free(j->hops);
	free(j->hits);
	free(j->stacks);
	*j = (struct journey){ 0 };
}

static int first_unanswered(const struct journey *j)
{
	for (int n = 1; n <= j->scene->request.count; n++)
		if (j->sent[n].ts_ns && !j->answers[n].probe)
			return n;
	return 1;
}

/* A drop beyond STACKS_MAX keeps its place and loses its stack. */
static void keep_stack(struct journey *j, struct hop *hop)
{
	struct symbol *to = j->stacks + j->n_stacks * DD_STACK_MAX;

	if (!hop->stack_n || j->n_stacks == STACKS_MAX) {
		hop->stack_n = 0;
		hop->stack = NULL;
		return;
	}
	memcpy(to, hop->stack, hop->stack_n * sizeof(*to));
	hop->stack = to;
	j->n_stacks++;
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
	keep_stack(j, h);
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

	if (!hop->neigh)
		return back ? MSG_REPLY : MSG_REQUEST;
	if (hop->pkt.neigh_op == 2)
		return back ? MSG_NEIGH_ANSWER_BACK : MSG_NEIGH_ANSWER;
	return back ? MSG_NEIGH_ASK_BACK : MSG_NEIGH_ASK;
}

/* Who the message comes from, and who has to get it. */
static const struct {
	enum role from, to;
} ways[] = {
	[MSG_NEIGH_ASK] = { ROLE_SRC, ROLE_DST },	     [MSG_NEIGH_ANSWER] = { ROLE_DST, ROLE_SRC },
	[MSG_REQUEST] = { ROLE_SRC, ROLE_DST },	     [MSG_NEIGH_ASK_BACK] = { ROLE_DST, ROLE_SRC },
	[MSG_NEIGH_ANSWER_BACK] = { ROLE_SRC, ROLE_DST }, [MSG_REPLY] = { ROLE_DST, ROLE_SRC },
};
_Static_assert(ARRAY_SIZE(ways) == N_MESSAGES, "one way a message");

static bool on_port_of(const struct journey *j, const struct hop *hop, enum role end)
{
	return hop->ifindex && hop->ifindex == j->scene->ends[end].host_device.ifindex;
}

/*
 * Of the packets that are taken without a word some are not used: a veth with an XDP program copies the
 * packet, or sends it away, and lets go of the original; a program of traffic control takes it.
 */
static const char *const takers[] = { "skb_pp_cow_data", "veth_", "__netif_receive_skb_core",
				      "sch_handle_ingress", "tcf_" };

bool journey_used(const struct hop *hop)
{
	for (size_t i = 0; i < ARRAY_SIZE(takers); i++)
		if (!strncmp(hop->where.function, takers[i], strlen(takers[i])))
			return false;
	return hop->step == STEP_CONSUMED;
}

static bool used_up(const struct hop *hop)
{
	return journey_used(hop) ||
	       (hop->step == STEP_PASSED && hop->hook_num == NF_INET_LOCAL_IN &&
		(hop->hook_pf == NFPROTO_IPV4 || hop->hook_pf == NFPROTO_IPV6));
}

static bool is_host(const struct journey *j, enum role end)
{
	return j->scene->ends[end].kind == ENDPOINT_HOST;
}

/* With the host as one end, its side of the bridge is the bridge's own device. */
static enum point received_at(const struct journey *j, const struct hop *hop, enum message msg)
{
	enum role from = ways[msg].from, to = ways[msg].to;

	if (on_port_of(j, hop, from))
		return POINT_HOST_IN;
	/* a copy for somebody else, which a bridge that knows no better floods to all */
	if (hop->pkt.pkt_type == PACKET_OTHERHOST)
		return POINT_NONE;
	return hop->role == to ? POINT_ARRIVED : POINT_NONE;
}

static enum point sent_at(const struct journey *j, const struct hop *hop, enum message msg)
{
	enum role from = ways[msg].from, to = ways[msg].to;

	if ((hop->role == ROLE_HOST || is_host(j, from)) && on_port_of(j, hop, to))
		return POINT_HOST_OUT;
	return hop->role == from ? POINT_SENT : POINT_NONE;
}

static enum point point_of(const struct journey *j, const struct hop *hop, enum message msg)
{
	if (hop->role == ways[msg].to && used_up(hop))
		return POINT_USED;
	if (hop->step == STEP_RECEIVED)
		return received_at(j, hop, msg);
	return hop->step == STEP_SENT ? sent_at(j, hop, msg) : POINT_NONE;
}

enum point journey_point(const struct journey *j, const struct hop *hop)
{
	return point_of(j, hop, journey_message(hop));
}

/* A neighbour's answer serves every probe that waits for it. */
static bool serves(const struct hop *hop, int probe)
{
	return hop->neigh || hop->probe == probe;
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

/* On a hook of the host's own stack, and not one that br_netfilter called for a bridged frame. */
static bool is_for_host(const struct hop *hop)
{
	return hop->hook_pf == NFPROTO_IPV6 && !hop->via_bridge &&
	       (hop->hook_num == NF_INET_PRE_ROUTING || hop->hook_num == NF_INET_LOCAL_IN);
}

/*
 * A stack that does not have the address is not in the group that the question goes to, or throws
 * question and answer away with what it takes in; what is wrong with a message has a reason.
 */
static bool is_unconcerned(const struct hop *hop)
{
	bool unnamed = !hop->reason_name[0] || !strcmp(hop->reason_name, "NOT_SPECIFIED");

	return hop->neigh && hop->pkt.ethertype == ETH_P_IPV6 && unnamed &&
	       (!strncmp(hop->where.function, "ip6_mc_input", strlen("ip6_mc_input")) ||
		!strncmp(hop->where.function, "icmpv6_rcv", strlen("icmpv6_rcv")));
}

/*
 * Drops that belong to a healthy exchange: the reset by which the source's stack ends our half-open
 * connection; copies of a flooded question for a neighbour in the host's own stack, also where a rule
 * for the host drops them; the bridge's own copy of a frame for somebody else, which it takes while somebody
 * captures on it; the fragments of a packet that was put together and used.
 */
bool journey_is_noise(const struct journey *j, const struct hop *hop)
{
	bool to_bridge = hop->role == ROLE_HOST && j->scene->shared &&
			 hop->ifindex == j->scene->bridge.ifindex;

	if (!hop->neigh && hop->pkt.l4 == IPPROTO_TCP && hop->pkt.tcp_flags & TCP_RST)
		return hop->direction == DIR_REQUEST && !j->scene->lone;
	if (hop->neigh && hop->role == ROLE_HOST && j->scene->shared && hop->layer == LAYER_NEIGH)
		return true;
	if (is_unconcerned(hop))
		return true;
	if (hop->pkt.ethertype == ETH_P_IPV6 && hop->neigh && to_bridge)
		return hop->layer == LAYER_NETFILTER ? is_for_host(hop) : hop->layer != LAYER_BRIDGE;
	if (!strncmp(hop->where.function, "skb_release_data", strlen("skb_release_data")))
		return true;
	if (hop->layer == LAYER_NETFILTER)
		return to_bridge && hop->hook_pf == NFPROTO_ARP && hop->hook_num == NF_ARP_IN;
	return to_bridge && hop->pkt.pkt_type == PACKET_OTHERHOST;
}

/* What answers for a packet that was refused; it is sent before that packet is freed. */
static bool is_refusal(const struct hop *hop)
{
	return hop->pkt.flags & DD_PKT_QUOTED ||
	       (!hop->neigh && hop->pkt.l4 == IPPROTO_TCP && hop->pkt.tcp_flags & TCP_RST);
}

/* A neighbour's lost message is a probe's loss only if the probe was held up by it. */
static bool is_loss_of(const struct journey *j, const struct hop *hop, int probe)
{
	enum message held = hop->direction == DIR_REPLY ? MSG_REPLY : MSG_REQUEST;

	if (hop->step != STEP_DROPPED || !serves(hop, probe) || journey_is_noise(j, hop))
		return false;
	return !hop->neigh || journey_reached(j, probe, held, NULL) < POINT_HOST_OUT;
}

const struct hop *journey_drop(const struct journey *j, int probe)
{
	const struct hop *refusal = NULL;

	for (int i = 0; i < j->n_hops; i++) {
		const struct hop *hop = &j->hops[i];

		if (!is_loss_of(j, hop, probe))
			continue;
		if (!is_refusal(hop))
			return hop;
		if (!refusal)
			refusal = hop;
	}
	return refusal;
}
