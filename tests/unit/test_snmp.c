/* SPDX-License-Identifier: GPL-2.0 */
/* What a namespace counts of wrong checksums, from texts as its kernel writes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "source/snmp.h"

static void test_pairs(void **state)
{
	static const char text[] = "Ip: Forwarding DefaultTTL\nIp: 1 64\n"
				   "Icmp: InMsgs InErrors InCsumErrors InDestUnreachs\nIcmp: 9 8 2 7\n"
				   "Tcp: RtoMax MaxConn InCsumErrors\nTcp: 5 -1 40\n";

	(void)state;
	assert_int_equal(snmp_sum_pairs(text), 42);
}

static void test_rows(void **state)
{
	static const char text[] = "Ip6InReceives\t5\nIcmp6InCsumErrors               \t3\n"
				   "Udp6InCsumErrors \t4\nUdpLite6InCsumErrors\t0\n";

	(void)state;
	assert_int_equal(snmp_sum_rows(text), 7);
}

static void test_broken(void **state)
{
	static const char *const texts[] = { "", "\n", "a", "InCsumErrors", "InCsumErrors\n", "InCsumErrors\n\n",
					     "x InCsumErrors\nx\n", "\n\n\nInCsumErrors x\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(snmp_sum_pairs(texts[i]), 0);
		assert_int_equal(snmp_sum_rows(texts[i]), 0);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_broken),
	};

	return cmocka_run_group_tests_name("snmp", tests, NULL, NULL);
}
