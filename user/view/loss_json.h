/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Losses as JSON, one object a line: what watch prints and what a recording holds; loss_parse reads it
 * back. Every object has a "type". Text is made safe as everywhere, so a line is always valid UTF-8.
 */
#ifndef DD_LOSS_JSON_H
#define DD_LOSS_JSON_H

#include "incident.h"

/* A packet that is shown. */
struct loss_event {
	uint64_t time_ns;   /* CLOCK_REALTIME */
	uint64_t not_shown; /* of this kind since the last one shown; exact only for what was counted */
	struct dd_packet pkt;
};

/* What was counted in a stretch of time that ends at time_ns. */
struct loss_tick {
	uint64_t time_ns;
	struct loss_totals totals; /* since the start */
	size_t n;
	struct {
		uint32_t loss; /* its n */
		uint64_t count;
	} *counts; /* owned */
};

/* What the user was told meanwhile, such as that the engine went; as in a line of a recording. */
struct loss_note {
	char time[SHORT_LEN]; /* ISO 8601 */
	char text[SENTENCE_LEN / 4];
};

/* All return a line without its end, to be freed, or NULL: out of memory. */
char *loss_json_kind(const struct loss *loss);
char *loss_json_event(const struct loss *loss, const struct loss_event *event);
char *loss_json_tick(const struct loss_tick *tick);
char *loss_json_note(uint64_t time_ns, const char *text);

/* What is known of tool, host and engine, and when it began; "head". */
char *loss_json_head(const struct scene *scene, uint64_t time_ns, bool redacted);

/* A namespace's ruleset as a tool printed it; "rules". */
char *loss_json_rules(const char *netns, const char *tool, const char *text);

struct cast;

/* Containers and networks; "cast". */
char *loss_json_cast(const struct cast *cast);

/* The sum at the end; kinds: the losses that are shown, the largest first. "summary" */
char *loss_json_summary(const struct loss_totals *totals, uint64_t from_ns, uint64_t to_ns,
			const struct loss *const kinds[], size_t n);

/* The whole of report: as above, with head and a timeline. */
struct loss_document {
	const struct scene *scene;
	uint64_t from_ns, to_ns;
	const struct loss_totals *totals;
	const struct loss *const *kinds;
	size_t n;
	const uint64_t *timeline; /* shown drops by second, from from_ns on */
	size_t seconds;
	const struct loss_note *notes;
	size_t n_notes;
	const char *damage; /* NULL: the file is whole */
};
char *loss_json_document(const struct loss_document *doc);

void loss_tick_clear(struct loss_tick *tick);

#endif
