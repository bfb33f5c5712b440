/* SPDX-License-Identifier: GPL-2.0 */
#include "core/explain.h"

#include <string.h>

#include "base/array.h"
#include "base/strbuf.h"
#include "core/fill.h"

struct row {
	const char *id;
	uint64_t all, none; /* enum fact */
	enum confidence confidence;
	const char *text;
	const char *remedies[REMEDIES_MAX];
};

static const struct row rows[] = {
#define CAUSE(id, all, none, confidence, text, ...) \
	{ id, all, none, confidence, text, { __VA_ARGS__ } },
#include "core/causes.def"
#undef CAUSE
};

#define N_ROWS ARRAY_SIZE(rows)

static const struct row unknown = {
	.id = "unknown",
	.confidence = CONFIDENCE_POSSIBLE,
	.text = "What was seen fits no cause that dockdrop knows; the path above is all the evidence.",
};

/* Of one packet there is no path. */
static const char unknown_alone[] = "It fits no cause that dockdrop knows.";

static const struct row *row_find(const struct evidence *e)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if ((e->facts & rows[i].all) == rows[i].all && !(e->facts & rows[i].none))
			return &rows[i];
	return &unknown;
}

static enum confidence confidence_of(const struct row *row, const struct evidence *e)
{
	bool deduced = e->culprit.kind && !e->culprit.certain;

	if ((e->has_rule && e->rule.ambiguous) || (deduced && e->culprit.ambiguous))
		return CONFIDENCE_POSSIBLE;
	/* other traffic may have moved the counters; another rule may have got the handle */
	if (e->has_rule && (e->rule.counted || e->rule.changed))
		return CONFIDENCE_LIKELY;
	if ((deduced || e->guessed) && row->confidence == CONFIDENCE_EXACT)
		return CONFIDENCE_LIKELY;
	if (e->facts & FACT_SAID || row->confidence == CONFIDENCE_POSSIBLE)
		return row->confidence;
	return row->confidence == CONFIDENCE_EXACT ? CONFIDENCE_LIKELY : row->confidence;
}

/* Why the loss of this message mattered, and what had arrived before it. */
static const char *const whys[N_MESSAGES] = {
	[MSG_NEIGH_ASK] = " Without it {src} does not know where to send {request}.",
	[MSG_NEIGH_ANSWER] = " Without it {src} does not know where to send {request}.",
	[MSG_NEIGH_ASK_BACK] = " {dst} got {request}, but without that it does not know where to send "
			       "its answer.",
	[MSG_NEIGH_ANSWER_BACK] = " {dst} got {request}, but without that it does not know where to "
				  "send its answer.",
	[MSG_REPLY] = " {dst} had got {request} and answered it.",
};

/* Of traffic that is there already the packet before was seen only if it was kept. */
static void add_why(const struct evidence *e, struct cause *cause)
{
	bool back = e->lost >= MSG_NEIGH_ASK_BACK;
	bool seen = !back || journey_reached(e->journey, e->probe, MSG_REQUEST, NULL) >= POINT_ARRIVED;
	char why[SENTENCE_LEN];
	size_t len = strlen(cause->text);

	if (!whys[e->lost] || !e->drop || e->given_up || !seen || e->scene->request.passive)
		return;
	if (fill_text(e, whys[e->lost], why, sizeof(why)))
		text_copy(cause->text + len, sizeof(cause->text) - len, why);
}

void explain_cause(const struct evidence *e, struct cause *out)
{
	const struct row *row = row_find(e);
	struct cause cause = { .confidence = confidence_of(row, e) };

	text_copy(cause.id, sizeof(cause.id), row->id);
	fill_text(e, row == &unknown && e->scene->lone ? unknown_alone : row->text, cause.text,
		  sizeof(cause.text));
	add_why(e, &cause);
	for (int i = 0; i < REMEDIES_MAX && row->remedies[i]; i++)
		if (fill_text(e, row->remedies[i], cause.remedy[cause.n_remedies], SENTENCE_LEN))
			cause.n_remedies++;
	*out = cause;
}

const char *explain_id(size_t n)
{
	return n < N_ROWS ? rows[n].id : NULL;
}
