/* SPDX-License-Identifier: GPL-2.0 */
/* What a network card's driver says of itself, as ethtool(8) asks it. Read-only. */
#ifndef DD_ETHTOOL_H
#define DD_ETHTOOL_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The driver's name, and whether the card computes checksums of what is sent. 0, or a negative errno:
 * -EOPNOTSUPP, it does not say, -ENODEV. Of a failure nothing is filled.
 */
int ethtool_driver(int netns, const char *device, char *out, size_t out_len, bool *tx_checksums);

#endif
