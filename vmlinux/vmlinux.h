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
enum { BPF_MAP_TYPE_RINGBUF = 27 };

struct bpf_raw_tracepoint_args {
	__u64 args[0];
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* include/linux/ns_common.h */
struct ns_common {
	unsigned int inum;
};

/* include/net/net_namespace.h */
struct net {
	struct ns_common ns;
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
};

/* include/linux/skbuff.h */
struct sk_buff {
	struct net_device *dev;
	struct sock *sk;
	unsigned int len;
	__u8 pkt_type : 3;
	__be16 protocol;
	__u16 network_header;
	__u16 mac_header;
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

#pragma clang attribute pop

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

/* The first 16 bytes behind the IPv4 header, by protocol. */
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
};

#endif
