/* SPDX-License-Identifier: GPL-2.0 */
/* The only way out of the kernel side: reserve, fill, submit, and count what found no room. */
#ifndef DD_EMIT_BPF_H
#define DD_EMIT_BPF_H

#include "filter.bpf.h"

static __always_inline struct dd_event *emit_reserve(enum dd_event_kind kind)
{
	struct dd_event *ev = bpf_ringbuf_reserve(&dd_events, sizeof(*ev), 0);

	if (!ev) {
		__sync_fetch_and_add(&dd_lost, 1);
		return 0;
	}
	__builtin_memset(ev, 0, sizeof(*ev));
	ev->version = DD_EVENT_VERSION;
	ev->kind = kind;
	ev->ts_ns = bpf_ktime_get_ns();
	return ev;
}

static __always_inline void emit_submit(struct dd_event *ev)
{
	bpf_ringbuf_submit(ev, 0);
}

/* An event for this skb with all that every kind has, or NULL if it is not the exchange's. */
static __always_inline struct dd_event *emit_skb(enum dd_event_kind kind, struct sk_buff *skb,
						 enum skb_layout layout)
{
	struct dd_packet pkt = {};
	struct net_device *dev;
	struct dd_event *ev;
	__u32 netns = 0;

	if (!filter_skb(kind, skb, layout, &pkt, &netns))
		return 0;
	ev = emit_reserve(kind);
	if (!ev)
		return 0;
	ev->pkt = pkt;
	ev->netns = netns;
	ev->skb = (__u64)skb;
	ev->head = (__u64)BPF_CORE_READ(skb, head);
	dev = BPF_CORE_READ(skb, dev);
	if (dev) {
		ev->ifindex = BPF_CORE_READ(dev, ifindex);
		bpf_probe_read_kernel_str(ev->dev, sizeof(ev->dev), dev->name);
	}
	return ev;
}

#endif
