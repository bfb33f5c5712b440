/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The functions that a packet passes on its way inside the host; each is a row of path.def. One
 * program for all of them where the kernel can (kprobe.multi, 5.18), else one for each.
 */
#include "emit.bpf.h"
#include "function.bpf.h"

static __always_inline int path_event(struct sk_buff *skb, enum dd_function function)
{
	struct dd_event *ev = emit_known(DD_EV_FUNCTION, skb);

	if (!ev)
		return 0;
	ev->function = function;
	emit_submit(ev);
	return 0;
}

#define PATH(function, skb_argument, layer, version, protocol)                                   \
	SEC("function")                                                       \
	int dd_##function(void *ctx)                                          \
	{                                                                     \
		return path_event((void *)function_arg(ctx, DD_FN_##function, skb_argument), \
				  DD_FN_##function);                          \
	}
#include "path.def"
#undef PATH

/* The cookie is the function, and in its second byte which argument is the skb. */
SEC("function.multi")
int dd_path(struct pt_regs *ctx)
{
	__u64 cookie = bpf_get_attach_cookie(ctx);

	return path_event((void *)function_register(ctx, cookie >> 8), cookie & 0xff);
}
