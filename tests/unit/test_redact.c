/* SPDX-License-Identifier: GPL-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/strbuf.h"
#include "core/loss.h"
#include "core/redact.h"

#define ID_A "4e58aa00112233445566778899aabbccddeeff00112233445566778899aabbcc"

static struct cast *cast_of(const char *const names[], size_t n, const char *network)
{
	struct cast *cast = NULL;
	struct network net = { 0 };

	assert_int_equal(cast_new(&cast), 0);
	text_copy(net.name, sizeof(net.name), network);
	text_copy(net.id, sizeof(net.id), "5f" ID_A);
	text_copy(net.bridge, sizeof(net.bridge), "cust-br0");
	cast_put_network(cast, &net, 7);
	for (size_t i = 0; i < n; i++) {
		struct container c = { .running = true, .n_networks = 1 };

		text_copy(c.name, sizeof(c.name), names[i]);
		snprintf(c.id, sizeof(c.id), "%zu%s", i, ID_A);
		text_copy(c.networks[0].network, sizeof(c.networks[0].network), network);
		text_copy(c.networks[0].network_id, sizeof(c.networks[0].network_id), net.id);
		cast_put(cast, &c, 0, 0);
	}
	return cast;
}

static struct redact *redact_of(const char *const names[], size_t n, const char *network)
{
	struct cast *cast = cast_of(names, n, network);
	struct redact *r = NULL;

	assert_int_equal(redact_new(&r), 0);
	redact_learn(r, cast);
	cast_free(cast);
	return r;
}

/* Names as an engine takes them, however odd, in every place that a sentence or a rule may have for them. */
static void test_names(void **state)
{
	static const char *const names[] = { "customer-", "customer.x.", "customer_", "customer", "customer-web-1",
					     "10.11.12.13", "customer:", "customer..", "c0ffee.customer" };
	static const char *const frames[] = { "%s", "%s drops it.", "the rule of %s.", "(%s)", "from %s, to",
					      "'%s'", "%s:", "a:%s", "host:%s/eth0", "inspect %s) ip", "%s: x",
					      "veth-%s", "%s-%s" };
	struct redact *r = redact_of(names, sizeof(names) / sizeof(names[0]), "customer-net.");
	char text[512], out[512];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (size_t k = 0; k < sizeof(frames) / sizeof(frames[0]); k++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat"
			snprintf(text, sizeof(text), frames[k], names[i], names[i]);
#pragma GCC diagnostic pop
			redact_text(r, text, out, sizeof(out));
			print_message("%s -> %s\n", text, out);
			assert_null(strstr(out, "customer"));
			assert_null(strstr(out, "10.11.12"));
		}
	redact_free(r);
}

/* The same for the same, another for another. */
static void test_same(void **state)
{
	static const char *const names[] = { "web", "web-", "db" };
	struct redact *r = redact_of(names, 3, "shop");
	char a[128], b[128];

	(void)state;
	assert_string_equal(redact_text(r, "web", a, sizeof(a)), redact_text(r, "web", b, sizeof(b)));
	assert_string_not_equal(a, redact_text(r, "web-", b, sizeof(b)));
	redact_text(r, "172.18.0.2", a, sizeof(a));
	assert_string_not_equal(a, redact_text(r, "172.18.0.3", b, sizeof(b)));
	assert_string_equal(a, redact_text(r, "172.18.0.2", b, sizeof(b)));
	redact_free(r);
}

static void test_rules(void **state)
{
	static const struct {
		const char *text, *leak;
	} rows[] = {
		{ "-A X -s 172.18.0.2/32 -j DROP", "172.18" },
		{ "-A X -j DNAT --to-destination 172.18.0.2:80", "172.18" },
		{ "-A X -m iprange --src-range 172.18.0.2-172.18.0.9 -j DROP", "172.18" },
		{ "ip saddr { 172.18.0.2, 172.18.0.3 } drop", "172.18" },
		{ "ip6 saddr fd00:7::/64 drop", "fd00:7" },
		{ "dnat to [fd00:7::2]:80", "fd00:7" },
		{ "ether saddr 72:a3:6e:80:21:04 drop", "72:a3" },
		{ "-i cust-br0 ! -o cust-br0 -j DROP", "cust" },
		{ "-m comment --comment \"for web\" -j DROP", "web" },
		{ "docker inspect 04e58aa001122", "4e58" },
		{ "-m comment --comment secret -j DROP", "secret" },
		{ "-m comment --comment sec/ret@web -j DROP", "ret" },
		{ "-m comment --comment \"a \\\"b\\\" secret\" -j DROP", "secret" },
		{ "-m comment --comment \"secret", "secret" },
		{ "tcp dport 80 drop comment \"secret", "secret" },
		{ "-m set --match-set secret src -j DROP", "secret" },
		{ "-m recent --set --name secret --rsource -j DROP", "secret" },
		{ "-m string --string secret --algo bm -j DROP", "secret" },
		{ "ip saddr @secret drop", "secret" },
	};
	static const char *const names[] = { "web" };
	struct redact *r = redact_of(names, 1, "shop");
	char out[512];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		redact_text(r, rows[i].text, out, sizeof(out));
		print_message("%s -> %s\n", rows[i].text, out);
		assert_null(strstr(out, rows[i].leak));
	}
	/* what is no name stays */
	assert_string_equal(redact_text(r, "@th,16,16 80 drop", out, sizeof(out)), "@th,16,16 80 drop");
	assert_string_equal(redact_text(r, "-m comment --comment secret -j DROP", out, sizeof(out)),
			    "-m comment --comment \"...\" -j DROP");
	assert_string_equal(redact_text(r, "-A DOCKER-USER -p tcp --dport 80 -j DROP", out, sizeof(out)),
			    "-A DOCKER-USER -p tcp --dport 80 -j DROP");
	redact_free(r);
}

/* A chain of the user's has a name of the user's, one that everybody has keeps its own; so does a network of the engine's. */
static void test_loss(void **state)
{
	struct redact *r = redact_of(NULL, 0, "host");
	struct rule rule = { .table = "filter", .chain = "CUSTOMER", .text = "-A CUSTOMER -j DROP" };
	struct loss loss = { .owner = OWNER_USER, .network = "host" }, out = { 0 };

	(void)state;
	loss_keep_rule(&loss, &rule);
	loss_say(&loss, LOSS_CAUSE, "A rule in chain CUSTOMER (table filter) of the host's");
	assert_int_equal(redact_loss(r, &loss, &out), 0);
	assert_string_equal(out.network, "host");
	assert_string_equal(out.texts[LOSS_TABLE], "filter");
	assert_string_equal(out.texts[LOSS_CHAIN], "chain-1");
	assert_string_equal(out.texts[LOSS_RULE], "-A chain-1 -j DROP");
	assert_string_equal(out.texts[LOSS_CAUSE], "A rule in chain chain-1 (table filter) of the host's");
	loss_clear(&out);
	loss_clear(&loss);
	redact_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_loss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
