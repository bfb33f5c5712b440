/* SPDX-License-Identifier: GPL-2.0 */
/* What is said of engines: of which versions, and that every row is whole. */
#include "core/advisory.h"

#include <stdio.h>

#include "advisory_versions.h"

static void check_versions(const struct advisory_row *row, const char *versions, bool in)
{
	char version[64];
	int len;

	for (; sscanf(versions, " %63s%n", version, &len) == 1; versions += len)
		if (advisory_is_about(row, version) != in)
			fail_msg("%s: %s is %s", row->id, version, in ? "out" : "in");
}

static void test_boundaries(void **state)
{
	(void)state;
	assert_int_equal(sizeof(boundaries) / sizeof(boundaries[0]), n_rows());
	for (size_t i = 0; i < n_rows(); i++) {
		const struct boundary *b = &boundaries[i];

		assert_true(b->in[0]);
		check_versions(row_find(b->id), b->in, true);
		check_versions(row_find(b->id), b->out, false);
	}
}

static void test_rows_are_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_rows(); i++) {
		const struct advisory_row *row = advisory_row(i);
		char text[SENTENCE_LEN];

		assert_true(row->id[0] && row->sentence[0]);
		assert_memory_equal(row->url, "https://", 8);
		assert_non_null(advisory_kind_name(row->kind));
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(row->id, advisory_row(j)->id);
		if (row->fixed[0])
			assert_false(advisory_is_about(row, row->fixed));
		/* that no version at all is known says nothing */
		assert_false(advisory_is_about(row, ""));
		assert_false(advisory_is_about(row, "dev"));
		advisory_text(row, text, sizeof(text));
		assert_true(strlen(text) < sizeof(text) - 1);
		/* what is neither is not called so */
		assert_int_equal(!strncmp(text, "Known problem", 13),
				 row->kind == ADVISORY_BUG || row->kind == ADVISORY_REGRESSION);
		assert_int_equal(strstr(text, "does this on purpose") != NULL,
				 row->kind == ADVISORY_CHANGE);
	}
}

/* A cause that no verdict can have, and no finding, would never be told of. */
static void test_causes_exist(void **state)
{
	static const char *const causes[] = {
#define CAUSE(id, ...) id,
#include "core/causes.def"
#undef CAUSE
#define JUDGE(...)
#define JUDGE_PART(...)
#define CHECK(id, ...) id,
#define CHECK_AS(key, id, ...) id,
#include "core/checks.def"
	};
	const struct advisory_row *row;
	char word[64];

	(void)state;
	for (size_t i = 0; (row = advisory_row(i)); i++) {
		const char *at = row->causes;
		int len;

		for (; sscanf(at, " %63s%n", word, &len) == 1; at += len) {
			bool found = false;

			word[strcspn(word, "@")] = '\0';
			for (size_t k = 0; k < sizeof(causes) / sizeof(causes[0]); k++)
				found |= !strcmp(causes[k], word);
			if (!found)
				fail_msg("%s: no cause %s", row->id, word);
		}
	}
}

static void test_wording(void **state)
{
	static const struct {
		const char *id, *begin;
	} cases[] = {
		{ "moby-49518", "Known problem, fixed upstream in 28.0.1: it appends" },
		{ "moby-53384", "Known problem, no fixed version known: after a container" },
		{ "moby-49829", "Since 28.2.0 the engine does this on purpose: a rule of table raw" },
		{ "moby-49325", "From 28.0.0 until 28.2.0 the engine does this on purpose: a rule" },
		{ "ghsa-vwm3-crmr-xfxw", "From 20.10.24 until 21.0.0 and since 23.0.3 the engine" },
		{ "moby-49981", "A limit of the engine, lifted upstream in 29.0.0: without" },
		{ "moby-12294", "A limit of the engine: it does not notice" },
		{ "moby-26492", "Not of the engine's doing: systemd-networkd" },
		{ "orphaned-raw-rule", "Left behind: a rule" },
		{ "moby-49721", "Reported, but not confirmed: starting" },
	};
	char text[SENTENCE_LEN];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		advisory_text(row_find(cases[i].id), text, sizeof(text));
		assert_memory_equal(text, cases[i].begin, strlen(cases[i].begin));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_boundaries),
		cmocka_unit_test(test_rows_are_whole),
		cmocka_unit_test(test_causes_exist),
		cmocka_unit_test(test_wording),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
