/* SPDX-License-Identifier: GPL-2.0 */
/* Losses as a table on a terminal that is kept up to date. The owner of ncurses. */
#ifndef DD_TOP_H
#define DD_TOP_H

#include <stdbool.h>
#include <stddef.h>

#include "incident.h"

struct top;

/* Takes the terminal. -ENOTTY: there is none. */
int top_open(struct top **out);

/* Gives it back as it was. NULL does nothing. */
void top_close(struct top *t);

/* The kinds, borrowed during the call; what is shown of them is copied. */
void top_update(struct top *t, const struct loss *const kinds[], size_t n,
		const struct loss_totals *totals, uint64_t now_ns);

/* A line at the bottom, until the next one. */
void top_note(struct top *t, const char *text);

/* Takes in what was typed, without waiting. Whether the user has had enough. */
bool top_keys(struct top *t);

#endif
