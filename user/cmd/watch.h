/* SPDX-License-Identifier: GPL-2.0 */
/* dockdrop watch */
#ifndef DD_WATCH_H
#define DD_WATCH_H

#include "cmd/options.h"

/* The exit status. */
int cmd_watch(const struct options *o);

#endif
