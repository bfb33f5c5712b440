/* SPDX-License-Identifier: GPL-2.0 */
/* The IP stack's own decisions: route lookups that fail. */
#include "emit.bpf.h"

static __always_inline bool stack_between(const struct dd_packet *pkt)
{
	static const __u8 any[4];

	if (filter_same4(pkt->dst, dd_filter.dst))
		return filter_same4(pkt->src, dd_filter.src) || filter_same4(pkt->src, any);
	if (filter_same4(pkt->dst, dd_filter.src))
		return filter_same4(pkt->src, dd_filter.dst) || filter_same4(pkt->src, any);
	return false;
}

/*
 * fib:fib_table_lookup (table, flow, next hop, error). A sender's own lookup has the protocol; the
 * reverse-path check asks with protocol 0, and so does forwarding unless there are rules on ports,
 * which is why a forwarder's failures show as a drop alone.
 */
SEC("raw_tp/fib_table_lookup")
int dd_fib_table_lookup(struct bpf_raw_tracepoint_args *ctx)
{
	struct flowi4 *flow = (struct flowi4 *)ctx->args[1];
	__be32 saddr, daddr;
	int err = (int)ctx->args[3];
	struct dd_packet pkt = {};
	struct dd_event *ev;

	if (!err || BPF_CORE_READ(flow, __fl_common.flowic_proto) != dd_filter.l4)
		return 0;
	saddr = BPF_CORE_READ(flow, saddr);
	daddr = BPF_CORE_READ(flow, daddr);
	__builtin_memcpy(pkt.src, &saddr, 4);
	__builtin_memcpy(pkt.dst, &daddr, 4);
	if (!stack_between(&pkt))
		return 0;
	ev = emit_reserve(DD_EV_ROUTE);
	if (!ev)
		return 0;
	pkt.ethertype = ETH_P_IP;
	pkt.l4 = dd_filter.l4;
	pkt.flags = filter_same4(pkt.dst, dd_filter.src) ? DD_PKT_REPLY : 0;
	ev->pkt = pkt;
	ev->route_err = err;
	ev->iif = BPF_CORE_READ(flow, __fl_common.flowic_iif);
	ev->oif = BPF_CORE_READ(flow, __fl_common.flowic_oif);
	emit_submit(ev);
	return 0;
}
