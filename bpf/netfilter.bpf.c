/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Netfilter's hooks: that a packet of the exchange came by, and that it was let through. By probes on
 * the function that runs all of a hook, where functions can be probed; else by markers on the hooks:
 * programs of type NETFILTER (6.4) that accept everything. Those sit between the priorities of the
 * tables, so that the last marker seen says which table did the rest.
 */
#include "emit.bpf.h"
#include "function.bpf.h"

#define NF_DROP 0
#define NF_ACCEPT 1
#define HOOK_ACCEPTED 1 /* nf_hook_slow(): go on with the packet */

static __always_inline void netfilter_event(struct sk_buff *skb, const struct nf_hook_state *state,
					    enum dd_hook_stage stage)
{
	struct net_device *in = BPF_CORE_READ(state, in), *out = BPF_CORE_READ(state, out);
	struct dd_event *ev = emit_skb(DD_EV_HOOK, skb, SKB_NETWORK_OFFSET);

	if (!ev)
		return;
	ev->hook_pf = BPF_CORE_READ(state, pf);
	ev->hook_num = BPF_CORE_READ(state, hook);
	ev->hook_stage = stage;
	ev->netns = BPF_CORE_READ(state, net, ns.inum);
	ev->iif = in ? BPF_CORE_READ(in, ifindex) : 0;
	ev->oif = out ? BPF_CORE_READ(out, ifindex) : 0;
	emit_submit(ev);
}

/* nf_hook_slow(skb, state, entries, first) */
SEC("function")
int dd_nf_hook_slow(void *ctx)
{
	netfilter_event((struct sk_buff *)function_arg(ctx, DD_FN_nf_hook_slow, 0),
			(struct nf_hook_state *)function_arg(ctx, DD_FN_nf_hook_slow, 1),
			DD_STAGE_ENTER);
	return 0;
}

SEC("function.exit")
int dd_nf_hook_slow_exit(__u64 *ctx)
{
	if ((int)ctx[4] == HOOK_ACCEPTED)
		netfilter_event((struct sk_buff *)ctx[0], (struct nf_hook_state *)ctx[1],
				DD_STAGE_LEAVE);
	return 0;
}

/* ---- what drops and is no rule; each tells only of drops --------------------------- */

static __always_inline int netfilter_dropper(struct sk_buff *skb, const struct nf_hook_state *state,
					     enum dd_function function, const struct bpf_prog *prog)
{
	struct dd_event *ev = emit_known(DD_EV_DROPPER, skb);

	if (!ev)
		return 0;
	ev->function = function;
	ev->reason = prog ? BPF_CORE_READ(prog, aux, id) : 0;
	if (state) {
		ev->hook_pf = BPF_CORE_READ(state, pf);
		ev->hook_num = BPF_CORE_READ(state, hook);
		ev->netns = BPF_CORE_READ(state, net, ns.inum);
	}
	emit_submit(ev);
	return 0;
}

/* nf_conntrack_in(skb, state) */
SEC("function.exit")
int dd_nf_conntrack_in_exit(__u64 *ctx)
{
	if ((__u32)ctx[2] != NF_DROP)
		return 0;
	return netfilter_dropper((struct sk_buff *)ctx[0], (struct nf_hook_state *)ctx[1],
				 DD_FN_nf_conntrack_in, 0);
}

/* __nf_conntrack_confirm(skb) */
SEC("function.exit")
int dd___nf_conntrack_confirm_exit(__u64 *ctx)
{
	if ((__u32)ctx[1] != NF_DROP)
		return 0;
	return netfilter_dropper((struct sk_buff *)ctx[0], 0, DD_FN___nf_conntrack_confirm, 0);
}

/* nf_hook_run_bpf(program, skb, state) */
SEC("function.exit")
int dd_nf_hook_run_bpf_exit(__u64 *ctx)
{
	if ((__u32)ctx[3] != NF_DROP)
		return 0;
	return netfilter_dropper((struct sk_buff *)ctx[1], (struct nf_hook_state *)ctx[2],
				 DD_FN_nf_hook_run_bpf, (struct bpf_prog *)ctx[0]);
}

/* ---- markers ------------------------------------------------------------------- */

static __always_inline int netfilter_marker(struct bpf_nf_ctx *ctx, enum dd_hook_stage stage)
{
	netfilter_event(ctx->skb, ctx->state, stage);
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
