/* SPDX-License-Identifier: GPL-2.0 */
/* What is read afterwards, of the place where the exchange ended. */
#ifndef DD_AFTERWARDS_H
#define DD_AFTERWARDS_H

#include "rule.h"
#include "topology.h"

enum process_state {
	PROCESS_UNKNOWN, /* there is none, or it cannot be seen */
	PROCESS_RUNS,
	PROCESS_STOPPED, /* by a signal */
	PROCESS_TRACED,  /* a debugger holds it */
	PROCESS_FROZEN,  /* by its cgroup */
};

/* The sockets of the destination's that have the port which was sent to. */
struct service {
	bool known;
	int takers;         /* that take what was sent */
	int elsewhere;      /* that listen at other addresses */
	int loopback;       /* ... of which so many are of the loopback device */
	struct ip address;  /* of the first of those elsewhere */
	uint32_t waiting;   /* TCP: connections that wait to be accepted; backlog: how many may */
	uint32_t backlog;
	uint32_t half_open; /* TCP: connections whose handshake is not through */
	uint32_t queued;    /* UDP: bytes that the receive buffer is charged with; room: how many may be */
	uint32_t room;
	uint32_t drops;
	uint32_t inode;     /* of the taker, the one with the longest queue; 0: none */
	int pid;            /* who holds it; 0: unknown */
	char process[SHORT_LEN];
	enum process_state state;
};

/* A route of the host's that leads a part of the network's subnet somewhere else. */
struct overlap {
	struct ip ip; /* family 0: none */
	int prefix_len;
	char device[DD_IFNAME_LEN];
};

/* What to look at; bits. */
enum look_at {
	LOOK_INPUT = 1 << 0,   /* how the namespace takes in what was dropped on the device */
	LOOK_SERVICE = 1 << 1, /* the destination's sockets */
	LOOK_OVERLAP = 1 << 2, /* the host's routes */
};

struct aftermath {
	int input_err;         /* what the kernel answers to the question; 0: it would take it */
	int forwarding;        /* of all devices, as the sysctl says; -1: not known */
	int device_forwarding; /* of that device; -1: not known */
	int ip6_off;           /* disable_ipv6 of that device; -1: not known */
	bool has_address;      /* that the question for a neighbour was about */
	uint32_t bad_checksums; /* that the namespace has counted since the first packet */
	struct service service;
	struct overlap overlap;
};

/* What was asked of the outside for a verdict: who dropped on a netfilter hook, and how the place is. */
struct blame {
	bool has_rule;
	struct rule rule;
	struct culprit culprit;
	bool looked; /* .after is set */
	struct aftermath after;
};

#endif
