/* SPDX-License-Identifier: GPL-2.0 */
/* The lines of a recording, read back: the way back of loss_json. A line is untrusted. */
#ifndef DD_LOSS_PARSE_H
#define DD_LOSS_PARSE_H

#include "view/loss_json.h"

/* The "type" of a line; "" if it is no object with one. Returns out. */
const char *loss_parse_type(const char *line, char *out, size_t out_len);

/*
 * The way back; what is missing is left out, and what is of the wrong type is not believed. -EPROTO:
 * it is no such object. What is owned by out is freed by loss_clear() of core and loss_tick_clear().
 */
int loss_parse_kind(const char *line, struct loss *out);
int loss_parse_tick(const char *line, struct loss_tick *out);
int loss_parse_note(const char *line, struct loss_note *out);
int loss_parse_head(const char *line, struct scene *scene, uint64_t *time_ns, bool *redacted);

#endif
