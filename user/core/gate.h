/* SPDX-License-Identifier: GPL-2.0 */
/* What stands before a socket: the BPF programs of its cgroup, and the filter that it has itself. */
#ifndef DD_GATE_H
#define DD_GATE_H

#include "base/strbuf.h"
#include "core/evidence.h"

/* Adds to e's facts; sets .at_fault. */
void gate_facts(struct evidence *e);

/* The program that dropped it, if it is known which; else out stays untouched. */
void gate_program(const struct evidence *e, struct program *out);

/* Words for causes.def, as core/fill.c has them. */
bool gate_add_by(const struct evidence *e, struct strbuf *out);
bool gate_add_did(const struct evidence *e, struct strbuf *out);
bool gate_add_cgroup(const struct evidence *e, struct strbuf *out);
bool gate_add_filter(const struct evidence *e, struct strbuf *out);

#endif
