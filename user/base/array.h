/* SPDX-License-Identifier: GPL-2.0 */
/* The length of an array, not of a pointer; an array that grows. */
#ifndef DD_ARRAY_H
#define DD_ARRAY_H

#include <stdlib.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/*
 * Room for one more behind n elements: the array doubles whenever n is a power of two. NULL if
 * memory ran out; the old array stays.
 */
static inline void *array_grow(void *array, size_t n, size_t size)
{
	return n & (n - 1) ? array : reallocarray(array, n ? 2 * n : 1, size);
}

#endif
