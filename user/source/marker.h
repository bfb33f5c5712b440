/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Markers on netfilter's hooks: programs that tell that a packet passed, which is how a drop on a hook
 * is known to be on it where functions cannot be probed. For probe.c, whose object they are in.
 */
#ifndef DD_MARKER_H
#define DD_MARKER_H

#include <stdbool.h>
#include <stdint.h>

#include "source/function.h"

#define MARKERS_MAX 128

struct bpf_object;

/* Zeroed at first. */
struct markers {
	bool refused;        /* the kernel takes no programs on the hooks (before 6.4) */
	bool between_tables; /* behind each table's priority, too */
	uint8_t pf;          /* NFPROTO_* of the exchange */
	int fds[MARKERS_MAX];
	int n;
};

/* Whether there are some between one table and the next. */
bool markers_between_tables(const struct markers *m, const struct functions *functions);

/* Before the object is loaded: says which programs are wanted. */
void markers_prepare(const struct markers *m, const struct functions *functions,
		     const struct bpf_object *obj);

/* The kernel refuses the program. True: it is a marker, and there is another way: to do without. */
bool markers_weaken(struct markers *m, const char *program);

/* As probe_mark_hooks(). */
int markers_attach(struct markers *m, const struct functions *functions,
		   const struct bpf_object *obj, int netns);
void markers_close(struct markers *m);

#endif
