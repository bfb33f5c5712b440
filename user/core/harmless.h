/* SPDX-License-Identifier: GPL-2.0 */
/* What looks like a loss and is none. */
#ifndef DD_HARMLESS_H
#define DD_HARMLESS_H

#include "incident.h"

/* Why the loss is noise, or NULL: it is a loss. Static. Goes by where, reason and packet. */
const char *harmless_of(const struct loss *loss);

#endif
