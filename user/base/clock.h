/* SPDX-License-Identifier: GPL-2.0 */
/* The clock of every timestamp: that of the kernel side's bpf_ktime_get_ns(). */
#ifndef DD_CLOCK_H
#define DD_CLOCK_H

#include <stdint.h>
#include <time.h>

/* CLOCK_MONOTONIC */
static inline uint64_t clock_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

#endif
