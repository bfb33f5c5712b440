/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DD_CMD_CHECKUP_OVERLAY_H
#define DD_CMD_CHECKUP_OVERLAY_H

#include "cmd/checkup.h"

/* Reads of every overlay network who is on it and what its own namespace holds; containers have been read. */
void checkup_overlays(struct checkup *c, struct docker *docker, int netns);
void checkup_overlays_free(struct checkup *c);

#endif
