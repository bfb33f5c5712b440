/* SPDX-License-Identifier: GPL-2.0 */
/* The programs that a socket's packets pass: its own filter, and those of its cgroup. */
#include "function.bpf.h"
#include "socket.bpf.h"

/* sk_filter_trim_cap(socket, skb, ...): whatever comes of it, the socket may not be told later. */
SEC("function")
int dd_sk_filter_trim_cap(void *ctx)
{
	struct sock *sk = (struct sock *)function_arg(ctx, DD_FN_sk_filter_trim_cap, 0);
	struct dd_event *ev = emit_known(DD_EV_DROPPER, (struct sk_buff *)function_arg(
								ctx, DD_FN_sk_filter_trim_cap, 1));

	if (!ev)
		return 0;
	socket_describe(ev, sk);
	emit_submit(ev);
	return 0;
}

/* __cgroup_bpf_run_filter_skb(socket, skb, type); what is positive is an advice to send less. */
SEC("function.exit")
int dd___cgroup_bpf_run_filter_skb_exit(__u64 *ctx)
{
	struct dd_event *ev;

	if ((int)ctx[3] >= 0)
		return 0;
	ev = emit_known(DD_EV_DROPPER, (struct sk_buff *)ctx[1]);
	if (!ev)
		return 0;
	ev->function = DD_FN___cgroup_bpf_run_filter_skb;
	emit_submit(ev);
	return 0;
}
