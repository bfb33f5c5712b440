/* SPDX-License-Identifier: GPL-2.0 */
/* dockdrop record */
#ifndef DD_RECORD_H
#define DD_RECORD_H

#include "cmd/options.h"

/* The exit status. */
int cmd_record(const struct options *o);

#endif
