/* SPDX-License-Identifier: GPL-2.0 */
/* The control group (version 2) of a container, and the BPF programs that its sockets' packets pass. */
#ifndef DD_CGROUP_H
#define DD_CGROUP_H

#include <stddef.h>

#include "model.h"

/*
 * The directory of a process of the engine's, as netns_open_in() has it; its name is in path, cut to
 * fit. A descriptor, or a negative errno: -ENOENT where there is no cgroup2.
 */
int cgroup_open_in(int engine_pid, int pid, char *path, size_t path_len);

/*
 * The programs about packets and sockets of a cgroup, with those it has from above. out[n].netns is
 * left empty. Returns how many were found, at most max, or a negative errno.
 */
int cgroup_programs(int cgroup, struct program *out, int max);

/*
 * Runs work(arg) in a process of its own that has joined the cgroup and shares our descriptors: what is
 * opened there is ours, and of that cgroup. The len bytes at arg come back as that process left them.
 * 0 and what work returned in *result, or a negative errno with arg untouched: it could not join, or
 * did not end in time (the cgroup is frozen).
 */
int cgroup_run(int cgroup, int (*work)(void *arg), void *arg, size_t len, int *result);

#endif
