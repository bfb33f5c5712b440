/* SPDX-License-Identifier: GPL-2.0 */
/* The facts of the way that the lost message had to go: addresses, devices, routes, neighbours. */
#ifndef DD_WAY_FACTS_H
#define DD_WAY_FACTS_H

#include "core/evidence.h"

/* The frame's addresses, and the devices that it had yet to cross. */
void way_link_facts(struct evidence *e);

void way_route_facts(struct evidence *e);

/* Somebody else who has the receiver's address, of IP or hardware. */
void way_owner_facts(struct evidence *e);

#endif
