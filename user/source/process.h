/* SPDX-License-Identifier: GPL-2.0 */
/* Which process holds a socket, and whether it runs: from the /proc of the engine's host. */
#ifndef DD_PROCESS_H
#define DD_PROCESS_H

#include "model.h"

/*
 * Fills pid, process and state of a service whose inode is known. netns is the inode number of the
 * network namespace whose processes are looked at; engine_pid as for netns_open_in(). -ENOENT: none
 * of them holds it.
 */
int process_of_socket(int engine_pid, uint32_t netns, struct service *service);

#endif
