/* SPDX-License-Identifier: GPL-2.0 */
/* The engine's JSON where it tells how somebody is reached: published ports, tasks of overlay networks. */
#include "source/docker.h"

#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "base/strbuf.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))
#define ID "f1ec75f77a1efc6c401046dcb68bd2c6d7fccbb926999e35086897e574d3c526"

static void test_published(void **state)
{
	static const struct {
		const char *ports;
		int n;
		uint8_t l4;
		uint16_t port;
		const char *ip;
	} rows[] = {
		{ "{\"80/tcp\":[{\"HostIp\":\"0.0.0.0\",\"HostPort\":\"8080\"}]}", 1, IPPROTO_TCP, 8080, "" },
		{ "{\"80/tcp\":[{\"HostIp\":\"0.0.0.0\",\"HostPort\":\"8080\"},{\"HostIp\":\"::\","
		  "\"HostPort\":\"8080\"}],\"9/tcp\":null}", 1, IPPROTO_TCP, 8080, "" },
		{ "{\"53/udp\":[{\"HostIp\":\"127.0.0.1\",\"HostPort\":\"5353\"}]}", 1, IPPROTO_UDP, 5353,
		  "127.0.0.1" },
		{ "{\"80\":[{\"HostIp\":\"\",\"HostPort\":\"65535\"}]}", 1, IPPROTO_TCP, 65535, "" },
		{ "{\"80/sctp\":[{\"HostIp\":\"\",\"HostPort\":\"80\"}]}", 0, 0, 0, NULL },
		{ "{\"80/tcp\":[{\"HostPort\":\"65536\"},{\"HostPort\":80},{\"HostPort\":\"-1\"},null,[],7]}", 0, 0,
		  0, NULL },
		{ "{\"80/tcp\":{\"HostPort\":\"80\"}}", 0, 0, 0, NULL },
		{ "[{\"HostPort\":\"80\"}]", 0, 0, 0, NULL },
		{ "null", 0, 0, 0, NULL },
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		struct strbuf json __cleanup(strbuf_free) = { 0 };
		char text[ADDR_TEXT_LEN];
		struct container c;

		strbuf_addf(&json, "{\"Id\":\"" ID "\",\"State\":{},\"NetworkSettings\":{\"Ports\":%s}}",
			    rows[i].ports);
		assert_int_equal(docker_parse_container(json.text, &c), 0);
		assert_int_equal(c.n_published, rows[i].n);
		if (!c.n_published)
			continue;
		assert_int_equal(c.published[0].l4, rows[i].l4);
		assert_int_equal(c.published[0].port, rows[i].port);
		assert_string_equal(addr_format(&c.published[0].ip, text), rows[i].ip);
	}
}

/* Services with an address of their own, and containers that are of none. */
static void test_tasks(void **state)
{
	static const struct {
		const char *services;
		size_t n;
	} rows[] = {
		{ "{\"\":{\"VIP\":\"<nil>\",\"Tasks\":[{\"Name\":\"far\",\"EndpointIP\":\"10.0.1.4\",\"Info\":"
		  "{\"Host IP\":\"192.0.2.2\"}},{\"Name\":\"x\",\"EndpointIP\":\"10.0.1.5\",\"Info\":null},"
		  "{\"Name\":\"y\",\"EndpointIP\":\"none\",\"Info\":{}},7,null]}}", 2 },
		{ "{\"svc\":{\"VIP\":\"10.0.1.6\",\"Tasks\":null},\"odd\":[],\"odder\":null}", 1 },
		{ "{}", 0 },
		{ "null", 0 },
		{ "[{\"VIP\":\"10.0.1.6\"}]", 0 },
	};
	struct net_view v = { 0 };

	(void)state;
	assert_int_equal(docker_parse_tasks("[]", &v), -EPROTO);
	assert_int_equal(docker_parse_tasks("{\"Services\"", &v), -EPROTO);
	for (size_t i = 0; i < N(rows); i++) {
		struct strbuf json __cleanup(strbuf_free) = { 0 };
		char text[ADDR_TEXT_LEN];

		v = (struct net_view){ 0 };
		strbuf_addf(&json, "{\"Id\":\"" ID "\",\"Services\":%s}", rows[i].services);
		assert_int_equal(docker_parse_tasks(json.text, &v), 0);
		assert_int_equal(v.n_tasks, rows[i].n);
		if (i == 0) {
			assert_string_equal(v.tasks[0].name, "far");
			assert_string_equal(v.tasks[0].service, "");
			assert_string_equal(addr_format(&v.tasks[0].node, text), "192.0.2.2");
			assert_string_equal(addr_format(&v.tasks[1].ip, text), "10.0.1.5");
			assert_int_equal(v.tasks[1].node.family, 0);
		}
		if (i == 1) {
			assert_string_equal(v.tasks[0].name, "");
			assert_string_equal(v.tasks[0].service, "svc");
		}
		free(v.tasks);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_published),
		cmocka_unit_test(test_tasks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
