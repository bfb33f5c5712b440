/* SPDX-License-Identifier: GPL-2.0 */
/* The boundaries of devices: a veth's two ends, a bridge, whatever else the packet crosses. */
#include "emit.bpf.h"

static __always_inline int device_event(enum dd_event_kind kind, void *skb, enum skb_layout layout)
{
	struct dd_event *ev = emit_skb(kind, skb, layout);

	if (ev)
		emit_submit(ev);
	return 0;
}

SEC("raw_tp/net_dev_queue")
int dd_net_dev_queue(struct bpf_raw_tracepoint_args *ctx)
{
	return device_event(DD_EV_QUEUE, (void *)ctx->args[0], SKB_NETWORK_OFFSET);
}

SEC("raw_tp/net_dev_start_xmit")
int dd_net_dev_start_xmit(struct bpf_raw_tracepoint_args *ctx)
{
	return device_event(DD_EV_XMIT, (void *)ctx->args[0], SKB_NETWORK_OFFSET);
}

SEC("raw_tp/netif_receive_skb")
int dd_netif_receive_skb(struct bpf_raw_tracepoint_args *ctx)
{
	return device_event(DD_EV_RX, (void *)ctx->args[0], SKB_DATA);
}
