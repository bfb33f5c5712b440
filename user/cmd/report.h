/* SPDX-License-Identifier: GPL-2.0 */
/* dockdrop report */
#ifndef DD_REPORT_H
#define DD_REPORT_H

#include "cmd/options.h"

/* The exit status. */
int cmd_report(const struct options *o);

#endif
