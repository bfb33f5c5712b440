/* SPDX-License-Identifier: GPL-2.0 */
/* From facts to a cause: the first row of causes.def that fits. */
#ifndef DD_EXPLAIN_H
#define DD_EXPLAIN_H

#include <stddef.h>

#include "core/evidence.h"

/* Fills in id, confidence, sentence and remedies; "unknown" if no row fits. */
void explain_cause(const struct evidence *e, struct cause *out);

/* The ids of causes.def in order, each once as often as it has rows; NULL behind the last. For checks. */
const char *explain_id(size_t n);

#endif
