/* SPDX-License-Identifier: GPL-2.0 */
#include "core/version.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void test_parse(void **state)
{
	static const struct {
		const char *text;
		unsigned int part[3];
		bool before;
	} cases[] = {
		{ "28.5.2", { 28, 5, 2 }, false },
		{ "v28.5.2", { 28, 5, 2 }, false },
		{ "17.06.2-ce", { 17, 6, 2 }, false },
		{ "17.06.2-ee-16", { 17, 6, 2 }, false },
		{ "18.09", { 18, 9, 0 }, false },
		{ "20.10.24+dfsg1", { 20, 10, 24 }, false },
		{ "26.1.5+dfsg1-9+b7", { 26, 1, 5 }, false },
		{ "28.5.2+dfsg4", { 28, 5, 2 }, false },
		{ "5:28.2.2-1~ubuntu.24.04~noble", { 28, 2, 2 }, false },
		{ "24.0.7-0ubuntu4.1", { 24, 0, 7 }, false },
		{ "20.10.25+azure-2", { 20, 10, 25 }, false },
		{ "28.0.0-rc.1", { 28, 0, 0 }, true },
		{ "28.0.0~rc1", { 28, 0, 0 }, true },
		{ "27.0.0-beta.2", { 27, 0, 0 }, true },
		{ "18.06.0-ce-rc3", { 18, 6, 0 }, true },
		{ "23.0.0-dev", { 23, 0, 0 }, true },
		{ "1.13.1", { 1, 13, 1 }, false },
	};
	static const char *const none[] = { "", "dev", "library-import", "28", "28.", "28.x", "-1.2", "28.-1.2",
					    "28.5.2.1", "28.5.2x", "0.0.0-20250101000000-abcdef",
					    "1:2:3.4.5", "28..5", " 28.5.2" };
	struct version v;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("%s\n", cases[i].text);
		assert_int_equal(version_parse(cases[i].text, &v), 0);
		assert_memory_equal(v.part, cases[i].part, sizeof(v.part));
		assert_int_equal(v.before, cases[i].before);
	}
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		print_message("%s\n", none[i]);
		assert_int_equal(version_parse(none[i], &v), -EINVAL);
	}
}

static void test_ranges(void **state)
{
	static const struct {
		const char *version, *ranges;
		bool in;
	} cases[] = {
		{ "28.0.0", ">=28.0.0 <28.0.1", true },
		{ "28.0.1", ">=28.0.0 <28.0.1", false },
		{ "27.5.1", ">=28.0.0 <28.0.1", false },
		{ "28.0.0-rc.1", ">=28.0.0 <28.0.1", false },
		{ "28.0.1-rc.1", ">=28.0.0 <28.0.1", false },
		{ "28.1.0-rc.1", ">=28.0.0", true },
		{ "28.1.0-rc.1", "<29.0.0", true },
		{ "28.0.0-rc.1", "<28.0.0", false },
		{ "28.10.0", "<28.9.0", false },
		{ "17.05.0", "<=17.05.0", true },
		{ "17.05.1", "<=17.05.0", false },
		{ "18.09.1", "18.09.1 || 19.03.0", true },
		{ "19.03.0", "18.09.1 || 19.03.0", true },
		{ "18.09.2", "18.09.1 || 19.03.0", false },
		{ "20.10.25", ">=20.10.24 <21.0.0 || >=23.0.3", true },
		{ "23.0.2", ">=20.10.24 <21.0.0 || >=23.0.3", false },
		{ "23.0.3", ">=20.10.24 <21.0.0 || >=23.0.3", true },
		{ "23.0.3", "*", true },
		{ "23.0.3", ">=x", false },
	};
	struct version v;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("%s in %s\n", cases[i].version, cases[i].ranges);
		assert_int_equal(version_parse(cases[i].version, &v), 0);
		assert_int_equal(version_in(&v, cases[i].ranges), cases[i].in);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_ranges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
