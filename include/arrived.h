/* SPDX-License-Identifier: GPL-2.0 */
/* What came in while the probes ran, besides the events: sends, answers, steps through the rules. */
#ifndef DD_ARRIVED_H
#define DD_ARRIVED_H

#include "exchange.h"

/* A probe that was sent, or was refused by the kernel at once. */
struct sent {
	int probe;     /* from 1 */
	uint64_t ts_ns;
	int err;       /* 0, or the negative errno that the kernel answered with */
};

enum answer_kind {
	ANSWER_REPLY, /* echo reply, SYN-ACK, datagram */
	ANSWER_RESET, /* TCP RST */
	ANSWER_ICMP,  /* ICMP error: type, code and from say which */
};

struct answer {
	enum answer_kind kind;
	int probe; /* from 1 */
	uint64_t ts_ns;
	struct ip from; /* who answered; for an ICMP error the one who sent it */
	uint8_t icmp_type;
	uint8_t icmp_code;
};

/* How the rule of nftables that decided is learnt; in the order of preference. */
enum scheme {
	SCHEME_NONE,       /* not at all */
	SCHEME_EXPRESSION, /* by the expression that wrote the verdict; nothing is changed */
	SCHEME_TRACE,      /* by probing what tells nftables' tracers; nothing of the user's changes */
	SCHEME_NFTRACE,    /* by nftables' trace, with a table of our own that marks the packets */
	SCHEME_COUNTERS,   /* of iptables-legacy: by the counter that moved, seen while the packet passed */
	N_SCHEMES,
};

/* One step of a packet through the rules. */
enum hit_type {
	HIT_RULE, HIT_POLICY, HIT_RETURN,
	HIT_UNKNOWN,   /* a rule, but not known which */
	HIT_CONNTRACK, /* connection tracking dropped it */
	HIT_PROGRAM,   /* a BPF program on the hook did */
};

struct hit {
	enum role role; /* whose namespace */
	enum hit_type type;
	uint32_t trace_id; /* the same for every step of one packet */
	uint8_t family;    /* NFPROTO_* */
	char table[NFT_NAME_LEN];
	char chain[NFT_NAME_LEN];
	uint64_t handle;   /* HIT_RULE; 0: none */
	int32_t verdict;   /* NF_DROP, NF_ACCEPT, NFT_JUMP, ... */
	/* of SCHEME_EXPRESSION and SCHEME_TRACE, which tell the packet and the hook */
	uint64_t skb; /* identity, 0: another scheme, the members below say what the packet was */
	uint16_t probe;
	bool reply;
	uint8_t hook_pf, hook_num;
	uint64_t chain_handle; /* 0: not told */
	uint32_t program; /* HIT_PROGRAM: its id */
	bool legacy;      /* of iptables-legacy: index, not handle, says which rule */
	int index;
	/* of SCHEME_NFTRACE */
	uint16_t ip_id;    /* of the packet; has_packet false: this message carried none */
	bool has_packet;
	struct ip src, dst;
	uint8_t l4;
	uint16_t sport, dport; /* ICMP: echo identifier and sequence number */
	bool neigh;        /* Neighbour Discovery: src and dst as in dd_packet, but for dst's byte 12 */
	uint64_t ts_ns;    /* when it was read */
};

#endif
