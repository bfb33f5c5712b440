/* SPDX-License-Identifier: GPL-2.0 */
/* Network namespaces as file descriptors, entered for a scope and left again. */
#ifndef DD_NETNS_H
#define DD_NETNS_H

#include <stdint.h>

/*
 * The namespace of process pid as this process sees it; pid 0: our own. A descriptor, or a negative
 * errno: -ESRCH if there is no such process any more.
 */
int netns_open(int pid);

/*
 * The namespace of a process of the engine's: pid is a number of the PID namespace that engine_pid
 * lives in, which need not be ours (an engine in a container). Resolved through the engine's own
 * /proc. A descriptor, or a negative errno: -ESRCH if there is no such process any more.
 */
int netns_open_in(int engine_pid, int pid);

/* A namespace of our own, which ends with its last descriptor. A descriptor, or a negative errno. */
int netns_new(void);

/* The inode number that names the namespace, the kernel's ns.inum. 0, or a negative errno. */
int netns_inum(int fd, uint32_t *out);

/* The number that no other namespace gets until the machine is started anew (5.14). 0, or a negative errno. */
int netns_cookie(int fd, uint64_t *out);

/*
 * Enters the namespace and returns a descriptor of the one left behind, to be given to
 * netns_leave(), or a negative errno. Sockets, BPF links and /proc/sys/net belong to the namespace
 * that they were opened in.
 *
 *	int back __leave_netns = netns_enter(fd);
 */
int netns_enter(int fd);
void netns_leave(int *back);

#define __leave_netns __attribute__((cleanup(netns_leave)))

/*
 * An integer from /proc/sys/net of the current namespace, such as "bridge/bridge-nf-call-iptables".
 * 0, or a negative errno: -ENOENT where the kernel has no such setting (br_netfilter not loaded).
 */
int netns_sysctl(const char *name, int *out);

#endif
