/* SPDX-License-Identifier: GPL-2.0 */
/* The doctor's findings, for a person. */
#ifndef DD_VIEW_DOCTOR_H
#define DD_VIEW_DOCTOR_H

#include "checkup.h"
#include "view/text.h"

/* Remedies are commands to paste and stand unbroken; no other line is wider than the style says. */
void doctor_text(FILE *out, const struct checkup *c, const struct diagnosis *d,
		 const struct text_style *style);

/* The findings alone, as they follow a verdict. */
void doctor_text_findings(FILE *out, const struct diagnosis *d, const struct text_style *style);

#endif
