/* SPDX-License-Identifier: GPL-2.0 */
/* The length of an array, not of a pointer. */
#ifndef DD_ARRAY_H
#define DD_ARRAY_H

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
