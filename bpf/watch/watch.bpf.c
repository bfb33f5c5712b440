/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel side of `watch`: one program, where packets are dropped and nowhere else. It counts by
 * flow, exactly, and gives out samples. There are two tables of flows: user space turns from one to the
 * other, and reads the one that nobody writes to.
 */
#include "skb.bpf.h"

#include "counted.h"

#define SAMPLES_PER_FLOW 32  /* each period, each CPU */
#define SAMPLES_PER_CPU 1024 /* each period */
#define ENOENT 2
#define HEAD_LEN 56
#define TCP_SYN 0x02
#define TCP_ACK 0x10
#define SKB_DST_NOREF 1ul

/* Filled before load, so that the verifier sees constants. */
const volatile __u32 dd_kfree_skb_args = 0;
const volatile __u32 dd_snaplen = 0;
const volatile __u16 dd_want_port = 0;
const volatile __u8 dd_want_l4 = 0;
const volatile __u8 dd_want_l4_too = 0;

/* Which table is written to is its lowest bit. */
volatile __u32 dd_period = 0;

struct flows {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct dd_flow);
	__type(value, __u64);
};

struct flows dd_flows_0 SEC(".maps");
struct flows dd_flows_1 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct dd_cpu);
} dd_cpus SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} dd_samples SEC(".maps");

/* As far as TCP's flags. */
struct l4_head {
	__be16 ports[2];
	__u8 numbers[9];
	__u8 tcp_flags;
};

/* The start of a network header; l4 stands behind a header without options. */
union head {
	__u8 bytes[HEAD_LEN];
	struct iphdr ip;
	struct ipv6hdr ip6;
	struct arp_ipv4 arp;
	struct {
		__u8 header[20];
		struct l4_head l4;
	} behind_ip;
	struct {
		__u8 header[40];
		struct l4_head l4;
	} behind_ip6;
};

static __always_inline struct dd_cpu *watch_cpu(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&dd_cpus, &zero);
}

/* An interrupt may come in between: only an atomic addition is exact. */
#define watch_add(member)                                     \
	do {                                                  \
		struct dd_cpu *cpu_ = watch_cpu();            \
		if (cpu_)                                     \
			__sync_fetch_and_add(&cpu_->member, 1); \
	} while (0)

/* An inode number is given again as soon as it is free, a cookie never. */
static __always_inline void watch_net(struct dd_flow *flow, struct net *net)
{
	flow->netns = net->ns.inum;
	if (bpf_core_field_exists(net->net_cookie))
		flow->cookie = net->net_cookie;
}

/* TCP takes the device off what it has received (tcp_v4_rcv()); what it came by is left in the route. */
static __always_inline void watch_route_net(struct dd_flow *flow, struct sk_buff *skb)
{
	const struct dst_entry *dst = (const void *)(skb->_skb_refdst & ~SKB_DST_NOREF);
	const struct net *net = BPF_CORE_READ(dst, dev, nd_net.net);

	flow->netns = BPF_CORE_READ(net, ns.inum);
	if (bpf_core_field_exists(net->net_cookie))
		flow->cookie = BPF_CORE_READ(net, net_cookie);
}

/* Sent packets have no device before their route's is written into them. */
static __always_inline void watch_netns(struct dd_flow *flow, struct sk_buff *skb)
{
	struct net_device *dev = skb->dev;
	struct sock *sk = skb->sk; /* read once: what was compared is what the verifier knows */

	if (dev)
		watch_net(flow, dev->nd_net.net);
	else if (sk)
		watch_net(flow, sk->__sk_common.skc_net.net);
	else
		watch_route_net(flow, skb);
}

/* The lower one is the service's, nearly always; the other is new with every connection. */
static __always_inline bool watch_ports(struct dd_flow *flow, const struct l4_head *l4)
{
	__u16 sport = bpf_ntohs(l4->ports[0]), dport = bpf_ntohs(l4->ports[1]);

	if (flow->l4 == IPPROTO_ICMP || flow->l4 == IPPROTO_ICMPV6) {
		flow->port = sport; /* where ports stand it has type and code */
	} else if (flow->l4 == IPPROTO_TCP || flow->l4 == IPPROTO_UDP) {
		flow->port = sport < dport ? sport : dport;
		flow->flags = sport < dport ? DD_FLOW_PORT_SRC : 0;
		if (flow->l4 == IPPROTO_TCP && (l4->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN)
			flow->flags |= DD_FLOW_OPENS;
		return !dd_want_port || sport == dd_want_port || dport == dd_want_port;
	}
	return !dd_want_port;
}

static __always_inline bool watch_ip(struct dd_flow *flow, union head *h,
				     const unsigned char *network)
{
	struct l4_head *l4 = &h->behind_ip.l4;

	__builtin_memcpy(flow->src, &h->ip.saddr, 4);
	__builtin_memcpy(flow->dst, &h->ip.daddr, 4);
	flow->l4 = h->ip.protocol;
	if (bpf_ntohs(h->ip.frag_off) & IP_OFFSET_MASK)
		return !dd_want_port;
	if ((h->ip.version_ihl & 0xf) != 5)
		skb_read(l4, sizeof(*l4), network + (h->ip.version_ihl & 0xf) * 4);
	return watch_ports(flow, l4);
}

static __always_inline bool watch_ip6(struct dd_flow *flow, const union head *h)
{
	__builtin_memcpy(flow->src, &h->ip6.saddr, 16);
	__builtin_memcpy(flow->dst, &h->ip6.daddr, 16);
	flow->l4 = h->ip6.nexthdr;
	return watch_ports(flow, &h->behind_ip6.l4);
}

/* Fills in what the packet says; false if it is not what the user asked for. */
static __always_inline bool watch_packet(struct dd_flow *flow, const unsigned char *network)
{
	union head h = {};
	bool wanted = !dd_want_port;

	skb_read(h.bytes, sizeof(h.bytes), network);
	if (flow->ethertype == ETH_P_IP && h.ip.version_ihl >> 4 == 4) {
		wanted = watch_ip(flow, &h, network);
	} else if (flow->ethertype == ETH_P_IPV6 && h.bytes[0] >> 4 == 6) {
		wanted = watch_ip6(flow, &h);
	} else if (flow->ethertype == ETH_P_ARP) {
		__builtin_memcpy(flow->src, h.arp.sender_ip, 4);
		__builtin_memcpy(flow->dst, h.arp.target_ip, 4);
	}
	return wanted && (!dd_want_l4 || flow->l4 == dd_want_l4 || flow->l4 == dd_want_l4_too);
}

/* One more of the flow; how many there were before, or -ENOENT: there is no room for it. */
static __always_inline __s64 watch_count(void *flows, const struct dd_flow *flow)
{
	__u64 *n = bpf_map_lookup_elem(flows, flow);
	__s64 before;

	if (!n) {
		const __u64 none = 0;

		/* another CPU may just have made it */
		bpf_map_update_elem(flows, flow, &none, BPF_NOEXIST);
		n = bpf_map_lookup_elem(flows, flow);
	}
	if (!n)
		return -ENOENT;
	before = *n;
	__sync_fetch_and_add(n, 1);
	return before;
}

static __always_inline bool watch_may_sample(struct dd_cpu *cpu, __u32 period)
{
	if (cpu->period != period) {
		cpu->period = period;
		cpu->samples = 0;
	}
	return cpu->samples++ < SAMPLES_PER_CPU;
}

static __always_inline bool sample_is_error(const struct dd_packet *pkt)
{
	if (pkt->l4 == IPPROTO_ICMPV6)
		return pkt->icmp_type && pkt->icmp_type <= ICMPV6_ERROR_MAX;
	return pkt->l4 == IPPROTO_ICMP &&
	       (pkt->icmp_type == ICMP_UNREACH || pkt->icmp_type == ICMP_TIME_EXCEEDED ||
		pkt->icmp_type == ICMP_PARAMETERPROB);
}

static __always_inline void sample_packet(struct dd_packet *pkt, struct sk_buff *skb,
					  const struct dd_flow *flow, const unsigned char *network)
{
	const unsigned char *transport = 0;
	union l4hdr h = {};

	pkt->ethertype = flow->ethertype;
	pkt->pkt_type = BPF_CORE_READ_BITFIELD_PROBED(skb, pkt_type);
	if (flow->ethertype == ETH_P_ARP)
		skb_parse_arp(network, pkt);
	else if (flow->ethertype == ETH_P_IP)
		transport = skb_parse_ip(network, pkt);
	else if (flow->ethertype == ETH_P_IPV6)
		transport = skb_parse_ip6(network, pkt);
	skb_read_macs(skb, network, pkt);
	if (!transport || pkt->flags & DD_PKT_FRAGMENT)
		return;
	skb_read(&h, sizeof(h), transport);
	if (pkt->l4 == IPPROTO_ICMPV6 && (h.nd.type == ND_SOLICIT || h.nd.type == ND_ADVERT))
		skb_parse_nd(&h, pkt);
	else
		skb_parse_l4(&h, pkt);
	if (sample_is_error(pkt))
		pkt->flags |= DD_PKT_QUOTED;
}

/* As much of the packet as lies in one piece. */
static __always_inline void sample_data(struct dd_sample *s, struct sk_buff *skb,
					const unsigned char *network)
{
	const unsigned char *head = skb->head, *from = network;
	const unsigned char *tail = head + skb->tail;
	__u16 mac = skb->mac_header;
	__u64 len;

	if (mac != MAC_HEADER_UNSET && head + mac + sizeof(struct ethhdr) == network)
		from = head + mac;
	s->link_len = network - from;
	if (tail <= from)
		return;
	len = tail - from;
	s->len = len + skb->data_len;
	if (len > dd_snaplen)
		len = dd_snaplen;
	if (len && !bpf_probe_read_kernel(s->data, len, from))
		s->caplen = len;
}

static __always_inline void sample_fill(struct dd_sample *s, struct sk_buff *skb,
					const struct dd_flow *flow, const unsigned char *network)
{
	struct dd_event *ev = &s->ev;

	ev->version = DD_EVENT_VERSION;
	ev->kind = DD_EV_DROP;
	ev->ts_ns = bpf_ktime_get_ns();
	ev->skb = (__u64)skb;
	ev->head = (__u64)skb->head;
	ev->location = flow->location;
	ev->reason = flow->reason;
	ev->netns = flow->netns;
	ev->ifindex = flow->ifindex;
	if (skb->dev)
		bpf_probe_read_kernel_str(ev->dev, sizeof(ev->dev), skb->dev->name);
	s->flow = *flow;
	sample_packet(&ev->pkt, skb, flow, network);
	sample_data(s, skb, network);
}

static __always_inline void watch_sample(void *ctx, struct sk_buff *skb, const struct dd_flow *flow,
					 const unsigned char *network, __u64 n, __u32 period)
{
	struct dd_cpu *cpu = watch_cpu();
	struct dd_sample *s;
	long bytes;

	if (!cpu || !watch_may_sample(cpu, period))
		return;
	s = bpf_ringbuf_reserve(&dd_samples, sizeof(*s) + dd_snaplen, 0);
	if (!s) {
		__sync_fetch_and_add(&cpu->unsampled, 1);
		return;
	}
	__builtin_memset(s, 0, sizeof(*s));
	s->n = n;
	s->period = period;
	sample_fill(s, skb, flow, network);
	bytes = bpf_get_stack(ctx, s->ev.stack, sizeof(s->ev.stack), 0);
	s->ev.stack_n = bytes > 0 ? bytes / sizeof(s->ev.stack[0]) : 0;
	bpf_ringbuf_submit(s, 0);
}

/* The network header, or what is to become it: a driver has not set it yet. */
static __always_inline const unsigned char *watch_network(struct sk_buff *skb)
{
	__u16 at = skb->network_header;

	return at ? skb->head + at : skb->data;
}

/*
 * skb:kfree_skb passes (skb, location), a reason since 5.17. The branch that reads an argument which
 * the kernel does not pass is dead code to the verifier.
 */
SEC("tp_btf/kfree_skb")
int dd_watch_drop(__u64 *ctx)
{
	struct sk_buff *skb = (struct sk_buff *)ctx[0];
	struct net_device *dev = skb->dev;
	const unsigned char *network = watch_network(skb);
	__u32 period = dd_period;
	struct dd_flow flow = {};
	__s64 before;

	if (!dev && !skb->protocol) {
		watch_add(local);
		return 0;
	}
	flow.location = ctx[1];
	flow.reason = dd_kfree_skb_args >= 3 ? (__u32)ctx[2] : 0;
	watch_netns(&flow, skb);
	flow.ifindex = dev ? dev->ifindex : 0;
	flow.iif = skb->skb_iif;
	flow.ethertype = bpf_ntohs(skb->protocol);
	if (!watch_packet(&flow, network)) {
		watch_add(filtered);
		return 0;
	}
	before = period & 1 ? watch_count(&dd_flows_1, &flow) : watch_count(&dd_flows_0, &flow);
	if (before < 0)
		watch_add(other);
	else if (before < SAMPLES_PER_FLOW)
		watch_sample(ctx, skb, &flow, network, before + 1, period);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
