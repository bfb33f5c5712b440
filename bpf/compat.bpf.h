/* SPDX-License-Identifier: GPL-2.0 */
/* Every difference between kernels that the programs must know, with its version and commit. */
#ifndef DD_COMPAT_BPF_H
#define DD_COMPAT_BPF_H

#include "maps.bpf.h"

/*
 * skb:kfree_skb passes (skb, location); a reason since 5.17 (c504e5c2f964, "net: skb: introduce
 * kfree_skb_reason()"), the receiving socket since 6.11. The branch that reads an argument the
 * kernel does not pass is dead code to the verifier, or the program would not attach.
 */
static __always_inline __u32 compat_drop_reason(struct bpf_raw_tracepoint_args *ctx)
{
	return dd_kfree_skb_args >= 3 ? (__u32)ctx->args[2] : 0;
}

static __always_inline struct sock *compat_drop_socket(struct bpf_raw_tracepoint_args *ctx)
{
	return dd_kfree_skb_args >= 4 ? (struct sock *)ctx->args[3] : 0;
}

/* skb:consume_skb passes (skb); the caller's address since 6.3 (dd1b527831a3). */
static __always_inline __u64 compat_consume_location(struct bpf_raw_tracepoint_args *ctx)
{
	return dd_consume_skb_args >= 2 ? ctx->args[1] : 0;
}

#endif
