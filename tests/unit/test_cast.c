/* SPDX-License-Identifier: GPL-2.0 */
/* Whose an address or a namespace is: a name, or none where somebody else may be meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/strbuf.h"
#include "core/cast.h"

#define BRIDGE 5
#define WEB_PORT 11
#define DB_PORT 12
#define NEW_PORT 99
#define WEB_NETNS 200
#define WEB_COOKIE 7

static void put(struct cast *c, const char *name, uint8_t last, uint32_t port, uint32_t netns)
{
	static struct container k;

	k = (struct container){
		.running = true,
		.n_networks = 1,
		.networks[0] = { .network = "shop", .network_id = "4e58", .port = port,
				 .ip = { AF_INET, { 172, 18, 0, last } } },
	};
	text_copy(k.name, sizeof(k.name), name);
	text_copy(k.id, sizeof(k.id), name);
	assert_int_equal(cast_put(c, &k, netns, WEB_COOKIE), 0);
}

static void port(struct cast *c, uint32_t ifindex, uint32_t bridge, uint64_t now_ns)
{
	assert_int_equal(cast_port(c, ifindex, bridge, now_ns), 0);
}

static struct cast *scene(void)
{
	const struct network net = { .name = "shop", .id = "4e58", .bridge = "br-0" };
	struct cast *c = NULL;

	assert_int_equal(cast_new(&c), 0);
	assert_int_equal(cast_put_network(c, &net, BRIDGE), 0);
	port(c, WEB_PORT, BRIDGE, 1);
	port(c, DB_PORT, BRIDGE, 1);
	put(c, "web", 2, WEB_PORT, WEB_NETNS);
	put(c, "db", 3, DB_PORT, 300);
	return c;
}

static void nothing(struct cast *c) { (void)c; }
static void away(struct cast *c) { cast_unheard(c, 100); }
static void dies(struct cast *c) { cast_gone(c, "web", 100); }
static void unplugged(struct cast *c) { port(c, WEB_PORT, 0, 100); }
static void stranger(struct cast *c) { port(c, NEW_PORT, BRIDGE, 110); }
static void stranger_goes(struct cast *c) { port(c, NEW_PORT, 0, 120); }
static void elsewhere(struct cast *c) { port(c, NEW_PORT, BRIDGE + 1, 110); }
static void heir(struct cast *c) { put(c, "heir", 2, NEW_PORT, 400); }
static void other(struct cast *c) { put(c, "other", 9, NEW_PORT, 400); }
static void missed(struct cast *c) { cast_ports_missed(c, 110); }
static void back(struct cast *c) { cast_unheard(c, 0); }
static void heir_arrives(struct cast *c) { heir(c); cast_fresh(c, "heir"); }
static void comes_back(struct cast *c) { put(c, "web", 2, WEB_PORT, WEB_NETNS); }

#define STEPS 5

/* What happens, and then whose 172.18.0.2 is: wherever it is seen, by its own port, db's, a new one. */
static void test_address(void **state)
{
	static const struct {
		void (*steps[STEPS])(struct cast *c);
		const char *anywhere, *own, *dbs, *new;
	} rows[] = {
		{ { nothing }, "web", "web", "", "web" },
		{ { stranger }, "web", "web", "", "" },
		/* it is gone: its address is nobody's, until somebody may have it */
		{ { dies }, "web", "web", "", "web" },
		{ { unplugged, dies }, "web", "web", "", "web" },
		{ { dies, elsewhere }, "web", "web", "", "web" },
		{ { dies, stranger }, "", "web", "", "" },
		{ { unplugged, stranger }, "", "web", "", "" },
		{ { dies, stranger, stranger_goes }, "", "web", "", "" },
		{ { dies, stranger, heir }, "heir", "web", "", "heir" },
		/* what is not counted yet may be the former one's */
		{ { dies, stranger, heir_arrives }, "web", "web", "", "heir" },
		{ { dies, stranger, heir_arrives, heir }, "heir", "web", "", "heir" },
		{ { dies, stranger, other }, "web", "web", "", "" },
		{ { dies, missed }, "", "web", "", "" },
		/* the engine is away */
		{ { away }, "web", "web", "", "web" },
		{ { away, stranger }, "", "web", "", "" },
		{ { away, stranger, stranger_goes }, "", "web", "", "" },
		{ { away, unplugged }, "web", "web", "", "web" },
		{ { away, unplugged, stranger }, "", "web", "", "" },
		{ { away, stranger, stranger_goes, dies, back }, "", "web", "", "" },
		{ { away, stranger, back }, "web", "web", "", "" },
		{ { away, unplugged, stranger, heir, back }, "heir", "web", "", "heir" },
		{ { unplugged, stranger, dies, comes_back }, "", "web", "", "" },
	};
	const struct ip ip = { AF_INET, { 172, 18, 0, 2 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const uint32_t ports[] = { 0, WEB_PORT, DB_PORT, NEW_PORT };
		const char *const names[] = { rows[i].anywhere, rows[i].own, rows[i].dbs, rows[i].new };
		struct cast *c = scene();

		for (int j = 0; j < STEPS && rows[i].steps[j]; j++)
			rows[i].steps[j](c);
		for (size_t j = 0; j < ARRAY_SIZE(ports); j++) {
			const struct member *m = cast_by_ip(c, &ip, ports[j]);

			if (strcmp(m ? m->name : "", names[j]))
				fail_msg("row %zu, port %u: %s", i, ports[j], m ? m->name : "nobody");
		}
		cast_free(c);
	}
}

/* The same of its namespace: with its cookie, another's, and where the kernel has none. */
static void test_namespace(void **state)
{
	static const struct {
		void (*steps[STEPS])(struct cast *c);
		const char *own, *others, *unknown;
	} rows[] = {
		{ { nothing }, "web", "", "web" },
		{ { dies }, "web", "", "" },
		{ { unplugged }, "web", "", "" },
		{ { away }, "web", "", "web" },
		{ { away, unplugged }, "web", "", "" },
		{ { away, unplugged, back }, "web", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const uint16_t cookies[] = { WEB_COOKIE, WEB_COOKIE + 1, 0 };
		const char *const names[] = { rows[i].own, rows[i].others, rows[i].unknown };
		struct cast *c = scene();

		for (int j = 0; j < STEPS && rows[i].steps[j]; j++)
			rows[i].steps[j](c);
		for (size_t j = 0; j < ARRAY_SIZE(cookies); j++) {
			const struct member *m = cast_by_netns(c, WEB_NETNS, cookies[j]);

			if (strcmp(m ? m->name : "", names[j]))
				fail_msg("row %zu, cookie %u: %s", i, cookies[j], m ? m->name : "nobody");
		}
		cast_free(c);
	}
}

/* However many come and go: ports that left are forgotten with who had them. */
static void test_many(void **state)
{
	struct cast *c = scene();
	const struct ip ip = { AF_INET, { 172, 18, 0, 2 } };

	(void)state;
	for (uint32_t i = 0; i < 3000; i++) {
		char name[16];

		snprintf(name, sizeof(name), "c%u", i);
		port(c, 1000 + i, BRIDGE, 200 + i);
		put(c, name, 4 + i % 200, 1000 + i, 5000 + i);
		cast_gone(c, name, 201 + i);
		port(c, 1000 + i, 0, 201 + i);
		assert_string_equal(cast_by_ip(c, &ip, 0)->name, "web");
	}
	cast_gone(c, "web", 100);
	assert_string_equal(cast_by_ip(c, &ip, 0)->name, "web");
	cast_expire(c, 3600 * 1000000000ull);
	assert_null(cast_by_ip(c, &ip, 0));
	cast_free(c);
}

/* A network goes with the last who is remembered to have been on it. */
static void test_networks(void **state)
{
	const struct network gone = { .name = "gone", .id = "aaaa" };
	struct container alone = { .name = "alone", .id = "alone", .n_networks = 1,
				   .networks[0] = { .network = "gone", .network_id = "aaaa" } };
	struct cast *c = scene();

	(void)state;
	assert_int_equal(cast_put_network(c, &gone, 0), 0);
	assert_int_equal(cast_put(c, &alone, 0, 0), 0);
	cast_gone(c, "alone", 100);
	cast_expire(c, 101);
	assert_non_null(cast_network(c, "aaaa"));
	cast_expire(c, 3600 * 1000000000ull);
	assert_null(cast_network(c, "aaaa"));
	assert_non_null(cast_network(c, "4e58"));
	cast_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_address),
		cmocka_unit_test(test_namespace),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_networks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
