/* SPDX-License-Identifier: GPL-2.0 */
#include "base/iptables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"

/* The words of each text, as far as they fit into 8 bytes; a quoted one begins with '+'. */
static void test_words(void **state)
{
	static const struct {
		const char *text, *words[6];
	} rows[] = {
		{ "", { NULL } },
		{ " \t ", { NULL } },
		{ "-A  FORWARD\t", { "-A", "FORWARD", NULL } },
		{ "! -i br0 -j DROP", { "!", "-i", "br0", "-j", "DROP", NULL } },
		{ "--comment \"-j DROP\" -j", { "--comme", "+-j DROP", "-j", NULL } },
		{ "\"a \\\"b\\\\\" c", { "+a \"b\\", "c", NULL } },
		{ "\"\" x", { "+", "x", NULL } },
		{ "{ \"br0\", \"br1\" }", { "{", "+br0", ",", "+br1", "}", NULL } },
		{ "\"open", { "+open", NULL } },
		{ "\"open\\", { "+open\\", NULL } },
		{ "a\"b c", { "a\"b", "c", NULL } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *text = rows[i].text;
		const char *const *expected = rows[i].words;
		char word[9] = "+";
		bool quoted;

		while (iptables_word_next(&text, word + 1, sizeof(word) - 1, &quoted))
			assert_string_equal(word + !quoted, *expected ? *expected++ : "the end");
		assert_null(*expected);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_words),
};

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
