/* SPDX-License-Identifier: GPL-2.0 */
/* UDP connections whose destination is translated, as connection tracking has them. Read-only. */
#ifndef DD_TRACKED_H
#define DD_TRACKED_H

#include "checkup.h"

/*
 * Fills .tracked of out, which the caller frees with free(). 0 also where nothing is tracked. -ENOSYS: the
 * kernel would have to load a module first; -EOVERFLOW: there are more than are read, or too many others.
 */
int tracked_read(int netns, struct place *out);

#endif
