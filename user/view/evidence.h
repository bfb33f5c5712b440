/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Everything that a verdict is drawn from, as text: for a bug report, and for replaying it without
 * the kernel. One record a line: its kind, then name=value pairs, the value as hexadecimal bytes
 * where it is text. Container names, addresses and rules are in it as they are.
 */
#ifndef DD_EVIDENCE_FILE_H
#define DD_EVIDENCE_FILE_H

#include <stdio.h>

#include "model.h"
#include "source/ksym.h"
#include "source/reason.h"

#define EVIDENCE_MAGIC "dockdrop-evidence 1"

/* Each writes to out, which is borrowed; errors show in ferror(out). out NULL: nothing is done. */
void evidence_scene(FILE *out, const struct scene *scene);
void evidence_after(FILE *out, const struct scene *scene); /* what was read once more */
void evidence_sent(FILE *out, const struct sent *sent);
void evidence_answer(FILE *out, const struct answer *answer);
void evidence_hit(FILE *out, const struct hit *hit);
void evidence_rule(FILE *out, const struct rule *rule);
void evidence_culprit(FILE *out, const struct culprit *culprit);
void evidence_aftermath(FILE *out, const struct aftermath *after);
void evidence_lost(FILE *out, uint64_t lost, uint64_t missed);

/* An event as the kernel wrote it, and before it the names that its numbers have on this kernel. */
void evidence_event(FILE *out, const void *data, size_t len, const struct ksym *ksym,
		    const struct reason *reasons);

#endif
