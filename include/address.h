/* SPDX-License-Identifier: GPL-2.0 */
/* An IP address. */
#ifndef DD_ADDRESS_H
#define DD_ADDRESS_H

#include <netinet/in.h>
#include <stdint.h>

struct ip {
	int family; /* AF_INET, AF_INET6, 0: none */
	uint8_t bytes[16];
};

#endif
