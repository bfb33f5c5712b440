/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One trace from the first event to the verdict, fed by whoever has the events: the kernel, or a
 * file of them. No I/O, no clock: the caller says what time it is by the phase.
 */
#ifndef DD_SESSION_H
#define DD_SESSION_H

#include "model.h"
#include "source/ksym.h"
#include "source/reason.h"

struct session;

/* What a session has to ask of the outside while it draws its verdict. */
struct session_ops {
	/*
	 * The rule that made a drop: hit is the step of nftables' trace that did it, or NULL if
	 * there was none; table is what the hooks' markers say of the table, or "". 0 and out
	 * filled, or a negative errno: not known.
	 */
	int (*rule)(void *ctx, const struct hop *drop, const struct hit *hit, const char *table,
		    struct rule *out);
	/*
	 * What else than a rule made a drop on a netfilter hook; hit as above, stage is that of the
	 * last marker on the hook that the packet passed, 0: none. As above. NULL: nobody is asked.
	 */
	int (*culprit)(void *ctx, const struct hop *drop, const struct hit *hit,
		       enum dd_hook_stage stage, struct culprit *out);
	/* What looks (enum look_at) ask for, of the place of that hop; NULL: of the source. NULL: nothing is read. */
	void (*look)(void *ctx, const struct hop *drop, unsigned int looks, struct aftermath *out);
	void *ctx;
};

enum phase {
	PHASE_NOW,   /* more may come any moment: only what is settled */
	PHASE_QUIET, /* nothing has come for a while: what is missing is lost */
	PHASE_FINAL, /* time is up, or the user has had enough */
};

/* Everything is borrowed until session_close(); ksym and reasons may be NULL. */
int session_open(const struct scene *scene, const struct ksym *ksym, const struct reason *reasons,
		 const struct session_ops *ops, struct session **out);
void session_close(struct session *s);
void cleanup_session(struct session **s);

void session_event(struct session *s, const void *data, size_t len);
void session_hit(struct session *s, const struct hit *hit);
void session_sent(struct session *s, const struct sent *sent);
void session_answer(struct session *s, const struct answer *answer);

/*
 * How many events were lost so far, by whoever lost them: of this exchange, and of any traffic, in
 * which this exchange may have a share.
 */
void session_lost(struct session *s, uint64_t lost, uint64_t missed);

/* When something last happened, CLOCK_MONOTONIC; 0: nothing yet. */
uint64_t session_last_ns(const struct session *s);

/* Whether every probe's fate is settled, so that a verdict need not wait. */
bool session_settled(const struct session *s, enum phase phase);

/* The verdict, as of now. out->hops is borrowed from the session. */
void session_verdict(struct session *s, struct verdict *out);

#endif
