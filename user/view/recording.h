/* SPDX-License-Identifier: GPL-2.0 */
/* A recording while it is read, line by line, and what it adds up to. */
#ifndef DD_RECORDING_H
#define DD_RECORDING_H

#include "incident.h"
#include "view/loss_json.h"

#define RECORDING_KINDS_MAX (1 << 18)
#define RECORDING_SECONDS_MAX (1 << 20)
#define RECORDING_NOTES_MAX 100 /* the first */

struct recording {
	struct scene scene;   /* tool, host, engine */
	bool has_head, redacted, ended;
	uint64_t from_ns, to_ns; /* of what was counted */
	struct loss **by_n;   /* owned, by their n; NULL: no such kind */
	size_t n_by_n;
	uint64_t orphans;     /* counted for kinds that the file does not have */
	bool has_base;
	struct loss_totals base, last; /* as the first and last tick say */
	uint64_t *timeline;   /* owned; shown drops by second, from from_ns on */
	size_t seconds;
	struct loss_note *notes; /* owned */
	size_t n_notes;
	uint64_t packets;
	uint64_t malformed;   /* lines that could not be understood */
};

void recording_free(struct recording *r);

/* Takes in a line. -ENOMEM; what cannot be understood is counted. */
int recording_line(struct recording *r, const char *line);

/* The kinds of a class, the largest first; out is to be freed. Returns how many, or -ENOMEM. */
long recording_sorted(const struct recording *r, enum loss_class class, const struct loss ***out);

/* What was counted in this file. */
void recording_totals(const struct recording *r, struct loss_totals *out);

#endif
