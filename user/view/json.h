/* SPDX-License-Identifier: GPL-2.0 */
/* The verdict as one JSON document, for programs. */
#ifndef DD_JSON_H
#define DD_JSON_H

#include <stdio.h>

#include "model.h"

/*
 * Writes the document and a newline. Its field names are fixed; what is not known is null. Text is
 * made safe as strbuf_add_safe() does, so the document is always valid UTF-8. 0, -ENOMEM, or
 * -EIO if out took less than all of it.
 */
int json_verdict(FILE *out, const struct scene *scene, const struct verdict *v);

#endif
