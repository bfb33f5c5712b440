/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Markers on the netfilter hooks: programs of type NETFILTER (6.4) that accept everything and tell
 * that a packet of the exchange came by. They sit between the priorities of the tables, so that the
 * last marker seen says which table did the rest. The same body for all; only the stage differs.
 */
#include "emit.bpf.h"

#define NF_ACCEPT 1

static __always_inline int netfilter_marker(struct bpf_nf_ctx *ctx, enum dd_hook_stage stage)
{
	const struct nf_hook_state *state = ctx->state;
	struct net_device *in = BPF_CORE_READ(state, in), *out = BPF_CORE_READ(state, out);
	struct dd_event *ev = emit_skb(DD_EV_HOOK, ctx->skb, SKB_NETWORK_OFFSET);

	if (!ev)
		return NF_ACCEPT;
	ev->hook_pf = BPF_CORE_READ(state, pf);
	ev->hook_num = BPF_CORE_READ(state, hook);
	ev->hook_stage = stage;
	ev->netns = BPF_CORE_READ(state, net, ns.inum);
	ev->iif = in ? BPF_CORE_READ(in, ifindex) : 0;
	ev->oif = out ? BPF_CORE_READ(out, ifindex) : 0;
	emit_submit(ev);
	return NF_ACCEPT;
}

#define MARKER(name, stage)                     \
	SEC("netfilter")                        \
	int name(struct bpf_nf_ctx *ctx)        \
	{                                       \
		return netfilter_marker(ctx, stage); \
	}

MARKER(dd_hook_enter, DD_STAGE_ENTER)
MARKER(dd_hook_raw, DD_STAGE_RAW)
MARKER(dd_hook_mangle, DD_STAGE_MANGLE)
MARKER(dd_hook_filter, DD_STAGE_FILTER)
MARKER(dd_hook_security, DD_STAGE_SECURITY)
MARKER(dd_hook_leave, DD_STAGE_LEAVE)
