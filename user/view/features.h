/* SPDX-License-Identifier: GPL-2.0 */
/* What there is to trace with, for people and for programs. */
#ifndef DD_VIEW_FEATURES_H
#define DD_VIEW_FEATURES_H

#include <stdbool.h>
#include <stdio.h>

#include "model.h"

/* verbose: each program too. */
void features_text(FILE *out, const struct features *f, bool colour, bool verbose);

/* One document. 0, -ENOMEM and nothing was written, or -EIO. */
int features_json(FILE *out, const struct features *f);

#endif
