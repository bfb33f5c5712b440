/* SPDX-License-Identifier: GPL-2.0 */
/* The verdict for the person at the terminal. */
#ifndef DD_TEXT_H
#define DD_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include "model.h"

/* For the few words that are marked, where the style has colour. */
#define TEXT_RED "\033[1;31m"
#define TEXT_GREEN "\033[1;32m"
#define TEXT_PLAIN "\033[0m"

struct text_style {
	bool colour;
	int width;    /* columns; 0: 80 */
	bool verbose; /* every hop, with the kernel's functions */
};

/*
 * Writes who talks to whom, the path of a probe that failed, and the answer. Nothing of it needs
 * colour to be understood. No line is wider than the style says, but for the remedies: they are
 * commands to paste, and stand unbroken. Text in `backquotes` is broken only where a whole line
 * cannot hold it.
 */
void text_verdict(FILE *out, const struct scene *scene, const struct verdict *v,
		  const struct text_style *style);

#endif
