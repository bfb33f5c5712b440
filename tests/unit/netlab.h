/* SPDX-License-Identifier: GPL-2.0 */
/* Network namespaces for tests that ask the real kernel. They live as long as their descriptors. */
#ifndef DD_NETLAB_H
#define DD_NETLAB_H

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/addr.h"
#include "source/netns.h"
#include "source/topo.h"

/* For tests that cannot do without root. */
static inline void netlab_or_skip(void)
{
	int own = netns_open(0);
	int back = netns_enter(own); /* into where we are: needs the same rights as a new one */

	close(own);
	if (back >= 0) {
		netns_leave(&back);
		return;
	}
	print_message("needs root: network namespaces of its own\n");
	skip();
}

/* A namespace of its own with lo up. */
static inline int netlab_new(void)
{
	int back __leave_netns = netns_open(0);
	int fd;

	assert_true(back >= 0);
	assert_return_code(unshare(CLONE_NEWNET), 0);
	fd = netns_open(0);
	assert_true(fd >= 0);
	assert_int_equal(system("ip link set lo up"), 0);
	return fd;
}

/* Runs a shell command in a namespace; its exit status. Its standard error is silent. */
__attribute__((format(printf, 2, 3))) static inline int netlab_try(int ns, const char *fmt, ...)
{
	int back __leave_netns = netns_enter(ns);
	char line[512];
	char silent[560];
	va_list ap;

	assert_true(back >= 0);
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	snprintf(silent, sizeof(silent), "exec 2>/dev/null; %s", line);
	return system(silent);
}

/* The same where failure is the test's failure. */
#define netlab_run(ns, ...) assert_int_equal(netlab_try(ns, __VA_ARGS__), 0)

/* A veth pair, each end up in its namespace under its name. */
static inline void netlab_veth(int ns_a, const char *a, int ns_b, const char *b)
{
	netlab_run(ns_a, "ip link add %s type veth peer name %s netns /proc/%d/fd/%d", a, b,
		   getpid(), ns_b);
	netlab_run(ns_a, "ip link set %s up", a);
	netlab_run(ns_b, "ip link set %s up", b);
}

/* "" is none. */
static inline struct ip netlab_ip(const char *text)
{
	struct ip ip = { 0 };

	if (*text)
		assert_int_equal(addr_parse(text, &ip), 0);
	return ip;
}

static inline uint32_t netlab_index(int ns, const char *name)
{
	struct link link = { 0 };

	assert_int_equal(topo_link_by_name(ns, name, &link), 0);
	assert_string_equal(link.name, name);
	return link.ifindex;
}

#endif
