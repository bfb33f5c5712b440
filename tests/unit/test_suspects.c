/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel's files say of connection tracking and of queues. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "source/conntrack.h"
#include "source/nfqueue.h"

/* Two CPUs of 6.18; and other columns, since each kernel has its own. */
static const char stat[] =
	"entries  clashres found new invalid ignore delete chainlength insert insert_failed drop early_drop\n"
	"00040000  00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00040000 0000000f 00000000\n"
	"00040000  00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000001 000000f0 00000000\n";
static const char old[] =
	"entries  searched found new invalid ignore delete delete_list insert insert_failed drop early_drop icmp_error\n"
	"00000002  00000000 00000000 00000000 00000003 00000000 00000000 00000000 00000000 00000000 00000005 00000000 00000000 \n";

static void test_stat(void **state)
{
	static const struct {
		const char *text, *column;
		int err;
		uint64_t sum;
	} rows[] = {
		{ stat, "drop", 0, 0xff },
		{ stat, "insert_failed", 0, 0x40001 },
		{ stat, "insert", 0, 0 },
		{ old, "drop", 0, 5 },
		{ stat, "dropp", -EPROTO, 0 },
		{ "", "drop", -EPROTO, 0 },
		{ "entries drop\n", "drop", -EPROTO, 0 },
		{ "entries drop\n1\n2\n", "drop", -EPROTO, 0 },
		{ "entries drop\n1 x\n", "drop", -EPROTO, 0 },
		{ "entries drop\n1 2\n3 4", "drop", 0, 6 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t sum = 0;

		print_message("row %zu\n", i);
		assert_int_equal(conntrack_parse_stat(rows[i].text, rows[i].column, &sum),
				 rows[i].err);
		assert_int_equal(sum, rows[i].sum);
	}
}

static void test_queues(void **state)
{
	static const char two[] = "    7   4242     0 2 65531     0     0        3  1\n"
				  "   70   4243     0 2 65531     0     0        3  1\n";
	static const struct {
		const char *text;
		int queue;
		bool heard;
	} rows[] = {
		{ two, 7, true },
		{ two, 70, true },
		{ two, 0, false },
		{ two, NFQUEUE_ANY, true },
		{ "\n", NFQUEUE_ANY, false },
		{ "\n", 0, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		FILE *in __fclose = fmemopen((void *)rows[i].text, strlen(rows[i].text), "r");

		assert_non_null(in);
		assert_int_equal(nfqueue_parse(in, rows[i].queue), rows[i].heard);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stat),
		cmocka_unit_test(test_queues),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
