/* SPDX-License-Identifier: GPL-2.0 */
/* What is known of one probe that failed, reduced to facts that a row of causes.def can ask for. */
#ifndef DD_EVIDENCE_H
#define DD_EVIDENCE_H

#include "core/journey.h"
#include "core/rules.h"

enum fact_number {
#define FACT(name) FACT_NUMBER_##name,
#include "core/facts.def"
#undef FACT
	N_FACTS,
};

/* One bit each. */
enum fact {
#define FACT(name) FACT_##name = 1ull << FACT_NUMBER_##name,
#include "core/facts.def"
#undef FACT
};
_Static_assert(N_FACTS <= 64, "one bit each");

struct evidence {
	const struct scene *scene;
	const struct journey *journey;
	int probe;
	enum verdict_kind kind;
	enum message lost;
	enum role from, to;	 /* of the lost message */
	enum point reached;
	const struct hop *last;	 /* where it was last seen; NULL: nowhere */
	bool taken;		 /* the request came to the destination's device, and perhaps not past a program there */
	const struct hop *drop;	 /* NULL: no drop was reported */
	bool given_up;		 /* the drop came of waiting for a neighbour: the consequence, not the loss */
	const struct hop *misaddressed; /* the frame to a MAC that is not the receiver's; FACT_WRONG_MAC */
	bool has_rule;
	struct rule rule;
	enum owner owner;
	enum purpose purpose;
	struct rule_words words;
	enum role at_fault;	 /* whose device, port or route it is */
	const struct link *link; /* the device or port, if there is one */
	struct culprit culprit;	 /* what dropped on a hook and is no rule; kind 0: unknown */
	const struct hop *other_owner; /* an answer for the receiver's address from another MAC; FACT_TWO_OWNERS */
	const struct hop *twin;  /* where a device of the receiver's MAC that is another took it in; FACT_TWIN */
	const struct hop *unheard; /* where a question came that the stack would not answer */
	bool guessed;		 /* by the function and what was read: the kernel names no reason, or one that many have */
	bool looked;		 /* .after is set */
	struct aftermath after;
	uint64_t facts;		 /* enum fact */
};

bool evidence_is_container(const struct evidence *e, enum role r);

/* Whether the kernel gave this reason. */
bool evidence_named(const struct hop *hop, const char *reason);

/* Whether it was in a function whose name begins so. */
bool evidence_in_function(const struct hop *hop, const char *prefix);

/* Whether a queue of netfilter's freed the packet: it refused it. */
bool evidence_in_queue(const struct hop *drop);

/* Whether the socket's receive buffer was full when that was looked at. */
bool evidence_buffer_full(const struct evidence *e);

/*
 * Gathers what is known of the probe; blame is who made the drop, or NULL: not asked. Everything
 * pointed to is borrowed and must outlive out.
 */
void evidence_gather(const struct journey *j, int probe, const struct blame *blame,
		     struct evidence *out);

/* The same, as if this drop, or none, were the one that mattered. */
void evidence_of_drop(const struct journey *j, int probe, const struct hop *drop,
		      const struct blame *blame, struct evidence *out);

#endif
