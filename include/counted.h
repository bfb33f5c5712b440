/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What the kernel side of `watch` and `record` tells: exact counts by flow, and samples. Fixed widths,
 * no padding.
 */
#ifndef DD_COUNTED_H
#define DD_COUNTED_H

#include "event.h"

#define DD_SNAPLEN_MAX 1600

enum dd_flow_flag {
	DD_FLOW_PORT_SRC = 1 << 0, /* the port is the sender's */
	DD_FLOW_OPENS = 1 << 1,    /* opens a TCP connection: SYN without ACK */
};

/* Drops that are counted together. Addresses as in struct dd_packet; integers in host order. */
struct dd_flow {
	__u64 location;  /* kernel text address that freed the packet */
	__u8 src[16];
	__u8 dst[16];
	__u32 netns;     /* inode number of the network namespace, 0: unknown */
	__u32 ifindex;   /* 0: no device */
	__u32 reason;    /* enum skb_drop_reason of the running kernel; 0 before 5.17 */
	__u16 ethertype;
	__u16 port;      /* the lower of the two; ICMP: type << 8 | code; 0: none */
	__u8 l4;         /* IPPROTO_*; 0 for ARP and what is not IP */
	__u8 flags;      /* enum dd_flow_flag */
	__u16 cookie;    /* low bits of the namespace's cookie, of which there are no two; 0: unknown (before 5.12) */
	__u32 iif;       /* the device it came in by, of the same namespace; 0: none */
};

/* One CPU's view of everything that has no entry of its own. */
struct dd_cpu {
	__u64 other;     /* counted here since the table of flows was full */
	__u64 filtered;  /* not what dd_want_l4 and dd_want_port ask for */
	__u64 local;     /* no packets of a network: unix sockets, netlink */
	__u64 unsampled; /* samples that found no room in the ring */
	__u32 period;    /* the one that samples belongs to */
	__u32 samples;   /* taken in this period */
};

/* A packet that was dropped; data[] follows, caplen bytes of it. */
struct dd_sample {
	struct dd_event ev;  /* kind DD_EV_DROP, with stack */
	struct dd_flow flow;
	__u64 n;             /* of this flow, on this CPU, in this period; from 1 */
	__u32 period;
	__u16 caplen;
	__u16 link_len;      /* bytes of link-layer header at the start of data */
	__u32 len;           /* of the packet, with link_len */
	__u32 pad;           /* zero */
	__u8 data[];
};

_Static_assert(sizeof(struct dd_flow) == 64, "no padding");
_Static_assert(sizeof(struct dd_cpu) == 40, "no padding");
_Static_assert(sizeof(struct dd_sample) == sizeof(struct dd_event) + 64 + 24, "no padding");
#endif
