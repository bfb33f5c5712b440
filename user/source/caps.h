/* SPDX-License-Identifier: GPL-2.0 */
/* The privileges that tracing takes. The owner of libcap. */
#ifndef DD_CAPS_H
#define DD_CAPS_H

/* 0, or -EPERM: one line was logged that names the missing capabilities. */
int caps_check(void);

#endif
