/* SPDX-License-Identifier: GPL-2.0 */
/* dockdrop trace SRC DST: send probes, follow them, say what became of them. */
#ifndef DD_TRACE_H
#define DD_TRACE_H

#include "cmd/options.h"

/* Returns the exit status. */
int cmd_trace(const struct options *o);

#endif
