/* SPDX-License-Identifier: GPL-2.0 */
/* A record from the kernel, checked before anybody believes it. */
#ifndef DD_DECODE_H
#define DD_DECODE_H

#include <stddef.h>

#include "event.h"
#include "counted.h"

/* -EBADMSG for a wrong length, version, kind or count, or names without an end; out is then untouched. */
int decode_event(const void *data, size_t len, struct dd_event *out);

/* The same for the longer record of a chain. */
int decode_chain(const void *data, size_t len, struct dd_chain_event *out);

/* A sample of watch; out without its data, which are the caplen bytes behind the record. */
int decode_sample(const void *data, size_t len, struct dd_sample *out);

#endif
