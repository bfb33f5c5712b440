/* SPDX-License-Identifier: GPL-2.0 */
/* Files and logs of the host that tell of the firewall and of packets, line by line. Read-only. */
#ifndef DD_HOSTFILES_H
#define DD_HOSTFILES_H

#include <stdbool.h>

typedef void (*hostfiles_sink)(void *ctx, const char *where, const char *line);

/*
 * The files from which distributions load rules at boot, as the process pid sees them (0: this one).
 * One that is not there is no error.
 */
int hostfiles_boot_rules(int pid, hostfiles_sink sink, void *ctx);

/* What the kernel itself put into its ring buffer within the last hour. -EPERM, -ENOENT where it cannot be read. */
int hostfiles_kernel_log(hostfiles_sink sink, void *ctx);

/* The journal of the engine, whose process it is or, where that is systemd's, of docker.service, of the
 * last hour. -ENOENT: there is no journal or no journalctl. */
int hostfiles_journal(int pid, hostfiles_sink sink, void *ctx);

/*
 * How many neighbours the machine knows, all network namespaces together, and how many it may: IPv4, IPv6.
 * -ENOENT: only the first network namespace tells, and this is another.
 */
int hostfiles_neigh_table(int six, int *count, int *max);

/* Whether a module whose name begins so is loaded; of one that is built in nobody tells. */
bool hostfiles_module(const char *prefix);

#endif
