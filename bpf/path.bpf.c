/* SPDX-License-Identifier: GPL-2.0 */
/* The functions that a packet passes on its way inside the host; each is a row of path.def. */
#include "emit.bpf.h"
#include "function.bpf.h"

static __always_inline int path_event(void *ctx, enum dd_function function, int skb_argument)
{
	struct sk_buff *skb = (struct sk_buff *)function_arg(ctx, function, skb_argument);
	struct dd_event *ev = emit_known(DD_EV_FUNCTION, skb);

	if (!ev)
		return 0;
	ev->function = function;
	emit_submit(ev);
	return 0;
}

#define PATH(function, skb_argument, layer)                                   \
	SEC("function")                                                       \
	int dd_##function(void *ctx)                                          \
	{                                                                     \
		return path_event(ctx, DD_FN_##function, skb_argument);       \
	}
#include "path.def"
#undef PATH
