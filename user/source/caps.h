/* SPDX-License-Identifier: GPL-2.0 */
/* The privileges that tracing takes. The owner of libcap. */
#ifndef DD_CAPS_H
#define DD_CAPS_H

#include <stddef.h>

/* The names of the capabilities that are missing, with commas; empty: none. */
void caps_missing(char *out, size_t out_len);

/* 0, or -EPERM: one line was logged that names the missing capabilities. */
int caps_check(void);

#endif
