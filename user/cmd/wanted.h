/* SPDX-License-Identifier: GPL-2.0 */
/* What the options of watch and record ask for. */
#ifndef DD_WANTED_H
#define DD_WANTED_H

#include "cmd/options.h"
#include "core/cast.h"
#include "incident.h"
#include "source/reason.h"

/* By container, network, reason and cause. */
bool wanted_is(const struct options *o, const struct loss *loss);

/* Whether this kernel has the reason that is asked for; logs if not. -EINVAL. */
int wanted_reason(const struct options *o, const struct reason *reasons);

/* Notes a name that nobody has: it may come yet, but one that is misspelt never will. */
void wanted_missing(const struct options *o, const struct cast *cast,
		    void (*note)(void *ctx, const char *text), void *ctx);

#endif
