/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What the kernel side tells the user side: one fixed record per observation.
 * Fixed widths, no padding, no pointers that mean anything outside the kernel
 * other than as an identity.
 */
#ifndef DD_EVENT_H
#define DD_EVENT_H

#ifdef __bpf__
#include "vmlinux.h"
#else
#include <linux/types.h>
#endif

#define DD_EVENT_VERSION 1
#define DD_STACK_MAX 24
#define DD_IFNAME_LEN 16
#define DD_NEIGH_PAIRS 12
#define DD_DEVICES 6
#define DD_NETNS 3

/* TCP probe n starts at isn + n * DD_ISN_STEP; the low bits then name the probe. */
#define DD_ISN_STEP 16
#define DD_PROBES_MAX 64

enum dd_event_kind {
	DD_EV_DROP = 1,  /* skb:kfree_skb; location, reason and stack are set */
	DD_EV_CONSUME,   /* skb:consume_skb: freed after it was used, not a loss */
	DD_EV_QUEUE,     /* net:net_dev_queue: handed to a device */
	DD_EV_XMIT,      /* net:net_dev_start_xmit: handed to the driver */
	DD_EV_RX,        /* net:netif_receive_skb: taken in from a device */
	DD_EV_HOOK,      /* a netfilter hook was reached, or passed (hook_stage) */
	DD_EV_ROUTE,     /* fib:fib_table_lookup that failed; route_err is set */
	DD_EV_FUNCTION,  /* a function of path.def was entered; function says which */
	DD_EV_CHAIN,     /* a base chain of nftables decided; the record is a struct dd_chain_event */
	DD_EV_DROPPER,   /* what is no rule dropped it: function, reason is a BPF program's id */
	DD_EV_KIND_MAX,
};

/* The functions of path.def, and those whose arguments or results are read besides. */
enum dd_function {
	DD_FN_NONE,
#define PATH(function, skb_argument, layer, version, protocol) DD_FN_##function,
#include "path.def"
#undef PATH
	DD_FN_nf_hook_slow,
	DD_FN_nft_do_chain,
	DD_FN_nft_eval, /* whichever expression */
	DD_FN___nft_trace_packet,
	DD_FN_ipt_do_table,
	DD_FN_ip6t_do_table,
	DD_FN_nf_conntrack_in,
	DD_FN___nf_conntrack_confirm,
	DD_FN_nf_hook_run_bpf,
	DD_FN_sk_filter_trim_cap,
	DD_FN___cgroup_bpf_run_filter_skb,
	DD_FN_MAX,
};

/* What the socket has that a packet was for; DD_EV_DROPPER of sk_filter_trim_cap(). */
enum dd_filter_kind {
	DD_FILTER_NONE = 1,
	DD_FILTER_CLASSIC,
	DD_FILTER_BPF, /* reason is its id */
	DD_FILTER_MAX,
};

/*
 * Where on a netfilter hook the marker sits, by priority. A packet that shows
 * stage RAW and not MANGLE was dropped between the two: by table mangle.
 */
enum dd_hook_stage {
	DD_STAGE_ENTER = 1, /* before everything but defragmentation's peers */
	DD_STAGE_RAW,       /* after table raw */
	DD_STAGE_MANGLE,    /* after table mangle */
	DD_STAGE_FILTER,    /* after table filter */
	DD_STAGE_SECURITY,  /* after table security */
	DD_STAGE_LEAVE,     /* behind everything: the hook accepted the packet */
	DD_STAGE_MAX,
};

enum dd_packet_flag {
	DD_PKT_REPLY = 1 << 0,    /* travels from destination to source */
	DD_PKT_QUOTED = 1 << 1,   /* an ICMP error that quotes a packet of the exchange; passive: the
				     ports are that packet's */
	DD_PKT_FRAGMENT = 1 << 2, /* a fragment that is not the first */
	DD_PKT_TEST = 1 << 3,     /* of the self-test's namespace, not of the exchange */
};

/*
 * The packet, parsed by the kernel side; integers in host order, addresses as
 * they stand in the packet (IPv4 in the first four bytes). For ARP and for
 * Neighbour Discovery, src is the sender's protocol address, dst the target's:
 * of an answer src is the address that it tells of. l4 is 0 for ARP.
 */
struct dd_packet {
	__u8 src[16];
	__u8 dst[16];
	__u8 mac_src[6]; /* all zero where there is no link-layer header (yet) */
	__u8 mac_dst[6];
	__u16 ethertype; /* 0x0800, 0x0806, 0x86dd */
	__u16 flags;     /* enum dd_packet_flag */
	__u8 l4;         /* IPPROTO_* */
	__u8 ttl;
	__u8 pkt_type;   /* PACKET_HOST, PACKET_OTHERHOST, ... */
	__u8 tcp_flags;
	__u16 sport;     /* ICMP: the echo identifier */
	__u16 dport;     /* ICMP: the echo sequence number */
	__u8 icmp_type;
	__u8 icmp_code;
	__u16 neigh_op;  /* 1 ARP request, neighbour solicitation; 2 the answers; 0 neither */
	__u16 ip_id;     /* IPv4 */
	__u16 probe;     /* number of the probe, from 1; 0: not known from the packet, or passive */
	__u32 tcp_seq;
	__u32 tcp_ack;
	__u32 len;       /* bytes from the network header on */
	__u16 tcp_window; /* as it stands in the header, not scaled */
	__u16 tcp_header; /* bytes of TCP's header; DD_PKT_QUOTED: the protocol that is quoted */
};

struct dd_event {
	__u16 version;  /* DD_EVENT_VERSION */
	__u16 kind;     /* enum dd_event_kind */
	__u32 stack_n;  /* entries of stack[] that are set */
	__u64 ts_ns;    /* CLOCK_MONOTONIC */
	__u64 skb;      /* identity only; reused by the kernel at once after a free */
	__u64 head;     /* identity of the data; the same for clones */
	__u64 location; /* kernel text address, 0 where the probe has none */
	__u32 reason;   /* enum skb_drop_reason of the running kernel; 0 before 5.17 */
	__s32 route_err; /* negative errno, as the lookup returned it */
	__u32 netns;    /* inode number of the network namespace, 0: unknown */
	__u32 ifindex;  /* 0: no device */
	__u32 iif;      /* DD_EV_HOOK, DD_EV_ROUTE: input device, 0: none */
	__u32 oif;      /* DD_EV_HOOK, DD_EV_ROUTE: output device, 0: none */
	char dev[DD_IFNAME_LEN];
	__u8 hook_pf;    /* NFPROTO_* */
	__u8 hook_num;   /* NF_INET_* */
	__u8 hook_stage; /* enum dd_hook_stage */
	__u8 function;   /* enum dd_function; DD_EV_FUNCTION only */
	__u8 filter;     /* enum dd_filter_kind; DD_EV_DROPPER only */
	__u8 pad[3];     /* zero */
	struct dd_packet pkt;
	__u64 stack[DD_STACK_MAX]; /* DD_EV_DROP only, innermost first */
};

#define DD_NFT_NAME_LEN 256 /* NFT_NAME_MAXLEN */

/* What decided in a base chain of nftables, and how that was learnt. */
enum dd_decider {
	DD_BY_RULE = 1, /* rule_handle says which */
	DD_BY_POLICY,   /* no rule did */
	DD_BY_UNKNOWN,  /* an expression that is not watched */
};

/* One packet's way through one base chain and whatever that jumped to. */
struct dd_chain_event {
	struct dd_event ev; /* kind DD_EV_CHAIN; the packet as it came in; no stack */
	__u64 rule_handle;  /* 0: none */
	__u64 chain_handle; /* of the chain that the rule is in, 0: not known */
	__u64 table_handle; /* 0: not known */
	__s32 verdict;      /* NF_DROP, NF_ACCEPT, NF_QUEUE, ... without what the upper bits add */
	__u32 rule_index;   /* from 1 among the rules of its chain, 0: not known */
	__u8 decider;       /* enum dd_decider */
	__u8 family;        /* NFPROTO_* of the table, 0: not known */
	__u8 legacy;        /* a table of iptables-legacy: there are no handles */
	__u8 pad[5];
	char table[DD_NFT_NAME_LEN];
	char chain[DD_NFT_NAME_LEN]; /* empty: not known, but the handle is unique in its table */
};

/*
 * The exchange that the kernel side reports; everything else is let go without
 * an event. Addresses, ports and the cookie are in network order; an IPv4 address
 * stands in the first four bytes, before zeros.
 */
struct dd_filter {
	__u8 src[16];       /* the prober's address */
	__u8 dst[16];       /* the address it sends to */
	__u8 neigh[DD_NEIGH_PAIRS][2][16]; /* who has to resolve whom; all zero: end */
	__u8 cookie[8];     /* first eight bytes of every payload sent */
	__u32 netns[DD_NETNS]; /* source, destination, host; 0: none */
	__u32 devices[DD_DEVICES]; /* bridge ports of the host that belong to the two; 0: end */
	__u32 isn;          /* host order; the first TCP sequence number, low 12 bits zero */
	__u16 sport;        /* of the first probe, the next has the next; or the echo identifier */
	__u16 dport;        /* 0 for ICMP */
	__u8 l4;            /* IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_TCP, IPPROTO_UDP; passive: 0: any */
	__u8 l3;            /* AF_INET, AF_INET6 */
	__u8 passive;       /* no probes: whatever is between the two; dport: of either end, 0: any */
	__u8 pad[5];
};

_Static_assert(sizeof(struct dd_packet) == 80, "no padding");
_Static_assert(sizeof(struct dd_event) == 88 + 80 + DD_STACK_MAX * 8, "no padding");
_Static_assert(sizeof(struct dd_chain_event) ==
		       sizeof(struct dd_event) + 40 + 2 * DD_NFT_NAME_LEN, "no padding");
_Static_assert(sizeof(struct dd_filter) == 92 + DD_NEIGH_PAIRS * 32, "no padding");
#endif
