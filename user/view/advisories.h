/* SPDX-License-Identifier: GPL-2.0 */
/* The table of known problems and changes, as a list. */
#ifndef DD_ADVISORIES_H
#define DD_ADVISORIES_H

#include <stdio.h>

/* Those about the version, NULL: all. width in columns. Returns how many. */
int advisories_text(FILE *out, const char *version, int width);

/* The same as one JSON document. 0, or -ENOMEM. */
int advisories_json(FILE *out, const char *version);

#endif
