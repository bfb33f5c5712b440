/* SPDX-License-Identifier: GPL-2.0 */
#include "source/daemon.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "source/docker_json.h"

static void test_flags(void **state)
{
	static const struct {
		char words[80];
		size_t len;
		enum says said;
	} cases[] = {
#define CASE(words, said) { words, sizeof(words), said }
		CASE("dockerd", SAYS_NOTHING),
		CASE("dockerd\0--iptables", SAYS_YES),
		CASE("dockerd\0--iptables=true", SAYS_YES),
		CASE("dockerd\0--iptables=false\0-H\0fd://", SAYS_NO),
		CASE("dockerd\0--iptables=F", SAYS_NO),
		CASE("dockerd\0--iptables=0", SAYS_NO),
		CASE("dockerd\0--iptables=false\0--iptables=1", SAYS_YES),
		CASE("dockerd\0--ip6tables=false", SAYS_NOTHING),
		CASE("dockerd\0--iptables-x=false", SAYS_NOTHING),
#undef CASE
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(daemon_flag(cases[i].words, cases[i].len, "--iptables"), cases[i].said);
}

static void test_values(void **state)
{
	static const char two[] = "dockerd\0--config-file\0/a.json", one[] = "dockerd\0--config-file=/b.json",
			  none[] = "dockerd\0--config-files=/b.json", cut[] = "dockerd\0--config-file";

	(void)state;
	assert_string_equal(daemon_value(two, sizeof(two), "--config-file"), "/a.json");
	assert_string_equal(daemon_value(one, sizeof(one), "--config-file"), "/b.json");
	assert_null(daemon_value(none, sizeof(none), "--config-file"));
	assert_null(daemon_value(cut, sizeof(cut), "--config-file"));
}

static void test_config(void **state)
{
	struct engine e = { .makes_rules = SAYS_YES, .userland_proxy = SAYS_YES };

	(void)state;
	assert_int_equal(docker_parse_daemon("{\"iptables\": false, \"icc\": true}", &e), 0);
	assert_int_equal(e.makes_rules, SAYS_NO);
	assert_int_equal(e.userland_proxy, SAYS_YES);
	assert_int_equal(e.makes_rules6, SAYS_NOTHING);
	assert_int_equal(docker_parse_daemon("{\"userland-proxy\": false, \"ip6tables\": true}", &e), 0);
	assert_int_equal(e.userland_proxy, SAYS_NO);
	assert_int_equal(e.makes_rules6, SAYS_YES);
	assert_int_equal(docker_parse_daemon("{\"iptables\": \"true\"}", &e), 0);
	assert_int_equal(e.makes_rules, SAYS_NO);
	assert_int_equal(docker_parse_daemon("{", &e), -EPROTO);
	assert_int_equal(docker_parse_daemon("[]", &e), -EPROTO);
}

/* A process that is no dockerd says nothing, not even the defaults. */
static void test_no_dockerd(void **state)
{
	struct engine e = { 0 };

	(void)state;
	daemon_settings(getpid(), &e);
	assert_int_equal(e.makes_rules, SAYS_NOTHING);
	daemon_settings(0, &e);
	daemon_settings(-1, &e);
	daemon_settings(4194305, &e);
	assert_int_equal(e.userland_proxy, SAYS_NOTHING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_config),
		cmocka_unit_test(test_no_dockerd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
