/* SPDX-License-Identifier: GPL-2.0 */
/* Where the engine keeps the bridge and the VXLAN device of an overlay network: in a namespace of its own. */
#ifndef DD_OVERLAY_H
#define DD_OVERLAY_H

#include <stddef.h>

/*
 * The namespace of the network, which the engine's process has beside those of containers, of which sandbox is one:
 * "/var/run/docker/netns/8ab54b426c38". Its path goes to path. A descriptor, or a negative errno: -ENOENT, there
 * is none, since nobody of this host is on the network.
 */
int overlay_open(int engine_pid, const char *sandbox, const char *network_id, char *path, size_t path_len);

#endif
