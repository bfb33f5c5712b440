/* SPDX-License-Identifier: GPL-2.0 */
/* A record from the kernel, checked before anybody believes it. */
#ifndef DD_DECODE_H
#define DD_DECODE_H

#include <stddef.h>

#include "event.h"

/* -EBADMSG for a wrong length, version, kind or count; out is then untouched. */
int decode_event(const void *data, size_t len, struct dd_event *out);

#endif
