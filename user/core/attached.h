/* SPDX-License-Identifier: GPL-2.0 */
/* What is attached to the devices on the way, and may have ended a packet: programs, filters, queues. */
#ifndef DD_ATTACHED_H
#define DD_ATTACHED_H

#include "base/strbuf.h"
#include "core/evidence.h"

/* Adds to e's facts; sets .at_fault. After the bridge's, which explains its own losses. */
void attached_facts(struct evidence *e);

/* The program or filter that ended it; NULL: none did, or it cannot be told which. Borrowed. */
const struct program *attached_program(const struct evidence *e);

/* The queue that dropped it; NULL: none did, or it is not known. Borrowed. */
const struct queue *attached_queue(const struct evidence *e);

/*
 * The first device that e's lost message was seen to leave by although it is not on the way, and though
 * it had got to one that is, which is in before: something below the routes sent it there. NULL: none.
 */
const struct hop *attached_redirected(const struct evidence *e, const struct hop **before);

/* Whether e's drop is what became of it there. */
bool attached_strayed(const struct evidence *e);

/* Whether something at the role's own device may take in a packet and not pass it on. */
bool attached_takes(const struct scene *scene, enum role role);

/* Words for causes.def, as core/fill.c has them. */
bool attached_add_device(const struct evidence *e, struct strbuf *out);
bool attached_add_direction(const struct evidence *e, struct strbuf *out);
bool attached_add_by(const struct evidence *e, struct strbuf *out);
bool attached_add_del(const struct evidence *e, struct strbuf *out);
bool attached_add_queue(const struct evidence *e, struct strbuf *out);
bool attached_add_queue_del(const struct evidence *e, struct strbuf *out);
bool attached_add_between(const struct evidence *e, struct strbuf *out);

#endif
