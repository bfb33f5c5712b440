/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Traffic that is there already, sorted into conversations, and which packets of them are under way.
 * Directions here are those of the scene: DIR_REQUEST from source to destination, whoever began.
 */
#ifndef DD_FLOW_H
#define DD_FLOW_H

#include "core/journey.h"

#define FLOW_SETS 256
#define FLOW_WAYS 4
#define UNDER_WAY_MAX 512

struct flow {
	uint64_t last_ns; /* 0: free */
	uint8_t l4;
	uint16_t ports[2]; /* [role]; ICMP: identifier and sequence number */
	enum role began;   /* who sent the first packet that was seen; ICMP: who asked */
	bool from_start;   /* that packet was seen to leave its sender, so nobody has translated it */
	bool arrived[2];   /* [direction] a packet of it got to its receiver */
	bool whole;        /* an answer arrived after a question had */
	uint32_t high[2];  /* [direction] TCP: behind the last byte that was sent so far */
	bool has_high[2];
};

/* A packet that has left its sender. */
struct under_way {
	uint64_t sent_ns;    /* 0: free */
	uint64_t arrived_ns; /* 0: not yet */
	struct flow flow;    /* which; compare with flow_same() */
	enum direction direction;
	uint32_t seq, len;   /* TCP: sequence number; else the identifier of an IPv4 packet */
	bool waits;          /* for an answer */
	bool again;          /* sent more than once */
};

struct flows {
	const struct journey *places; /* knows the scene, and no hops */
	struct flow sets[FLOW_SETS][FLOW_WAYS];
	struct under_way under_way[UNDER_WAY_MAX];
	int n_under_way; /* a ring: how many there ever were */
	uint64_t start_ns; /* of the first packet; 0: none yet */
	uint64_t n_flows, n_packets, n_whole, n_again, n_zero_windows;
	uint64_t n_forgotten; /* under way, and overwritten by others */
};

/* places is borrowed. */
void flow_init(struct flows *f, const struct journey *places);

/*
 * Takes in what was seen of a packet. Returns its flow, borrowed until the next call, or NULL for a
 * message between neighbours.
 */
struct flow *flow_note(struct flows *f, const struct hop *hop);

/* The first packet that has been under way for too long, or was not answered; NULL: none. Borrowed. */
const struct under_way *flow_overdue(const struct flows *f, uint64_t now_ns);

/* Takes the packet off the list. */
void flow_forget(struct flows *f, const struct under_way *u);

bool flow_same(const struct flow *a, const struct flow *b);

/* The ports, protocol and asker of the flow that the packet of the hop belongs to; no state. */
void flow_key(const struct hop *hop, struct flow *out);

/* TCP: the sequence number; else the IPv4 identifier: what a packet has for itself in its flow. */
uint32_t flow_seq(const struct dd_packet *pkt);

#endif
