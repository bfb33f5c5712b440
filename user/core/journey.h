/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All that was seen of one exchange, in order, and how far each of its messages came. An exchange
 * is more than request and reply: each may first need the neighbour's address, asked for by ARP or by
 * a neighbour solicitation.
 */
#ifndef DD_JOURNEY_H
#define DD_JOURNEY_H

#include "model.h"

#define HITS_MAX 2048

/* The messages, in the order in which an exchange needs them. */
enum message {
	MSG_NEIGH_ASK, MSG_NEIGH_ANSWER, MSG_REQUEST,
	MSG_NEIGH_ASK_BACK, MSG_NEIGH_ANSWER_BACK, MSG_REPLY,
	N_MESSAGES,
};

/* How far a message came. */
enum point {
	POINT_NONE,     /* not seen */
	POINT_SENT,     /* its sender's device took it */
	POINT_HOST_IN,  /* the host's end of the sender's veth received it */
	POINT_HOST_OUT, /* the host gave it to the receiver's veth */
	POINT_ARRIVED,  /* the receiver's device received it */
	POINT_USED,     /* the receiver's stack used it up */
};

struct journey {
	const struct scene *scene;
	struct hop *hops; /* HOPS_MAX */
	int n_hops;
	uint64_t hops_left_out;
	struct symbol *stacks; /* STACKS_MAX of DD_STACK_MAX each, for the drops */
	int n_stacks;
	struct sent sent[DD_PROBES_MAX + 1]; /* by probe number; ts_ns 0: not sent yet */
	struct answer answers[DD_PROBES_MAX + 1]; /* probe 0: none yet */
	struct hit *hits; /* HITS_MAX */
	int n_hits;
	uint64_t hits_left_out;
	uint64_t events_lost, events_missed;
	uint64_t last_ns; /* when something was last seen or sent */
};

/* scene is borrowed. 0 or -ENOMEM. */
int journey_init(struct journey *j, const struct scene *scene);
void journey_free(struct journey *j);

/* Takes a copy. A message without a number of its own goes to the first probe without an answer. */
void journey_add_hop(struct journey *j, const struct hop *hop);
void journey_add_hit(struct journey *j, const struct hit *hit);
void journey_add_sent(struct journey *j, const struct sent *s);
void journey_add_answer(struct journey *j, const struct answer *a);

/* The message that a hop is part of. */
enum message journey_message(const struct hop *hop);

/* How far its message had come at this hop. */
enum point journey_point(const struct journey *j, const struct hop *hop);

/* Whether a drop belongs to a healthy exchange. */
bool journey_is_noise(const struct journey *j, const struct hop *hop);

/* Whether the hop shows that somebody used the packet up, where it was. */
bool journey_used(const struct hop *hop);

/* How far the message of this probe came; *last, if not NULL, is the hop that shows it. Borrowed. */
enum point journey_reached(const struct journey *j, int probe, enum message msg,
			   const struct hop **last);

/* The first packet of this probe that was dropped and mattered, or NULL. Borrowed. */
const struct hop *journey_drop(const struct journey *j, int probe);

#endif
