/* SPDX-License-Identifier: GPL-2.0 */
/* dockdrop features: what is there to trace with, and what each missing piece costs. */
#ifndef DD_CMD_FEATURES_H
#define DD_CMD_FEATURES_H

#include "cmd/options.h"

/* Returns the exit status: EXIT_DELIVERED, or EXIT_CANNOT_RUN if trace cannot run at all. */
int cmd_features(const struct options *o);

#endif
