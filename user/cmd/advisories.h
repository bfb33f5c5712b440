/* SPDX-License-Identifier: GPL-2.0 */
/* dockdrop advisories: what is known of engine versions. */
#ifndef DD_CMD_ADVISORIES_H
#define DD_CMD_ADVISORIES_H

#include "cmd/options.h"

int cmd_advisories(const struct options *o);

#endif
