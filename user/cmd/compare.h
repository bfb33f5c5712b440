/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DD_CMD_COMPARE_H
#define DD_CMD_COMPARE_H

#include "cmd/options.h"

/* dockdrop doctor --compare NET1 NET2: returns the exit status. */
int cmd_compare(const struct options *o);

#endif
