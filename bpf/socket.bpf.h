/* SPDX-License-Identifier: GPL-2.0 */
/* What a socket has that may refuse a packet before anybody reads it. */
#ifndef DD_SOCKET_BPF_H
#define DD_SOCKET_BPF_H

#include "emit.bpf.h"

/* ev tells of the packet. The filters of SO_ATTACH_FILTER have no number. */
static __always_inline void socket_describe(struct dd_event *ev, struct sock *sk)
{
	struct sk_filter *filter = BPF_CORE_READ(sk, sk_filter);

	ev->function = DD_FN_sk_filter_trim_cap;
	ev->filter = DD_FILTER_NONE;
	if (!filter)
		return;
	ev->reason = BPF_CORE_READ(filter, prog, aux, id);
	ev->filter = ev->reason ? DD_FILTER_BPF : DD_FILTER_CLASSIC;
}

#endif
