/* SPDX-License-Identifier: GPL-2.0 */
/* Numbers of the running kernel into its names: addresses, drop reasons. */
#ifndef DD_SYMBOLISE_H
#define DD_SYMBOLISE_H

#include "model.h"
#include "source/ksym.h"
#include "source/reason.h"

/*
 * Fills hop->where, reason_name and stack, which points into stack, room for DD_STACK_MAX. The stack
 * is cut so that it starts at the function that freed the packet; what lies inside it is the
 * tracepoint's own machinery.
 */
void symbolise_hop(const struct ksym *ksym, const struct reason *reasons, const struct dd_event *ev,
		   struct symbol *stack, struct hop *hop);

#endif
