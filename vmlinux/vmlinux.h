/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel types that dockdrop reads, and no other member of them. Every
 * access is relocated (CO-RE) against the running kernel's BTF, so order and
 * offsets here mean nothing; names and types are the kernel's. Written by hand
 * because no one kernel's dump holds them all: several live in modules.
 */
#ifndef __VMLINUX_H__
#define __VMLINUX_H__

typedef unsigned char __u8;
typedef signed char __s8;
typedef unsigned short __u16;
typedef short __s16;
typedef unsigned int __u32;
typedef int __s32;
typedef unsigned long long __u64;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef _Bool bool;
enum { false, true };

/* include/uapi/linux/bpf.h */
enum {
	BPF_MAP_TYPE_PERCPU_HASH = 5,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_RINGBUF = 27,
};
enum { BPF_ANY = 0, BPF_NOEXIST = 1 };

struct bpf_raw_tracepoint_args {
	__u64 args[0];
};

/* arch/x86/include/asm/ptrace.h, with the member names that libbpf expects of a vmlinux.h */
struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax;
	unsigned long ip, cs, flags, sp, ss;
};

/* arch/arm64/include/uapi/asm/ptrace.h */
struct user_pt_regs {
	__u64 regs[31];
	__u64 sp;
	__u64 pc;
	__u64 pstate;
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* include/linux/ns_common.h */
struct ns_common {
	unsigned int inum;
};

/* include/net/ip6_fib.h */
struct fib6_info {
	__u8 fib6_type;
};

struct fib6_result {
	struct fib6_info *f6i;
	__u8 fib6_type;
};

/* include/net/netns/ipv6.h */
struct netns_ipv6 {
	struct fib6_info *fib6_null_entry;
};

/* include/net/net_namespace.h */
struct net {
	struct ns_common ns;
	__u64 net_cookie; /* 5.12 and newer: given at the start, see net/core/net_namespace.c */
	struct netns_ipv6 ipv6;
};

typedef struct {
	struct net *net;
} possible_net_t;

/* include/linux/netdevice.h; priv_flags is a bit field since 6.12 */
struct net_device {
	char name[16];
	int ifindex;
	unsigned int priv_flags;
	possible_net_t nd_net;
};

/* include/net/sock.h */
struct sock_common {
	possible_net_t skc_net;
};

struct sock {
	struct sock_common __sk_common;
	struct sk_filter *sk_filter;
};

/* include/net/dst.h */
struct dst_entry {
	struct net_device *dev;
};

/* include/linux/skbuff.h */
struct sk_buff {
	struct net_device *dev;
	struct sock *sk;
	unsigned long _skb_refdst; /* struct dst_entry *, and in the lowest bit whether it is not counted */
	unsigned int len;
	unsigned int data_len;
	int skb_iif;
	__u8 pkt_type : 3;
	__be16 protocol;
	__u16 network_header;
	__u16 mac_header;
	unsigned int tail; /* where there are 64 bits; an offset from head */
	unsigned char *head;
	unsigned char *data;
};

/* include/linux/netfilter.h */
struct nf_hook_state {
	__u8 hook;
	__u8 pf;
	struct net_device *in;
	struct net_device *out;
	struct net *net;
};

/* include/linux/netfilter.h: what a program of type NETFILTER is given; 6.4 and newer */
struct bpf_nf_ctx {
	const struct nf_hook_state *state;
	struct sk_buff *skb;
};

/* include/linux/bpf.h */
struct bpf_prog_aux {
	__u32 id;
};

struct bpf_prog {
	struct bpf_prog_aux *aux;
};

/* include/linux/filter.h */
struct sk_filter {
	struct bpf_prog *prog;
};

/* include/net/netfilter/nf_tables.h; a module on most hosts */
struct nft_pktinfo {
	struct sk_buff *skb;
	const struct nf_hook_state *state; /* since 5.14 (897389de4828); inside .xt before that */
};

struct nft_verdict {
	__u32 code;
	struct nft_chain *chain;
};

struct nft_regs {
	struct nft_verdict verdict;
};

struct nft_table {
	char *name;
	__u64 handle;
	__u16 family : 6;
};

struct nft_rule_blob {
	unsigned long size;
	unsigned char data[0];
};

/* since 5.17 (2c865a8a28a1); the first word is is_last : 1, dlen : 12, handle : 42 */
struct nft_rule_dp {
	unsigned char data[0];
};

struct nft_chain {
	struct nft_rule_blob *blob_gen_0;
	struct nft_rule_blob *blob_gen_1;
	struct nft_table *table;
	__u64 handle;
	char *name;
};

struct nft_base_chain {
	__u8 policy;
	struct nft_chain chain;
};

struct nft_traceinfo {
	const struct nft_pktinfo *pkt; /* this, rule and verdict: before 6.4 */
	const struct nft_base_chain *basechain;
	const struct nft_rule_dp *rule;
	const struct nft_verdict *verdict;
};

/* include/linux/netfilter/x_tables.h; a module on most hosts */
struct xt_table_info {
	unsigned int size;
	unsigned int hook_entry[5];
	unsigned int underflow[5];
	unsigned char entries[0];
};

struct xt_table {
	struct xt_table_info *private;
	const char name[32];
};

/* include/net/flow.h */
struct flowi_common {
	int flowic_oif;
	int flowic_iif;
	__u8 flowic_proto;
};

struct flowi4 {
	struct flowi_common __fl_common;
	__be32 saddr;
	__be32 daddr;
};

/* include/uapi/linux/in6.h */
struct in6_addr {
	union {
		__u8 u6_addr8[16];
	} in6_u;
};

struct flowi6 {
	struct flowi_common __fl_common;
	struct in6_addr daddr;
	struct in6_addr saddr;
};

#pragma clang attribute pop

/*
 * As they were in 5.10, for kernels whose modules have no type information, so that nothing can be
 * relocated: include/net/netfilter/nf_tables.h and include/linux/netfilter/x_tables.h of 5.10.
 * The self-test tells whether they are right.
 */
struct nft_pktinfo___5_10 {
	struct sk_buff *skb;
	bool tprot_set;
	__u8 tprot;
	unsigned int thoff;
	const void *xt_match, *xt_matchinfo;
	const struct nf_hook_state *xt_state;
};

struct nft_rule___5_10 {
	void *next, *prev;
	__u64 word; /* handle : 42, genmask : 2, dlen : 12, udata : 1 */
};

struct nft_chain___5_10 {
	void *rules_gen_0, *rules_gen_1;
	void *rules_next, *rules_prev, *list_next, *list_prev, *rhlhead[2];
	void *table; /* its name is at another place in almost every release of 5.10 */
	__u64 handle;
	__u32 use;
	__u8 flags;
	char *name;
};

struct nft_base_chain___5_10 {
	unsigned long ops[5], hook_list[2];
	const void *type;
	__u8 policy;
};

struct nft_traceinfo___5_10 {
	const struct nft_pktinfo___5_10 *pkt;
	const struct nft_base_chain___5_10 *basechain;
	const struct nft_chain___5_10 *chain;
	const struct nft_rule___5_10 *rule;
	const struct nft_verdict *verdict;
};

/* Wire formats: what the packet holds, the same on every kernel. */

struct ethhdr {
	__u8 h_dest[6];
	__u8 h_source[6];
	__be16 h_proto;
};

struct iphdr {
	__u8 version_ihl;
	__u8 tos;
	__be16 tot_len;
	__be16 id;
	__be16 frag_off;
	__u8 ttl;
	__u8 protocol;
	__u16 check;
	__u8 saddr[4];
	__u8 daddr[4];
};

struct ipv6hdr {
	__be32 version_class_label;
	__be16 payload_len;
	__u8 nexthdr;
	__u8 hop_limit;
	__u8 saddr[16];
	__u8 daddr[16];
};

/* Hop-by-hop options, destination options, routing; of a fragment header offset and flags. */
struct ipv6_extension {
	__u8 nexthdr;
	__u8 len; /* in units of eight bytes, without the first; a fragment header has none */
	__be16 frag_off;
};

struct arp_ipv4 {
	__be16 hardware;
	__be16 protocol;
	__u8 hardware_len;
	__u8 protocol_len;
	__be16 operation;
	__u8 sender_mac[6];
	__u8 sender_ip[4];
	__u8 target_mac[6];
	__u8 target_ip[4];
};

/* The first bytes behind the header of IP and its extensions, by protocol; icmp is ICMPv6 too. */
union l4hdr {
	struct {
		__u8 type;
		__u8 code;
		__u16 check;
		__be16 id;
		__be16 sequence;
		__u8 cookie[8];
	} icmp;
	struct {
		__be16 source;
		__be16 dest;
		__be32 seq;
		__be32 ack_seq;
		__u8 offset;
		__u8 flags;
		__be16 window;
	} tcp;
	struct {
		__be16 source;
		__be16 dest;
		__be16 len;
		__u16 check;
		__u8 cookie[8];
	} udp;
	struct {
		__u8 type;
		__u8 code;
		__u16 check;
		__be32 flags;
		__u8 target[16];
	} nd;
};

#endif
