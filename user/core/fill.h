/* SPDX-License-Identifier: GPL-2.0 */
/* The words in braces of causes.def. */
#ifndef DD_FILL_H
#define DD_FILL_H

#include <stdbool.h>
#include <stddef.h>

#include "core/evidence.h"

/*
 * Fills in a sentence or a remedy. Returns false if a word has no value here (out then has "?" in its
 * place): such a remedy is of no use. Text that goes into a command is quoted for a shell.
 */
bool fill_text(const struct evidence *e, const char *text, char *out, size_t out_len);

/* Whether a word between braces is known; for the test that walks causes.def. */
bool fill_knows(const char *word);

#endif
