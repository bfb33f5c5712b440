/* SPDX-License-Identifier: GPL-2.0 */
/* What an engine says of a container. */
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
#include "capture.h"
#include "engine_data.h"
#include "source/docker.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define ID "f1ec75f77a1efc6c401046dcb68bd2c6d7fccbb926999e35086897e574d3c526"

struct expected_network {
	const char *name, *id12, *ip, *gateway, *mac;
	int prefix_len;
};

static void check_attachment(const struct attachment *a, const struct expected_network *want)
{
	char text[ADDR_TEXT_LEN];

	assert_string_equal(a->network, want->name);
	assert_int_equal(strlen(a->network_id), 64);
	assert_memory_equal(a->network_id, want->id12, 12);
	assert_string_equal(addr_format(&a->ip, text), want->ip);
	assert_string_equal(addr_format(&a->gateway, text), want->gateway);
	assert_int_equal(a->prefix_len, want->prefix_len);
	assert_int_equal(a->has_mac, *want->mac != '\0');
	if (a->has_mac)
		assert_string_equal(mac_format(a->mac, text), want->mac);
}

static void test_container(void **state)
{
	static const struct {
		const char *file, *name, *id12, *mode;
		int pid;
		int n;
		struct expected_network networks[2];
	} rows[] = {
		{ "20.10-container", "web", "f1ec75f77a1e", "shop_default", 191, 2,
		  { { "quiet", "d6b4cded0f0e", "172.19.0.2", "172.19.0.1",
		      "02:42:ac:13:00:02", 16 },
		    { "shop_default", "84859db5b523", "172.18.0.2", "172.18.0.1",
		      "02:42:ac:12:00:02", 16 } } },
		{ "26.1-container", "web", "18ef84210f51", "shop_default", 207, 2,
		  { { "quiet", "f8928ffc8329", "172.19.0.2", "", "02:42:ac:13:00:02", 16 },
		    { "shop_default", "dd24a033f14a", "172.18.0.2", "172.18.0.1",
		      "02:42:ac:12:00:02", 16 } } },
		{ "28.5-container", "web", "6abb34eeb235", "shop_default", 272, 2,
		  { { "quiet", "b039a101f89c", "172.19.0.2", "", "1a:d0:60:7e:4a:70", 16 },
		    { "shop_default", "81bf617f69dd", "172.18.0.2", "172.18.0.1",
		      "66:92:f5:91:b4:d0", 16 } } },
		{ "29.0-container", "web", "6abb34eeb235", "shop_default", 272, 2,
		  { { "quiet", "b039a101f89c", "172.19.0.2", "", "1a:d0:60:7e:4a:70", 16 },
		    { "shop_default", "81bf617f69dd", "172.18.0.2", "172.18.0.1",
		      "66:92:f5:91:b4:d0", 16 } } },
		{ "20.10-host", "hosty", "1a83ac823888", "host", 419, 1,
		  { { "host", "397542b40553", "", "", "", 0 } } },
		{ "20.10-stopped", "dead", "6f31fa56f74e", "default", 0, 1,
		  { { "bridge", "a2b6c8a04287", "", "", "", 0 } } },
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		char *json __free = engine_data(rows[i].file);
		struct container c;

		assert_int_equal(docker_parse_container(json, &c), 0);
		assert_string_equal(c.name, rows[i].name);
		assert_int_equal(strlen(c.id), 64);
		assert_memory_equal(c.id, rows[i].id12, 12);
		assert_string_equal(c.network_mode, rows[i].mode);
		assert_int_equal(c.pid, rows[i].pid);
		assert_int_equal(c.running, rows[i].pid > 0);
		assert_false(c.paused);
		assert_int_equal(c.n_networks, rows[i].n);
		for (int n = 0; n < c.n_networks; n++)
			check_attachment(&c.networks[n], &rows[i].networks[n]);
	}
}

static void test_container_state(void **state)
{
	static const struct {
		const char *state;
		int err;
		int pid;
		bool running, paused;
	} rows[] = {
		{ "{\"Running\":true,\"Pid\":7}", 0, 7, true, false },
		{ "{\"Running\":true,\"Pid\":2147483647}", 0, 2147483647, true, false },
		{ "{\"Running\":true,\"Paused\":true,\"Pid\":7}", 0, 7, true, true },
		{ "{\"Running\":true,\"Restarting\":true,\"Pid\":0}", 0, 0, false, false },
		{ "{\"Running\":false,\"Pid\":7}", 0, 0, false, false },
		{ "{\"Running\":\"true\",\"Pid\":7}", 0, 0, false, false },
		{ "{\"Running\":1,\"Paused\":null,\"Pid\":7}", 0, 0, false, false },
		{ "{}", 0, 0, false, false },
		{ "{\"Running\":true,\"Pid\":2147483648}", -EPROTO, 0, false, false },
		{ "{\"Running\":true,\"Pid\":1e300}", -EPROTO, 0, false, false },
		{ "{\"Running\":true,\"Pid\":1e99999}", -EPROTO, 0, false, false },
		{ "{\"Running\":true,\"Pid\":-1}", -EPROTO, 0, false, false },
		{ "{\"Running\":true,\"Pid\":1.5}", -EPROTO, 0, false, false },
		{ "{\"Running\":true,\"Pid\":\"7\"}", -EPROTO, 0, false, false },
		{ "{\"Running\":true,\"Pid\":null}", -EPROTO, 0, false, false },
		{ "{\"Running\":true}", -EPROTO, 0, false, false },
		{ "[]", -EPROTO, 0, false, false },
		{ "null", -EPROTO, 0, false, false },
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		struct strbuf json __cleanup(strbuf_free) = { 0 };
		struct container c = { .pid = -1 };

		strbuf_addf(&json, "{\"Id\":\"" ID "\",\"State\":%s}", rows[i].state);
		assert_int_equal(docker_parse_container(json.text, &c), rows[i].err);
		if (rows[i].err) {
			assert_int_equal(c.pid, -1);
			continue;
		}
		assert_int_equal(c.pid, rows[i].pid);
		assert_int_equal(c.running, rows[i].running);
		assert_int_equal(c.paused, rows[i].paused);
		assert_int_equal(c.n_networks, 0);
	}
}

static void test_attachment_oddities(void **state)
{
	static const char *const networks[] = {
		"{\"n\":null}",
		"{\"n\":[]}",
		"{\"n\":{\"IPAddress\":null,\"IPPrefixLen\":\"16\",\"MacAddress\":5}}",
		"{\"n\":{\"IPAddress\":{},\"Gateway\":[],\"IPPrefixLen\":true}}",
		"{\"n\":{\"IPAddress\":\"fd00::2\",\"IPPrefixLen\":64,\"MacAddress\":\"02:42\"}}",
		"{\"n\":{\"IPAddress\":\"172.18.0.999\",\"IPPrefixLen\":33,\"MacAddress\":\"x\"}}",
		"{\"n\":{\"IPAddress\":\"172.18.0.2/16\",\"IPPrefixLen\":-1}}",
	};

	(void)state;
	for (size_t i = 0; i < N(networks); i++) {
		struct strbuf json __cleanup(strbuf_free) = { 0 };
		struct container c;

		strbuf_addf(&json, "{\"Id\":\"" ID "\",\"State\":{},"
			    "\"NetworkSettings\":{\"Networks\":%s}}", networks[i]);
		assert_int_equal(docker_parse_container(json.text, &c), 0);
		assert_int_equal(c.n_networks, 1);
		assert_string_equal(c.networks[0].network, "n");
		assert_int_equal(c.networks[0].ip.family, 0);
		assert_int_equal(c.networks[0].gateway.family, 0);
		assert_int_equal(c.networks[0].prefix_len, 0);
		assert_false(c.networks[0].has_mac);
	}
}

static void test_ip6(void **state)
{
	static const struct {
		const char *json, *ip6, *gateway6;
	} rows[] = {
		{ "{\"IPAddress\":\"172.18.0.2\",\"GlobalIPv6Address\":\"fd00:7::2\","
		  "\"GlobalIPv6PrefixLen\":64,\"IPv6Gateway\":\"fd00:7::1\"}", "fd00:7::2", "fd00:7::1" },
		{ "{\"IPAddress\":\"\",\"GlobalIPv6Address\":\"fd00:7::2\"}", "fd00:7::2", "" },
		{ "{\"GlobalIPv6Address\":\"\",\"IPv6Gateway\":\"\"}", "", "" },
		{ "{\"GlobalIPv6Address\":\"172.18.0.2\",\"IPv6Gateway\":\"172.18.0.1\"}", "", "" },
		{ "{\"GlobalIPv6Address\":null,\"IPv6Gateway\":7}", "", "" },
		{ "{\"GlobalIPv6Address\":\"fd00:7::2/64\"}", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		struct strbuf json __cleanup(strbuf_free) = { 0 };
		char text[ADDR_TEXT_LEN];
		struct container c;

		strbuf_addf(&json, "{\"Id\":\"" ID "\",\"State\":{},"
			    "\"NetworkSettings\":{\"Networks\":{\"n\":%s}}}", rows[i].json);
		assert_int_equal(docker_parse_container(json.text, &c), 0);
		assert_string_equal(addr_format(&c.networks[0].ip6, text), rows[i].ip6);
		assert_string_equal(addr_format(&c.networks[0].gateway6, text), rows[i].gateway6);
	}
}

static void test_many_networks(void **state)
{
	struct strbuf json __cleanup(strbuf_free) = { 0 };
	struct capture log;
	struct container c;

	(void)state;
	strbuf_addf(&json, "{\"Id\":\"%0200d\",\"Name\":\"/%0300d\",\"State\":{},"
		    "\"NetworkSettings\":{\"Networks\":{\"first\":{}", 0, 1);
	for (int i = 0; i < 100; i++)
		strbuf_addf(&json, ",\"%0300d\":{\"NetworkID\":\"%0300d\"}", i, i);
	strbuf_addf(&json, "}}}");
	capture_begin(&log);
	assert_int_equal(docker_parse_container(json.text, &c), 0);
	assert_int_equal(capture_end(&log), 1);
	assert_int_equal(c.n_networks, ATTACHMENTS_MAX);
	assert_int_equal(strlen(c.id), ID_LEN - 1);
	assert_int_equal(strlen(c.name), NAME_LEN - 1);
	assert_int_equal(strlen(c.networks[15].network), NAME_LEN - 1);
	assert_int_equal(strlen(c.networks[15].network_id), ID_LEN - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_container),
		cmocka_unit_test(test_container_state),
		cmocka_unit_test(test_attachment_oddities),
		cmocka_unit_test(test_ip6),
		cmocka_unit_test(test_many_networks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
