/* SPDX-License-Identifier: GPL-2.0 */
/* Losses for the person at the terminal: a line for each packet, and the sum at the end. */
#ifndef DD_LOSSES_H
#define DD_LOSSES_H

#include "base/strbuf.h"
#include "incident.h"
#include "view/loss_json.h"
#include "view/text.h"

/* "web -> db TCP/5432" */
void losses_add_parties(struct strbuf *sb, const struct loss *loss);

/* "on the host at br-0, FORWARD" */
void losses_add_place(struct strbuf *sb, const struct loss *loss);

/* "nf-rule-drop"; "?" while it is not explained */
const char *losses_cause(const struct loss *loss);

/* One line, local time first. */
void losses_event(FILE *out, const struct loss *loss, const struct loss_event *event);

/* The comment of a packet in a recording: where, why, between whom. To be freed; NULL: no memory. */
char *losses_comment(const struct loss *loss, const struct loss_event *event);

/* Why, which rule, and what to do about it: indented lines. */
void losses_explain(FILE *out, const struct loss *loss, int width);

/* Totals, the kinds, what is hidden and what was lost. */
struct losses_sum {
	const struct loss_totals *totals;
	const struct loss *const *kinds; /* the largest first */
	size_t n;
	uint64_t from_ns, to_ns;
	int engine_lost; /* how often */
	bool all;        /* nothing was hidden */
	bool live;       /* it could be had again, with --all */
};
void losses_summary(FILE *out, const struct losses_sum *sum, const struct text_style *style);

/* A row of blocks for each of the seconds, and who lost most, what was told; for report. */
void losses_timeline(FILE *out, const uint64_t *timeline, size_t seconds, uint64_t from_ns);
void losses_talkers(FILE *out, const struct loss *const kinds[], size_t n);
void losses_notes(FILE *out, const struct loss_note *notes, size_t n);

#endif
