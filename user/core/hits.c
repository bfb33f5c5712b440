/* SPDX-License-Identifier: GPL-2.0 */
#include "core/hits.h"

#include <linux/netfilter.h>
#include <string.h>

#include "core/correlate.h"
#include "core/ending.h"
#include "core/evidence.h"

#define SAME_SKB_NS 1000000000 /* a CPU that emulates another may take its time */

static bool same_packet(const struct hit *hit, const struct hop *drop)
{
	const __u8 *src = drop->pkt.src, *dst = drop->pkt.dst;

	if (!hit->has_packet || memcmp(hit->src.bytes, src, 16))
		return false;
	/* nftables' trace shows the start of a packet, up to the target's twelfth byte */
	if (hit->neigh)
		return drop->neigh && !memcmp(hit->dst.bytes, dst, 12) &&
		       !memcmp(hit->dst.bytes + 13, dst + 13, 3);
	if (memcmp(hit->dst.bytes, dst, 16))
		return false;
	if (drop->neigh)
		return hit->family == NFPROTO_ARP || (hit->family == NFPROTO_BRIDGE && !hit->l4);
	if (drop->pkt.flags & DD_PKT_QUOTED)
		return hit->ip_id == drop->pkt.ip_id && hit->l4 == drop->pkt.l4;
	return hit->ip_id == drop->pkt.ip_id && hit->l4 == drop->pkt.l4 &&
	       hit->sport == drop->pkt.sport && hit->dport == drop->pkt.dport;
}

/* The kernel frees the packet shortly before or after the verdict is told. */
static uint64_t time_apart(const struct hit *hit, const struct hop *drop)
{
	return hit->ts_ns > drop->ts_ns ? hit->ts_ns - drop->ts_ns : drop->ts_ns - hit->ts_ns;
}

static bool is_same_skb(const struct hit *hit, const struct hop *drop)
{
	return hit->skb == drop->skb && hit->probe == drop->pkt.probe &&
	       hit->reply == !!(drop->pkt.flags & DD_PKT_REPLY) &&
	       time_apart(hit, drop) < SAME_SKB_NS;
}

/*
 * In nftables' trace the first message of each hook shows the packet, later ones only its number.
 * That is made of the buffer's address (nft_trace_init()), and the next packet gets the same buffer:
 * the last one shown under the number is meant.
 */
static bool trace_is_of(const struct journey *j, int last, const struct hop *drop)
{
	const struct hit *hit = &j->hits[last];

	if (hit->skb)
		return is_same_skb(hit, drop);
	for (int i = last; i >= 0; i--)
		if (j->hits[i].trace_id == hit->trace_id && j->hits[i].role == hit->role &&
		    j->hits[i].has_packet)
			return same_packet(&j->hits[i], drop);
	return false;
}

/* Two roles may be in one namespace; nftables' trace runs once for it. */
static bool same_namespace(const struct scene *scene, enum role a, enum role b)
{
	uint32_t inum = correlate_netns(scene, a);

	return a == b || (inum && inum == correlate_netns(scene, b));
}

/* The step ends the packet; one that is handed to a queue ends there only if the queue refuses it. */
static bool is_fatal(const struct hit *hit, const struct hop *drop)
{
	int end = evidence_in_queue(drop) ? NF_QUEUE : NF_DROP;

	return hit->type != HIT_RETURN && hit->type != HIT_UNKNOWN && hit->verdict >= 0 &&
	       (hit->verdict & NF_VERDICT_MASK) == end;
}

static bool is_hit_of(const struct journey *j, int i, const struct hop *drop)
{
	const struct hit *hit = &j->hits[i];

	return is_fatal(hit, drop) && same_namespace(j->scene, hit->role, drop->role) &&
	       trace_is_of(j, i, drop);
}

/* The last that fits; of those that know the packet's address, which is given out again, the nearest. */
const struct hit *hits_find(const struct journey *j, const struct hop *drop)
{
	const struct hit *best = NULL;

	for (int i = j->n_hits - 1; i >= 0; i--) {
		const struct hit *hit = &j->hits[i];

		if ((!best || (hit->skb && time_apart(hit, drop) < time_apart(best, drop))) &&
		    is_hit_of(j, i, drop))
			best = hit;
	}
	return best;
}

void hits_tell_hooks(struct journey *j)
{
	for (int i = 0; i < j->n_hops; i++) {
		struct hop *hop = &j->hops[i];
		const struct hit *hit = hop->step == STEP_DROPPED && hop->layer == LAYER_NETFILTER ?
						hits_find(j, hop) : NULL;

		if (!hit || !hit->skb || !hit->hook_pf)
			continue;
		hop->hook_pf = hit->hook_pf;
		hop->hook_num = hit->hook_num;
	}
}

enum dd_hook_stage hits_stage(const struct journey *j, const struct hop *drop)
{
	uint8_t stage = 0;

	for (int i = 0; i < j->n_hops; i++) {
		const struct hop *hop = &j->hops[i];

		if ((hop->step == STEP_ENTERED || hop->step == STEP_PASSED) &&
		    hop->role == drop->role && hop->hook_pf == drop->hook_pf &&
		    hop->hook_num == drop->hook_num && hop->probe == drop->probe &&
		    hop->direction == drop->direction && hop->neigh == drop->neigh &&
		    hop->hook_stage > stage)
			stage = hop->hook_stage;
	}
	return stage;
}

/* Which tables sit behind a marker depends on the hook; nat does not drop. */
const char *hits_table(const struct journey *j, const struct hop *drop)
{
	switch (hits_stage(j, drop)) {
	case DD_STAGE_ENTER:
		return "raw";
	case DD_STAGE_RAW:
		return "mangle";
	case DD_STAGE_MANGLE:
		return drop->hook_num == NF_INET_PRE_ROUTING || drop->hook_num == NF_INET_POST_ROUTING ?
			       "nat" : "filter";
	case DD_STAGE_FILTER:
		return "security";
	default:
		return "";
	}
}

void hits_hook(const struct journey *j, struct hop *drop)
{
	const struct hit *last = j->n_hits ? &j->hits[j->n_hits - 1] : NULL;

	if (!last || !drop->skb || last->skb != drop->skb || last->verdict != NF_DROP ||
	    drop->layer == LAYER_NETFILTER || !ending_is_unnamed(drop))
		return;
	drop->layer = LAYER_NETFILTER;
	drop->hook_pf = last->hook_pf;
	drop->hook_num = last->hook_num;
}
