/* SPDX-License-Identifier: GPL-2.0 */
/* Devices that join a bridge, or leave it, as the kernel tells at once; of one network namespace. */
#ifndef DD_PORTS_H
#define DD_PORTS_H

#include <stdint.h>

struct ports;

/* The device is a port of the bridge now; 0: of none, or it is gone. */
typedef void (*ports_sink)(void *ctx, uint32_t ifindex, uint32_t bridge);

/* Begins to listen. 0, or a negative errno; not logged. */
int ports_open(int netns, struct ports **out);
void ports_close(struct ports *p);

/* Gives all ports that are there to the sink. 0, or a negative errno. */
int ports_list(struct ports *p, ports_sink sink, void *ctx);

/*
 * Gives what has happened to the sink, without waiting. -ENOBUFS: there was more than the kernel keeps,
 * see ports_list(); any other: nothing more will be heard.
 */
int ports_update(struct ports *p, ports_sink sink, void *ctx);

#endif
