/* SPDX-License-Identifier: GPL-2.0 */
/* An event in the reader's words. */
#ifndef DD_HOP_H
#define DD_HOP_H

#include "exchange.h"

#define HOPS_MAX (DD_PROBES_MAX * 128)
#define STACKS_MAX (DD_PROBES_MAX * 8)

enum direction { DIR_REQUEST, DIR_REPLY };

enum layer {
	LAYER_UNKNOWN, LAYER_VETH, LAYER_BRIDGE, LAYER_NETFILTER, LAYER_XDP, LAYER_TC, LAYER_QDISC,
	LAYER_NEIGH, LAYER_IP, LAYER_TRANSPORT, LAYER_SOCKET, LAYER_CGROUP, LAYER_LINK,
	N_LAYERS,
};

struct symbol {
	char function[SHORT_LEN]; /* empty: unknown */
	char module[SHORT_LEN];   /* empty: built in */
	uint32_t offset;
};

enum step { /* what happened at a hop */
	STEP_SENT, STEP_QUEUED, STEP_RECEIVED, STEP_ENTERED, STEP_PASSED, STEP_DROPPED,
	STEP_CONSUMED, STEP_ROUTE_FAILED,
	STEP_REACHED, /* a function on the way, where.function says which */
	STEP_DECIDED, /* a chain of nftables, note says which and what */
	N_STEPS,
};

struct hop {
	uint64_t ts_ns;
	uint64_t skb; /* identity, while it lives */
	int probe; /* from 1 */
	enum direction direction;
	enum role role;
	enum layer layer;
	enum step step;
	uint32_t ifindex;
	char device[DD_IFNAME_LEN];
	struct symbol where;
	uint8_t hook_pf, hook_num, hook_stage; /* STEP_ENTERED, STEP_PASSED; hook_pf 0: no hook */
	bool via_bridge;   /* an IP hook that br_netfilter called for a bridged frame */
	bool neigh; /* ARP or Neighbour Discovery */
	uint8_t filter;   /* enum dd_filter_kind: what the socket has that it was for; 0: not told */
	uint32_t program; /* DD_FILTER_BPF: its id */
	char note[NOTE_LEN]; /* "ARP who-has 172.18.0.3", "echo request", "SYN", ... */
	struct dd_packet pkt;
	/* STEP_DROPPED */
	uint32_t reason;
	char reason_name[SHORT_LEN]; /* empty: this kernel has none */
	const struct symbol *stack; /* owned by the journey; NULL: none */
	uint32_t stack_n;
};

#endif
