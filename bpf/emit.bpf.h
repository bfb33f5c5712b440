/* SPDX-License-Identifier: GPL-2.0 */
/* The only way out of the kernel side: reserve, fill, submit, and count what found no room. */
#ifndef DD_EMIT_BPF_H
#define DD_EMIT_BPF_H

#include "filter.bpf.h"
#include "known.bpf.h"

#define BPF_RB_AVAIL_DATA 0 /* include/uapi/linux/bpf.h */

static __always_inline void emit_start(struct dd_event *ev, enum dd_event_kind kind)
{
	ev->version = DD_EVENT_VERSION;
	ev->kind = kind;
	ev->ts_ns = bpf_ktime_get_ns();
}

static __always_inline struct dd_event *emit_reserve(enum dd_event_kind kind)
{
	struct dd_event *ev = bpf_ringbuf_reserve(&dd_events, sizeof(*ev), 0);

	if (!ev) {
		__sync_fetch_and_add(&dd_lost, 1);
		return 0;
	}
	__builtin_memset(ev, 0, sizeof(*ev));
	emit_start(ev, kind);
	return ev;
}

/*
 * Traffic that is there already may be more than anybody can read: its drops have the last part of
 * the room for themselves.
 */
static __always_inline bool emit_is_thinned(enum dd_event_kind kind)
{
	if (!dd_filter.passive || kind == DD_EV_DROP ||
	    bpf_ringbuf_query(&dd_events, BPF_RB_AVAIL_DATA) < dd_room)
		return false;
	__sync_fetch_and_add(&dd_thinned, 1);
	return true;
}

static __always_inline void emit_submit(struct dd_event *ev)
{
	bpf_ringbuf_submit(ev, 0);
}

/* What every kind of event tells of the packet. */
static __always_inline void emit_fill(struct dd_event *ev, struct sk_buff *skb,
				      const struct dd_packet *pkt, __u32 netns)
{
	struct net_device *dev = BPF_CORE_READ(skb, dev);

	ev->pkt = *pkt;
	ev->netns = netns;
	ev->skb = (__u64)skb;
	ev->head = (__u64)BPF_CORE_READ(skb, head);
	if (dev) {
		ev->ifindex = BPF_CORE_READ(dev, ifindex);
		bpf_probe_read_kernel_str(ev->dev, sizeof(ev->dev), dev->name);
	}
}

/* An event for this skb with all that every kind has, or NULL if it is not the exchange's. */
static __always_inline struct dd_event *emit_skb(enum dd_event_kind kind, struct sk_buff *skb,
						 enum skb_layout layout)
{
	struct dd_packet pkt = {};
	struct dd_event *ev;
	__u32 netns = 0;

	if (!filter_skb(kind, skb, layout, &pkt, &netns))
		return 0;
	if (kind != DD_EV_DROP && kind != DD_EV_CONSUME)
		known_add(skb, &pkt, skb_network(skb, layout));
	ev = emit_is_thinned(kind) ? 0 : emit_reserve(kind);
	if (ev)
		emit_fill(ev, skb, &pkt, netns);
	return ev;
}

/* The same for a packet that was seen before: cheaper, for functions that many packets pass. */
static __always_inline struct dd_event *emit_known(enum dd_event_kind kind, struct sk_buff *skb)
{
	const struct dd_packet *pkt = known_find(skb);
	struct dd_event *ev = pkt && !emit_is_thinned(kind) ? emit_reserve(kind) : 0;

	if (ev)
		emit_fill(ev, skb, pkt, skb_netns(skb));
	return ev;
}

#endif
