/* SPDX-License-Identifier: GPL-2.0 */
#include "source/probe.h"

#include <linux/netfilter.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "source/reason.h"

#include "netlab.h"

#define BESIDE 8 /* as many find room on one hook */

static void ignore(void *ctx, const void *data, size_t len)
{
	(void)ctx;
	(void)data;
	(void)len;
}

static struct probe *open_or_skip(bool between_tables)
{
	struct reason *reason __cleanup(cleanup_reason) = NULL;
	const struct dd_filter filter = { 0 };
	struct probe_plan plan;
	struct probe *p = NULL;
	int ns __close = -1;

	netlab_or_skip();
	if (reason_open(&reason)) {
		print_message("needs BTF\n");
		skip();
	}
	/* the markers are for kernels whose functions cannot be probed */
	plan = (struct probe_plan){ &filter, { .btf = reason }, between_tables, 0 };
	if (probe_open(&plan, ignore, NULL, &p)) {
		print_message("needs BPF tracepoints\n");
		skip();
	}
	ns = netlab_new();
	if (!probe_mark_hooks(p, ns)) {
		probe_close(p);
		print_message("needs netfilter programs of BPF\n");
		skip();
	}
	return p;
}

/* Others mark the same hooks: every one finds its place until there is no more room. */
static void test_beside(void **state)
{
	struct probe *p __cleanup(cleanup_probe) = open_or_skip(false);
	struct probe *other __cleanup(cleanup_probe) = open_or_skip(true);
	int ns __close = netlab_new();

	(void)state;
	for (int i = 0; i < BESIDE - 1; i++)
		assert_int_equal(probe_mark_hooks(p, ns), NF_INET_NUMHOOKS);
	assert_int_equal(probe_mark_hooks(other, ns), NF_INET_NUMHOOKS);
	assert_int_equal(probe_mark_hooks(other, ns), 0);
}

/* Whatever a hook has at the place of a marker, a chain of nftables here. */
static void test_taken(void **state)
{
	static const int priorities[] = { -2147483647, -299, 1, 2147483646 };
	struct probe *p __cleanup(cleanup_probe) = open_or_skip(true);
	int ns __close = netlab_new();

	(void)state;
	netlab_run(ns, "nft add table ip t");
	for (size_t i = 0; i < ARRAY_SIZE(priorities); i++)
		netlab_run(ns, "nft 'add chain ip t c%zu { type filter hook output priority %d; }'", i,
			   priorities[i]);
	assert_int_equal(probe_mark_hooks(p, ns), NF_INET_NUMHOOKS);
}

static void test_missed(void **state)
{
	struct probe *p __cleanup(cleanup_probe) = open_or_skip(false);
	uint64_t before = probe_missed(p);

	(void)state;
	assert_true(probe_missed(p) >= before);
	assert_true(probe_lost(p) == 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_beside),
	cmocka_unit_test(test_taken),
	cmocka_unit_test(test_missed),
};

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
