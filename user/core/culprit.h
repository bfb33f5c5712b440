/* SPDX-License-Identifier: GPL-2.0 */
/* What drops on a netfilter hook and is no rule, in words. Each adds to out; false: it has no value. */
#ifndef DD_CULPRIT_H
#define DD_CULPRIT_H

#include "base/strbuf.h"
#include "model.h"

/* ", by " and who it was; nothing if nobody is known. */
void culprit_add_by(const struct culprit *c, struct strbuf *out);

bool culprit_add_program(const struct culprit *c, struct strbuf *out);

/* The command that takes the program off; none if it may be another one. */
bool culprit_add_detach(const struct culprit *c, struct strbuf *out);

bool culprit_add_queue(const struct culprit *c, struct strbuf *out);

/* The entries of the connection tracking table, its limit, and a better one. */
bool culprit_add_count(const struct culprit *c, struct strbuf *out);
bool culprit_add_max(const struct culprit *c, struct strbuf *out);
bool culprit_add_more(const struct culprit *c, struct strbuf *out);

#endif
