/* SPDX-License-Identifier: GPL-2.0 */
/* What looks like a loss and is none. */
#ifndef DD_HARMLESS_H
#define DD_HARMLESS_H

#include "counted.h"
#include "incident.h"

/* Why a loss of that flow is noise, or NULL: it is a loss. Static. Goes by place, layer, reason and packet. */
const char *harmless_of(const struct loss *loss, const struct dd_flow *flow);

#endif
