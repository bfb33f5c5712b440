/* SPDX-License-Identifier: GPL-2.0 */
/* Packets that the kernel frees: lost (skb:kfree_skb), and used up (skb:consume_skb). */
#include "compat.bpf.h"
#include "socket.bpf.h"

/* A second record: which socket it was for, where the kernel says so. */
static __always_inline void drop_socket(const struct dd_event *drop, struct sock *sk)
{
	struct dd_event *ev = sk ? emit_reserve(DD_EV_DROPPER) : 0;

	if (!ev)
		return;
	ev->pkt = drop->pkt;
	ev->netns = drop->netns;
	ev->skb = drop->skb;
	ev->head = drop->head;
	ev->ifindex = drop->ifindex;
	__builtin_memcpy(ev->dev, drop->dev, sizeof(ev->dev));
	socket_describe(ev, sk);
	emit_submit(ev);
}

SEC("raw_tp/kfree_skb")
int dd_kfree_skb(struct bpf_raw_tracepoint_args *ctx)
{
	struct dd_event *ev = emit_skb(DD_EV_DROP, (struct sk_buff *)ctx->args[0],
				       SKB_NETWORK_OFFSET);
	long bytes;

	if (!ev)
		return 0;
	drop_socket(ev, compat_drop_socket(ctx));
	ev->location = ctx->args[1];
	ev->reason = compat_drop_reason(ctx);
	bytes = bpf_get_stack(ctx, ev->stack, sizeof(ev->stack), 0);
	ev->stack_n = bytes > 0 ? bytes / sizeof(ev->stack[0]) : 0;
	emit_submit(ev);
	return 0;
}

SEC("raw_tp/consume_skb")
int dd_consume_skb(struct bpf_raw_tracepoint_args *ctx)
{
	struct dd_event *ev = emit_skb(DD_EV_CONSUME, (struct sk_buff *)ctx->args[0],
				       SKB_NETWORK_OFFSET);

	if (!ev)
		return 0;
	ev->location = compat_consume_location(ctx);
	emit_submit(ev);
	return 0;
}
