/* SPDX-License-Identifier: GPL-2.0 */
/* What is kept of an explanation, for as long as the loss is: what is said of it, and no more. */
#ifndef DD_LOSS_H
#define DD_LOSS_H

#include "incident.h"

/* Copies the text, in the place of what was said before; an empty one is none. Without memory, none. */
void loss_say(struct loss *loss, unsigned int what, const char *text);

void loss_keep_cause(struct loss *loss, const struct cause *cause);
void loss_keep_rule(struct loss *loss, const struct rule *rule);

/* The way back, as far as it is kept. */
void loss_rule(const struct loss *loss, struct rule *out);

/* Frees what it owns. */
void loss_clear(struct loss *loss);

#endif
