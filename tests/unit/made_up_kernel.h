/* SPDX-License-Identifier: GPL-2.0 */
/* A kernel that reports what the test says: the records of its events, its symbols and its reasons. */
#ifndef DD_TEST_MADE_UP_KERNEL_H
#define DD_TEST_MADE_UP_KERNEL_H

#include <linux/if_ether.h>
#include <stdio.h>

#include "core_scene.h"

/* Functions of the made-up kernel, each 0x100 long, and its reasons. */
static const char *const functions[] = {
	"", "nft_do_chain", "nf_hook_slow", "br_nf_forward_ip.part.0", "__br_forward",
	"br_handle_frame_finish", "br_handle_frame", "ip_rcv_core", "tcp_v4_rcv", "neigh_invalidate",
	"__netif_receive_skb_core", "fib_validate_source", "ping_rcv", "ip_forward", "ip_error",
	"__udp4_lib_rcv", "ip_output", "nft_do_chain_netdev", "ip6_mc_input", "icmpv6_rcv", "ip6_rcv_core",
	"dst_discard_out", "ip6_input", "ip6_pkt_drop", "br_nf_pre_routing_ipv6", "nft_do_chain_bridge",
	"nf_queue", "do_xdp_generic", "ip_finish_output", "veth_xdp_rcv_skb", "__dev_queue_xmit",
	"raw_rcv",
};
static const char *const reasons[] = {
	"", "NOT_SPECIFIED", "NETFILTER_DROP", "OTHERHOST", "NO_SOCKET", "NEIGH_FAILED", "TC_INGRESS",
	"IP_RPFILTER", "IP_INADDRERRORS", "QDISC_DROP", "SOCKET_FILTER",
	"BPF_CGROUP_EGRESS",
};

static inline uint32_t number_of(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; name && i < n; i++)
		if (!strcmp(names[i], name))
			return i;
	assert_null(name);
	return 0;
}

static inline uint64_t address_of(const char *function)
{
	return function ? 0xffffffff81000000 +
			  number_of(functions, sizeof(functions) / sizeof(functions[0]), function) * 0x100 : 0;
}

struct telling {
	enum dd_event_kind kind;
	uint32_t netns, ifindex;
	enum message msg;
	const char *function, *reason;
	const char *stack[4];
	uint8_t hook, stage; /* DD_EV_HOOK */
	int route_err;	     /* DD_EV_ROUTE */
	bool quotes;	     /* an ICMP error about a packet of the exchange */
	uint8_t pkt_type;
	uint8_t filter;	     /* DD_EV_DROPPER: what the socket has */
};

/* The way of a message between the two, as far as the bridge's other port. */
#define SENT_BY(ns, msg) { DD_EV_XMIT, ns, IF_ETH, msg, .function = NULL }
#define INTO(port, msg) { DD_EV_RX, NS_HOST, port, msg, .function = NULL }
#define OUT_OF(port, msg) { DD_EV_XMIT, NS_HOST, port, msg }
#define GOT_BY(ns, msg) { DD_EV_RX, ns, IF_ETH, msg }
#define ACROSS(msg) \
	SENT_BY(NS_WEB, msg), INTO(IF_VETH_WEB, msg), OUT_OF(IF_VETH_DB, msg), GOT_BY(NS_DB, msg)
#define BACK(msg) \
	SENT_BY(NS_DB, msg), INTO(IF_VETH_DB, msg), OUT_OF(IF_VETH_WEB, msg), GOT_BY(NS_WEB, msg)

static inline struct dd_packet packet_of(const struct scene *s, enum message msg)
{
	bool back = msg == MSG_REPLY || msg == MSG_NEIGH_ANSWER || msg == MSG_NEIGH_ASK_BACK;
	const struct endpoint *from = &s->ends[back], *to = &s->ends[!back];
	struct dd_packet p = { .probe = 1, .len = 84, .l4 = s->request.protocol };

	memcpy(p.src, from->ip.bytes, 16);
	memcpy(p.dst, to->ip.bytes, 16);
	memcpy(p.mac_dst, to->mac, 6);
	p.ethertype = from->ip.family == AF_INET6 ? ETH_P_IPV6 : ETH_P_IP;
	if (p.ethertype == ETH_P_IPV6 && p.l4 == IPPROTO_ICMP)
		p.l4 = IPPROTO_ICMPV6;
	p.flags = msg == MSG_REPLY ? DD_PKT_REPLY : 0;
	if (msg == MSG_REQUEST || msg == MSG_REPLY)
		return p;
	if (p.ethertype == ETH_P_IP)
		p.ethertype = ETH_P_ARP;
	p.probe = 0;
	p.neigh_op = msg == MSG_NEIGH_ANSWER || msg == MSG_NEIGH_ANSWER_BACK ? 2 : 1;
	return p;
}

static inline struct dd_event event_of(const struct scene *scene, const struct telling *s, int n)
{
	struct dd_event ev = { .version = DD_EVENT_VERSION, .kind = s->kind, .ts_ns = 1000 + n,
			       .netns = s->netns, .ifindex = s->ifindex, .hook_num = s->hook,
			       .hook_stage = s->stage, .route_err = s->route_err,
			       .iif = s->kind == DD_EV_ROUTE };

	ev.pkt = packet_of(scene, s->msg);
	ev.pkt.flags |= s->quotes ? DD_PKT_QUOTED : 0;
	ev.pkt.pkt_type = s->pkt_type;
	ev.filter = s->filter;
	if (s->kind == DD_EV_DROPPER)
		ev.function = s->filter ? DD_FN_sk_filter_trim_cap : DD_FN___cgroup_bpf_run_filter_skb;
	memcpy(ev.dev, "dev", 4);
	ev.location = address_of(s->function);
	ev.location += ev.location ? 0x10 : 0;
	ev.reason = number_of(reasons, sizeof(reasons) / sizeof(reasons[0]), s->reason);
	while (ev.stack_n < 4 && s->stack[ev.stack_n]) {
		ev.stack[ev.stack_n] = address_of(s->stack[ev.stack_n]) + 0x20;
		ev.stack_n++;
	}
	return ev;
}

static inline struct ksym *symbols_make(void)
{
	char text[4096] = "";
	struct ksym *k = NULL;
	FILE *f;

	for (size_t i = 1; i < sizeof(functions) / sizeof(functions[0]); i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%llx T %s\n",
			 (unsigned long long)address_of(functions[i]), functions[i]);
	f = fmemopen(text, strlen(text), "r");
	assert_int_equal(ksym_parse(f, &k), 0);
	fclose(f);
	return k;
}

static inline struct reason *reasons_make(void)
{
	struct reason *r = NULL;

	assert_int_equal(reason_empty(&r), 0);
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		assert_int_equal(reason_add(r, i, reasons[i]), 0);
	return r;
}


#endif
