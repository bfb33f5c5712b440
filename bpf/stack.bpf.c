/* SPDX-License-Identifier: GPL-2.0 */
/* The IP stack's own decisions: route lookups that fail. */
#include "emit.bpf.h"

/* include/uapi/linux/rtnetlink.h, include/uapi/asm-generic/errno-base.h */
#define RTN_BLACKHOLE 6
#define RTN_UNREACHABLE 7
#define RTN_PROHIBIT 8
#define RTN_THROW 9
#define EAGAIN 11
#define EACCES 13
#define EINVAL 22
#define EHOSTUNREACH 113

static __always_inline bool stack_between(const struct dd_packet *pkt)
{
	static const __u8 any[16] __attribute__((aligned(4)));

	if (filter_same(pkt->dst, dd_filter.dst))
		return filter_same(pkt->src, dd_filter.src) || filter_same(pkt->src, any);
	if (filter_same(pkt->dst, dd_filter.src))
		return filter_same(pkt->src, dd_filter.dst) || filter_same(pkt->src, any);
	return false;
}

/* Reports the lookup if it is one of the exchange; pkt holds the addresses. netns 0: unknown. */
static __always_inline void stack_failed(struct dd_packet *pkt, const struct flowi_common *flow,
					 int err, __u32 netns)
{
	__u8 l4 = BPF_CORE_READ(flow, flowic_proto);
	struct dd_event *ev;

	if ((dd_filter.l4 ? l4 != dd_filter.l4 : !l4) || !stack_between(pkt))
		return;
	ev = emit_reserve(DD_EV_ROUTE);
	if (!ev)
		return;
	pkt->ethertype = filter_is_ip6() ? ETH_P_IPV6 : ETH_P_IP;
	pkt->l4 = l4;
	pkt->flags = filter_same(pkt->dst, dd_filter.src) ? DD_PKT_REPLY : 0;
	ev->pkt = *pkt;
	ev->route_err = err;
	ev->netns = netns;
	ev->iif = BPF_CORE_READ(flow, flowic_iif);
	ev->oif = BPF_CORE_READ(flow, flowic_oif);
	emit_submit(ev);
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

	if (!err || filter_is_ip6())
		return 0;
	saddr = BPF_CORE_READ(flow, saddr);
	daddr = BPF_CORE_READ(flow, daddr);
	__builtin_memcpy(pkt.src, &saddr, 4);
	__builtin_memcpy(pkt.dst, &daddr, 4);
	stack_failed(&pkt, &flow->__fl_common, err, 0);
	return 0;
}

/* ip6_rt_type_to_error() in net/ipv6/route.c, and what a table without a route stands for. */
static __always_inline int stack_error6(const struct net *net, const struct fib6_result *res)
{
	if (BPF_CORE_READ(res, f6i) == BPF_CORE_READ(net, ipv6.fib6_null_entry))
		return -EAGAIN; /* the next table is asked */
	switch (BPF_CORE_READ(res, fib6_type)) {
	case RTN_BLACKHOLE:
		return -EINVAL;
	case RTN_UNREACHABLE:
		return -EHOSTUNREACH;
	case RTN_PROHIBIT:
		return -EACCES;
	case RTN_THROW:
		return -EAGAIN;
	}
	return 0;
}

/* fib6:fib6_table_lookup (namespace, result, table, flow); forwarding asks with the protocol too. */
SEC("raw_tp/fib6_table_lookup")
int dd_fib6_table_lookup(struct bpf_raw_tracepoint_args *ctx)
{
	const struct net *net = (const struct net *)ctx->args[0];
	struct flowi6 *flow = (struct flowi6 *)ctx->args[3];
	struct dd_packet pkt = {};
	int err;

	if (!filter_is_ip6())
		return 0;
	err = stack_error6(net, (const struct fib6_result *)ctx->args[1]);
	if (!err)
		return 0;
	BPF_CORE_READ_INTO(&pkt.src, flow, saddr.in6_u.u6_addr8);
	BPF_CORE_READ_INTO(&pkt.dst, flow, daddr.in6_u.u6_addr8);
	stack_failed(&pkt, &flow->__fl_common, err, BPF_CORE_READ(net, ns.inum));
	return 0;
}
