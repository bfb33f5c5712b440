/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The accounts: every drop that was counted is in one loss of the list, or in what was folded. Bounded:
 * noise is folded first; when there is much else, addresses that are no container's are put together,
 * and then the loss that was quiet for longest is folded into the totals.
 */
#ifndef DD_LEDGER_H
#define DD_LEDGER_H

#include "core/cast.h"
#include "incident.h"
#include "source/ksym.h"
#include "source/reason.h"

#define LEDGER_MAX 512 /* of some 3 KiB each, once they are explained and a rule is named */

struct ledger;

/* What names a loss is taken from. Everything is borrowed; ksym and reasons may be NULL. */
struct ledger_names {
	const struct cast *cast;
	const struct ksym *ksym;
	const struct reason *reasons;
	uint32_t host_netns; /* the engine's */
};

int ledger_new(const struct ledger_names *names, struct ledger **out);
void ledger_free(struct ledger *l);
void cleanup_ledger(struct ledger **l);

/*
 * The loss that a flow belongs to now; it is made if there is none. Its class is LOSS_ELSEWHERE,
 * LOSS_NOISE or LOSS_SHOWN as far as the flow tells. NULL: out of memory. Borrowed until the next call.
 */
struct loss *ledger_find(struct ledger *l, const struct dd_flow *flow);

/* n more, in the second that now_ns is in (CLOCK_REALTIME). */
void ledger_count(struct ledger *l, struct loss *loss, uint64_t n, uint64_t now_ns);

/* Names have changed: flows are looked up anew. Losses keep the names they have. */
void ledger_renamed(struct ledger *l);

/* In no order; NULL behind the last. */
struct loss *ledger_at(const struct ledger *l, size_t i);

/* The members by_class and folded of out. */
void ledger_totals(const struct ledger *l, struct loss_totals *out);

/* The losses of a class, the largest first. Returns how many of out, room for LEDGER_MAX, are set. */
size_t ledger_sorted(const struct ledger *l, enum loss_class class, const struct loss **out);

#endif
