/* SPDX-License-Identifier: GPL-2.0 */
/* What stands before a socket: the BPF programs of its cgroup, and the filter that it has itself. */
#ifndef DD_GATE_H
#define DD_GATE_H

#include "base/strbuf.h"
#include "core/evidence.h"

/* Adds to e's facts; sets .at_fault. */
void gate_facts(struct evidence *e);

/*
 * Fills d->program if it is known which one dropped it; and its layer, which by the function alone
 * is IP's where the kernel gives no reasons.
 */
void gate_drop(const struct evidence *e, struct drop *d);

/* Words for causes.def, as core/fill.c has them. */
bool gate_add_by(const struct evidence *e, struct strbuf *out);
bool gate_add_did(const struct evidence *e, struct strbuf *out);
bool gate_add_cgroup(const struct evidence *e, struct strbuf *out);
bool gate_add_filter(const struct evidence *e, struct strbuf *out);

#endif
