/* SPDX-License-Identifier: GPL-2.0 */
/* Known problems and changes of engine versions: the table as a list, and those that fit what was seen. */
#ifndef DD_ADVISORIES_H
#define DD_ADVISORIES_H

#include <stdio.h>

#include "verdict.h"
#include "view/json_doc.h"

/* Those about the version, NULL: all. width in columns. Returns how many. */
int advisories_text(FILE *out, const char *version, int width);

/* The same as one JSON document. 0, -ENOMEM, or -EIO if out took less than all of it. */
int advisories_json(FILE *out, const char *version);

/* The member "advisories" of what was explained. */
void advisories_json_found(struct json_doc *d, cJSON *to, const struct advisory *found, int n);

#endif
