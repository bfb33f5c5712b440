/* SPDX-License-Identifier: GPL-2.0 */
/* For tests of what the doctor finds. */
#ifndef DD_DIAGNOSIS_H
#define DD_DIAGNOSIS_H

#include <string.h>

#include "checkup.h"

/* The first finding of a check; NULL: there is none. */
static inline const struct finding *found(const struct diagnosis *d, const char *check)
{
	for (size_t i = 0; i < d->n_findings; i++)
		if (!strcmp(d->findings[i].check, check))
			return &d->findings[i];
	return NULL;
}

#endif
