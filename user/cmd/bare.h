/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An end that no engine has to know: a network namespace by its path, "/run/netns/x", or by a process
 * in it, "pid:1234". What an engine would say of a container is read from the kernel.
 */
#ifndef DD_BARE_H
#define DD_BARE_H

#include <stdbool.h>

#include "model.h"

bool bare_is(const char *word);

/* Its namespace. A descriptor, or a negative errno, logged. */
int bare_netns(const char *word);

/*
 * The namespace as if it were a container: its networks are the bridges, in the host's namespace, that
 * its devices are ports of, each with its addresses. -EADDRNOTAVAIL: it has no address; errors are logged.
 */
int bare_container(const char *word, int netns, int host, struct container *out);

/* Whether the word still means the namespace with that inode number; logs that it does not. */
bool bare_still_there(const char *word, uint32_t inum);

#endif
