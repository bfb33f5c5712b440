/* SPDX-License-Identifier: GPL-2.0 */
#include "source/marker.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/log.h"
#include "source/bpfcall.h"
#include "source/netns.h"

#define PRIORITIES 8 /* how many dockdrops find room on one hook */

/*
 * The markers, each next to a priority of enum nf_ip_hook_priorities, to which those of IPv6 are
 * equal, on the side of step; where that place is taken, further on to the same side.
 */
static const struct marker {
	const char *program;
	int priority, step;
	bool between; /* needed only to tell tables apart */
} markers[] = {
	{ "dd_hook_enter", NF_IP_PRI_FIRST, 1, false },
	{ "dd_hook_raw", NF_IP_PRI_RAW, 1, true },
	{ "dd_hook_mangle", NF_IP_PRI_MANGLE, 1, true },
	{ "dd_hook_filter", NF_IP_PRI_FILTER, 1, true },
	{ "dd_hook_security", NF_IP_PRI_SECURITY, 1, true },
	{ "dd_hook_leave", NF_IP_PRI_LAST, -1, false },
};

static struct bpf_program *program_of(const struct bpf_object *obj, const struct marker *marker)
{
	return bpf_object__find_program_by_name(obj, marker->program);
}

bool markers_between_tables(const struct markers *m, const struct functions *functions)
{
	return !m->refused && m->between_tables && !functions_has_exits(functions, FUNCTIONS_TABLES);
}

/* Probes on both ends of a hook tell what the outermost markers would. */
static bool marker_wanted(const struct markers *m, const struct functions *functions,
			  const struct marker *marker)
{
	if (m->refused)
		return false;
	if (marker->between)
		return markers_between_tables(m, functions);
	return !functions_has_exits(functions, FUNCTIONS_HOOKS);
}

void markers_prepare(const struct markers *m, const struct functions *functions,
		     const struct bpf_object *obj)
{
	for (size_t i = 0; i < ARRAY_SIZE(markers); i++)
		bpf_program__set_autoload(program_of(obj, &markers[i]),
					  marker_wanted(m, functions, &markers[i]));
}

bool markers_weaken(struct markers *m, const char *program)
{
	for (size_t i = 0; i < ARRAY_SIZE(markers); i++) {
		if (strcmp(markers[i].program, program))
			continue;
		m->refused = true;
		return true;
	}
	return false;
}

/* A priority that anything else of the hook has is refused. */
static int marker_attach(struct markers *m, int prog_fd, const struct marker *marker, uint32_t hook)
{
	int fd = -EBUSY;

	if (m->n == MARKERS_MAX)
		return -ENOBUFS;
	for (int i = 1; i <= PRIORITIES && fd == -EBUSY; i++)
		fd = bpfcall_link_netfilter(prog_fd, m->pf, hook, marker->priority + i * marker->step);
	if (fd < 0)
		return fd;
	m->fds[m->n++] = fd;
	return 0;
}

/* 0 if every marker found its place. */
static int hook_mark(struct markers *m, const struct functions *functions,
		     const struct bpf_object *obj, uint32_t hook)
{
	int first = 0;

	for (size_t i = 0; i < ARRAY_SIZE(markers); i++) {
		int err = marker_wanted(m, functions, &markers[i]) ?
				  marker_attach(m, bpf_program__fd(program_of(obj, &markers[i])),
						&markers[i], hook) : 0;

		if (err)
			log_debug("marker %s on hook %u: %s", markers[i].program, hook,
				  strerror(-err));
		first = first ? first : err;
	}
	return first;
}

int markers_attach(struct markers *m, const struct functions *functions,
		   const struct bpf_object *obj, int netns)
{
	int back __leave_netns = -1;
	int marked = 0, last = 0;

	if (m->refused)
		return 0;
	back = netns_enter(netns);
	if (back < 0)
		return back;
	for (uint32_t hook = 0; hook < NF_INET_NUMHOOKS; hook++) {
		int err = hook_mark(m, functions, obj, hook);

		marked += !err;
		last = err ? err : last;
	}
	if (last)
		log_warn("not all netfilter hooks of a namespace can be marked (%s): a drop in one may "
			 "stay without its hook", strerror(-last));
	return marked;
}

void markers_close(struct markers *m)
{
	while (m->n)
		close(m->fds[--m->n]);
}
