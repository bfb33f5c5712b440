/* SPDX-License-Identifier: GPL-2.0 */
/* What watch and record end with: totals, kinds, and what is hidden or was lost. */
#ifndef DD_ACCOUNT_H
#define DD_ACCOUNT_H

#include "cmd/capture.h"

/* To the standard output, as text or JSON. */
void account_print(const struct options *o, const struct capture *c);

#endif
