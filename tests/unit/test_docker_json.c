/* SPDX-License-Identifier: GPL-2.0 */
#include "source/docker_json.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "engine_data.h"
#include "source/docker.h"


#define N(a) (sizeof(a) / sizeof((a)[0]))
#define ID "f1ec75f77a1efc6c401046dcb68bd2c6d7fccbb926999e35086897e574d3c526"

static void test_version(void **state)
{
	static const struct {
		const char *file, *name, *version, *max, *min;
		struct component components[4];
	} rows[] = {
		{ "20.10-version", "Docker Engine", "20.10.24+dfsg1", "1.41", "1.12",
		  { { "containerd", "1.6.20~ds1" }, { "runc", "1.1.5+ds1" },
		    { "docker-init", "0.19.0" } } },
		{ "26.1-version", "Docker Engine", "26.1.5+dfsg1", "1.45", "1.24",
		  { { "containerd", "1.7.24~ds1" }, { "runc", "1.1.5+ds1" },
		    { "docker-init", "0.19.0" } } },
		{ "28.5-version", "Docker Engine", "28.5.2+dfsg4", "1.51", "1.24",
		  { { "containerd", "2.1.9+unknown" }, { "runc", "1.1.5+ds1" } } },
		{ "29.0-version", "Docker Engine", "29.0.0", "1.52", "1.44",
		  { { "containerd", "v2.1.5" }, { "runc", "1.3.3" },
		    { "docker-init", "0.19.0" } } },
		{ "podman-4.3-version", "Podman Engine", "4.3.1", "1.41", "1.24",
		  { { "Conmon", "conmon version 2.1.6, commit: unknown" },
		    { "OCI Runtime (crun)", "crun version 1.8.1" } } },
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		char *json __free = engine_data(rows[i].file);
		char kernel[64];
		struct engine e;
		int n = 0;

		assert_int_equal(docker_parse_version(json, &e), 0);
		assert_string_equal(e.name, rows[i].name);
		assert_string_equal(e.version, rows[i].version);
		assert_string_equal(e.api_version, rows[i].max);
		assert_string_equal(e.min_api_version, rows[i].min);
		for (; *rows[i].components[n].name; n++) {
			assert_string_equal(e.components[n].name, rows[i].components[n].name);
			assert_string_equal(e.components[n].version, rows[i].components[n].version);
		}
		assert_int_equal(e.n_components, n);
		assert_int_equal(docker_parse_kernel(json, kernel, sizeof(kernel)), 0);
		assert_string_equal(kernel, "6.12.107+deb12-amd64");
	}
}

static void test_many_components(void **state)
{
	struct strbuf json __cleanup(strbuf_free) = { 0 };
	struct engine e;

	(void)state;
	strbuf_addf(&json, "{\"ApiVersion\":\"1.44\",\"Components\":[null,7,{},{\"Name\":3}");
	for (int i = 0; i < 50; i++)
		strbuf_addf(&json, ",{\"Name\":\"c%d\",\"Version\":\"%0200d\"}", i, i);
	strbuf_addf(&json, ",{\"Name\":\"Podman Engine\"}]}");
	assert_int_equal(docker_parse_version(strbuf_str(&json), &e), 0);
	assert_string_equal(e.name, "Podman Engine");
	assert_string_equal(e.version, "");
	assert_int_equal(e.n_components, COMPONENTS_MAX);
	assert_string_equal(e.components[7].name, "c7");
	assert_int_equal(strlen(e.components[7].version), SHORT_LEN - 1);
}

static void test_info(void **state)
{
	static const struct {
		const char *file, *json, *backend;
		bool rootless;
	} rows[] = {
		{ "20.10-info", NULL, "", false },
		{ "26.1-info", NULL, "", false },
		{ "28.5-info", NULL, "iptables", false },
		{ "29.0-info", NULL, "nftables+firewalld", true },
		{ NULL, "{}", "", false },
		{ NULL, "{\"FirewallBackend\":\"iptables\",\"SecurityOptions\":\"name=rootless\"}",
		  "", false },
		{ NULL, "{\"FirewallBackend\":null,\"SecurityOptions\":null}", "", false },
		{ NULL, "{\"FirewallBackend\":{\"Driver\":1},\"SecurityOptions\":[1,{},null]}", "",
		  false },
		{ NULL, "{\"SecurityOptions\":[\"name=rootless,x=y\"]}", "", true },
		{ NULL, "{\"SecurityOptions\":[\"name=rootlesskit\",\"x,name=rootless\"]}", "",
		  false },
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		char *text __free = rows[i].file ? engine_data(rows[i].file) : strdup(rows[i].json);
		struct engine e = {
			.version = "kept",
			.firewall_backend = "old",
			.rootless = true,
		};

		assert_int_equal(docker_parse_info(text, &e), 0);
		assert_string_equal(e.firewall_backend, rows[i].backend);
		assert_int_equal(e.rootless, rows[i].rootless);
		assert_string_equal(e.version, "kept");
	}
}

/* What advisories ask for. */
static void test_info_settings(void **state)
{
	static const struct {
		const char *json;
		enum says live_restore, swarm, firewalld;
	} rows[] = {
		{ "{}", SAYS_NOTHING, SAYS_NOTHING, SAYS_NOTHING },
		{ "{\"LiveRestoreEnabled\": true, \"Swarm\": {\"LocalNodeState\": \"active\"}}", SAYS_YES, SAYS_YES,
		  SAYS_NOTHING },
		{ "{\"LiveRestoreEnabled\": false, \"Swarm\": {\"LocalNodeState\": \"inactive\"}}", SAYS_NO,
		  SAYS_NO, SAYS_NOTHING },
		{ "{\"LiveRestoreEnabled\": 1, \"Swarm\": \"active\"}", SAYS_NOTHING, SAYS_NOTHING,
		  SAYS_NOTHING },
		{ "{\"FirewallBackend\": {\"Driver\": \"iptables+firewalld\"}}", SAYS_NOTHING, SAYS_NOTHING,
		  SAYS_YES },
		{ "{\"FirewallBackend\": {\"Driver\": \"nftables\"}}", SAYS_NOTHING, SAYS_NOTHING, SAYS_NO },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct engine e = { 0 };

		assert_int_equal(docker_parse_info(rows[i].json, &e), 0);
		assert_int_equal(e.live_restore, rows[i].live_restore);
		assert_int_equal(e.swarm, rows[i].swarm);
		assert_int_equal(e.firewalld, rows[i].firewalld);
	}
}

#define NET(rest) "{\"Id\":\"" ID "\",\"Name\":\"n\"" rest "}"
#define NET_OPTIONS(text) NET(",\"Driver\":\"bridge\",\"Options\":{" text "}")
#define BRIDGE_NAME "\"com.docker.network.bridge.name\":"
#define ICC "\"com.docker.network.bridge.enable_icc\":"

static void test_network(void **state)
{
	static const struct {
		const char *file, *json, *bridge;
		bool internal, icc_off;
	} rows[] = {
		{ "20.10-network", NULL, "mybr0", true, true }, /* enable_icc=0 */
		{ "26.1-network", NULL, "mybr0", true, true },
		{ "28.5-network", NULL, "mybr0", true, true },
		{ "29.0-network", NULL, "br-81bf617f69dd", false, false },
		{ "20.10-default-network", NULL, "docker0", false, false },
		{ NULL, NET_OPTIONS(""), "br-f1ec75f77a1e", false, false },
		{ NULL, NET_OPTIONS(BRIDGE_NAME "\"\""), "br-f1ec75f77a1e", false, false },
		{ NULL, NET_OPTIONS(BRIDGE_NAME "7"), "br-f1ec75f77a1e", false, false },
		{ NULL, NET_OPTIONS(BRIDGE_NAME "\"fifteen-letters\""), "fifteen-letters", false,
		  false },
		{ NULL, NET_OPTIONS(BRIDGE_NAME "\"sixteen-letters!\""), "", false, false },
		{ NULL, NET_OPTIONS(ICC "\"true\""), "br-f1ec75f77a1e", false, false },
		{ NULL, NET_OPTIONS(ICC "\"False\""), "br-f1ec75f77a1e", false, true },
		{ NULL, NET_OPTIONS(ICC "false"), "br-f1ec75f77a1e", false, false },
		{ NULL, NET(",\"Driver\":\"bridge\",\"Options\":null"), "br-f1ec75f77a1e", false,
		  false },
		{ NULL, NET(",\"Driver\":\"overlay\",\"Options\":{}"), "", false, false },
		{ NULL, NET(",\"Driver\":\"host\",\"Internal\":1"), "", false, false },
		{ NULL, NET(",\"Driver\":\"bridge\",\"network_interface\":\"podman1\""), "podman1",
		  false, false },
		{ NULL, NET(""), "", false, false },
		{ NULL, "{\"Id\":\"short\",\"Driver\":\"bridge\"}", "", false, false },
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		char *text __free = rows[i].file ? engine_data(rows[i].file) : strdup(rows[i].json);
		struct network n;

		assert_int_equal(docker_parse_network(text, &n), 0);
		assert_string_equal(n.bridge, rows[i].bridge);
		assert_int_equal(n.internal, rows[i].internal);
		assert_int_equal(n.icc_off, rows[i].icc_off);
	}
}

static void test_list(void **state)
{
	static const struct {
		const char *file, *prefix, *names;
		int n;
	} rows[] = {
		{ "20.10-containers", NULL, "shared, nonet, hosty, db, web", 5 },
		{ "20.10-containers", "1", "hosty (1a83ac823888), cache (10a613ae352f)", 2 },
		{ "20.10-containers", "f1ec75", "web (f1ec75f77a1e)", 1 },
		{ "20.10-containers", "web", "", 0 },
		{ "28.5-containers", NULL, "shared, nonet, hosty, db, web", 5 },
		{ "28.5-containers", "a", "hosty (a7e361f21ac3), db (abca96c3d791)", 2 },
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		char *json __free = engine_data(rows[i].file);
		struct strbuf names __cleanup(strbuf_free) = { 0 };

		assert_int_equal(docker_list_names(json, rows[i].prefix, &names), rows[i].n);
		assert_string_equal(strbuf_str(&names), rows[i].names);
	}
}

static void test_list_oddities(void **state)
{
	static const char json[] =
		"[null,1,\"x\",{},{\"State\":\"running\"},"
		"{\"State\":\"running\",\"Id\":\"" ID "\",\"Names\":null},"
		"{\"State\":\"running\",\"Id\":\"" ID "\","
		"\"Names\":[\"/web/db\",7,\"/db\\u001b[31m\"]},"
		"{\"State\":1,\"Names\":[\"/no\"]}]";
	struct strbuf names __cleanup(strbuf_free) = { 0 };
	struct strbuf many __cleanup(strbuf_free) = { 0 };

	(void)state;
	assert_int_equal(docker_list_names(json, NULL, &names), 3);
	assert_string_equal(strbuf_str(&names), "f1ec75f77a1e, db\\x1b[31m");
	strbuf_addf(&many, "[{\"State\":\"running\",\"Names\":[\"/c0\"]}");
	for (int i = 1; i < 11; i++)
		strbuf_addf(&many, ",{\"State\":\"running\",\"Names\":[\"/c%d\"]}", i);
	strbuf_addf(&many, "]");
	strbuf_free(&names);
	assert_int_equal(docker_list_names(many.text, NULL, &names), 11);
	assert_string_equal(strbuf_str(&names), "c0, c1, c2, c3, c4, c5, c6, c7 and 3 more");
}

static void test_owner(void **state)
{
	static const struct {
		const char *ip;
		int err;
		const char *id12;
	} rows[] = {
		{ "172.18.0.3", 0, "acb6d3785087" },
		{ "172.18.0.2", 0, "f1ec75f77a1e" },
		{ "172.19.0.2", 0, "f1ec75f77a1e" },
		{ "172.18.0.1", -ENOENT, NULL },
		{ "fd00::1", -ENOENT, NULL },
	};
	char *json __free = engine_data("20.10-containers");

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		char id[ID_LEN];
		struct ip ip;

		assert_int_equal(addr_parse(rows[i].ip, &ip), 0);
		assert_int_equal(docker_list_owner(json, &ip, id, sizeof(id)), rows[i].err);
		if (!rows[i].err)
			assert_memory_equal(id, rows[i].id12, 12);
	}
}

#define THIRTY_ONE "0123456789012345678901234567890"

static void test_message(void **state)
{
	static const struct {
		const char *json, *message;
	} rows[] = {
		{ "{\"message\":\"No such container: foo\"}\n", "No such container: foo" },
		{ "{\"cause\":\"x\",\"message\":\"y\",\"response\":404}", "y" },
		{ "{\"message\":\"a\\u001b]0;b\\nc\"}", "a\\x1b]0;b\\x0ac" },
		{ "{\"message\":\"" THIRTY_ONE "\"}", THIRTY_ONE },
		{ "{\"message\":\"" THIRTY_ONE "1\"}", THIRTY_ONE },
		{ "{\"message\":null}", "" },
		{ "{}", "" },
		{ "404 page not found", "" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		char out[32];

		assert_string_equal(docker_parse_message(rows[i].json, out, sizeof(out)),
				    rows[i].message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_version),
		cmocka_unit_test(test_many_components),
		cmocka_unit_test(test_info),
		cmocka_unit_test(test_info_settings),
		cmocka_unit_test(test_network),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_list_oddities),
		cmocka_unit_test(test_owner),
		cmocka_unit_test(test_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
