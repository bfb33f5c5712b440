/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DD_CMD_CHECKUP_PORTS_H
#define DD_CMD_CHECKUP_PORTS_H

#include "cmd/checkup.h"

/* Asks of every published port what leads there, of the host's rules, which have been read, and of its sockets. */
void checkup_ports(struct checkup *c, struct docker *docker, int netns);

#endif
