/* SPDX-License-Identifier: GPL-2.0 */
/* Two networks, and every difference between them that matters to a packet. */
#ifndef DD_COMPARE_H
#define DD_COMPARE_H

#include "checkup.h"

struct comparison {
	const struct net_view *nets[2];
	struct sysctl *attributes[2]; /* of the bridges, and the settings of their devices */
	size_t n_attributes[2];
	struct difference *differences;
	size_t n;
	bool failed; /* out of memory: it is not whole */
};

/* .nets and .attributes are the caller's; .differences are to be freed with free(3). */
void compare_networks(const struct checkup *c, struct comparison *cmp);

/*
 * The settings of a bridge's device that decide about packets, as paths below /proc/sys/net in which %s is
 * the device. NULL behind the last.
 */
const char *compare_sysctl(size_t n);

#endif
