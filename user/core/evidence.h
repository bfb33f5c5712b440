/* SPDX-License-Identifier: GPL-2.0 */
/* What is known of one probe that failed, reduced to facts that a row of causes.def can ask for. */
#ifndef DD_EVIDENCE_H
#define DD_EVIDENCE_H

#include "core/journey.h"
#include "core/rules.h"

/* One bit each. A fact is set only if it bears on the message that was lost. */
enum fact {
	FACT_SAID = 1 << 0,	     /* the kernel reported the loss itself; else it is a conclusion */
	FACT_NETFILTER = 1 << 1,     /* freed on a netfilter hook */
	FACT_CONTAINER = 1 << 2,     /* ... of a container's own namespace */
	FACT_RULE = 1 << 3,	     /* ... by a rule that is known */
	FACT_POLICY = 1 << 4,	     /* ... by a chain's policy */
	FACT_REJECT = 1 << 5,	     /* ... that answers with an error */
	FACT_ISOLATION = 1 << 6,     /* ... Docker's, between networks */
	FACT_ICC_OFF = 1 << 7,	     /* ... Docker's, between containers */
	FACT_STALE = 1 << 8,	     /* ... Docker's, and about another bridge */
	FACT_TC = 1 << 9,	     /* freed by a tc filter or program */
	FACT_RP_FILTER = 1 << 10,    /* freed by the reverse path check */
	FACT_WRONG_MAC = 1 << 11,    /* it was addressed to a MAC that is not the receiver's */
	FACT_LINK_DOWN = 1 << 12,    /* a device of the sender or the receiver is down */
	FACT_BRIDGE = 1 << 13,	     /* it entered the bridge and did not leave it */
	FACT_BRIDGE_DOWN = 1 << 14,
	FACT_PORT_MISSING = 1 << 15, /* a veth is not a port of the bridge */
	FACT_PORT_BLOCKED = 1 << 16, /* a port's state is not forwarding */
	FACT_ISOLATED = 1 << 17,     /* both ports are isolated */
	FACT_NO_ROUTE = 1 << 18,
	FACT_FORBIDDEN = 1 << 19,    /* unreachable, prohibit or blackhole route */
	FACT_NOT_SHARED = 1 << 20,   /* the two have no network in common */
	FACT_UNRESOLVED = 1 << 21,   /* a neighbour was asked for and nobody answered */
	FACT_NO_SOCKET = 1 << 22,    /* the destination said that nobody listens */
	FACT_ARRIVED = 1 << 23,	     /* the request got to the destination, and no answer left */
	FACT_GAP = 1 << 24,	     /* seen at one point, not at the next */
	FACT_IMPOSTOR = 1 << 26,     /* an answer came, and the destination never got the request */
	FACT_TOO_LONG = 1 << 27,     /* longer than the way allows, with fragmentation forbidden */
	FACT_ICMP = 1 << 28,	     /* the probes are pings, which no application answers */
	FACT_SEND_ERROR = 1 << 29,   /* the source's kernel refused to send */
	FACT_UNATTENDED = 1ull << 32, /* ... by a queue that nobody listens to */
	FACT_QUEUE = 1ull << 33,     /* ... by a queue that did not take it for another reason */
	FACT_CONNTRACK = 1ull << 34, /* ... by connection tracking */
	FACT_CT_FULL = 1ull << 35,   /* ... whose table is full */
	FACT_PROGRAM = 1ull << 36,   /* ... by a BPF program on the hook */
	FACT_INTERNAL = 1 << 25,     /* ... by Docker's rule about an --internal network */
};

struct evidence {
	const struct scene *scene;
	const struct journey *journey;
	int probe;
	enum verdict_kind kind;
	enum message lost;
	enum role from, to;	 /* of the lost message */
	enum point reached;
	const struct hop *last;	 /* where it was last seen; NULL: nowhere */
	const struct hop *drop;	 /* NULL: no drop was reported */
	const struct hop *misaddressed; /* the frame to a MAC that is not the receiver's; FACT_WRONG_MAC */
	bool has_rule;
	struct rule rule;
	enum owner owner;
	struct rule_words words;
	enum role at_fault;	 /* whose device, port or route it is */
	const struct link *link; /* the device or port, if there is one */
	struct culprit culprit;	 /* what dropped on a hook and is no rule; kind 0: unknown */
	uint64_t facts;		 /* enum fact */
};

/* Whether a queue of netfilter's freed the packet: it refused it. */
bool evidence_in_queue(const struct hop *drop);

/*
 * Gathers what is known of the probe; blame is who made the drop, or NULL: not asked. Everything
 * pointed to is borrowed and must outlive out.
 */
void evidence_gather(const struct journey *j, int probe, const struct blame *blame,
		     struct evidence *out);

#endif
