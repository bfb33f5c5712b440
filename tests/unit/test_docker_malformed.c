/* SPDX-License-Identifier: GPL-2.0 */
/* The parsers on documents that are cut short, changed, or no documents at all. */
#include "source/docker_json.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "engine_data.h"
#include "source/docker.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* All parsers on one text; returns how many took it. */
static int parse_all(const char *json)
{
	struct strbuf names __cleanup(strbuf_free) = { 0 };
	struct engine e = { 0 };
	struct container c;
	struct network n;
	char text[256];
	struct ip ip = { .family = AF_INET };
	int taken = 0;

	taken += !docker_parse_version(json, &e);
	taken += !docker_parse_info(json, &e);
	taken += !docker_parse_container(json, &c);
	taken += !docker_parse_network(json, &n);
	taken += !docker_parse_kernel(json, text, sizeof(text));
	taken += !docker_parse_config(json, text, sizeof(text));
	taken += docker_parse_context(json, "x", text, sizeof(text)) != -EPROTO;
	taken += docker_list_names(json, NULL, &names) != -EPROTO;
	taken += docker_list_names(json, "f", &names) != -EPROTO;
	taken += docker_list_owner(json, &ip, text, sizeof(text)) != -EPROTO;
	docker_parse_message(json, text, sizeof(text));
	return taken;
}

static void test_no_document(void **state)
{
	static const char *const rows[] = {
		"", " ", "null", "true", "7", "\"text\"", "{", "[", "{}}", "{\"Id\":", "[1,2",
		"<html>", "OK", "{\"Id\":\"x\"} trailing", "\xff\xfe{}", "{\"a\":\"\\ud800\"}",
		"{\"a\":\"\\u12\"}", "{'Id':1}", "nul", "-", "1e", "[]]",
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++)
		assert_int_equal(parse_all(rows[i]), 0);
}

static void test_nesting(void **state)
{
	static const char *const opens[] = { "[", "{\"State\":", "{\"Components\":[" };

	(void)state;
	for (size_t i = 0; i < N(opens); i++) {
		struct strbuf json __cleanup(strbuf_free) = { 0 };

		for (int depth = 0; depth < 2000; depth++)
			strbuf_add(&json, opens[i], strlen(opens[i]));
		assert_int_equal(parse_all(json.text), 0);
	}
}

static const char *const documents[] = {
	"20.10-containers", "28.5-version", "28.5-info", "28.5-container", "28.5-network",
};

static void test_truncated(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(documents); i++) {
		char *json __free = engine_data(documents[i]);
		size_t len = strlen(json) - 2; /* the last bracket and the line's end */

		for (size_t cut = 0; cut <= len; cut += 7) {
			char *part __free = strndup(json, cut);

			assert_int_equal(parse_all(part), 0);
		}
	}
}

/* Nothing to check but that it neither crashes nor trips a sanitizer. */
static void test_mutated(void **state)
{
	static const char bytes[] = { '"', '{', ']', '\\', '9', '\xff', '-', ',', '\0' };

	(void)state;
	for (size_t i = 0; i < N(documents); i++) {
		char *json __free = engine_data(documents[i]);
		size_t len = strlen(json);

		for (size_t at = 0; at < len; at += 5) {
			char was = json[at];

			json[at] = bytes[at / 5 % N(bytes)];
			parse_all(json);
			json[at] = was;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_document),
		cmocka_unit_test(test_nesting),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_mutated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
