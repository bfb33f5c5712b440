/* SPDX-License-Identifier: GPL-2.0 */
/* The doctor's findings, for a program. */
#ifndef DD_DOCTOR_JSON_H
#define DD_DOCTOR_JSON_H

#include "checkup.h"
#include "view/json_doc.h"

/* The members "findings", "not_checked" and "checks_made". */
void doctor_json_findings(struct json_doc *d, cJSON *to, const struct diagnosis *diagnosis);

/* One document and a newline. 0, -ENOMEM, or -EIO if out took less than all of it. */
int doctor_json(FILE *out, const struct checkup *c, const struct diagnosis *diagnosis);

#endif
