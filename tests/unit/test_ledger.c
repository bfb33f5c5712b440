/* SPDX-License-Identifier: GPL-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/if_ether.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "core/ledger.h"
#include "core/loss.h"
#include "core/redact.h"

#define HOST_NETNS 100
#define WEB_NETNS  200
#define BRIDGE     5
#define PORT       10 /* of the container with the address 172.18.0.0 */
#define SECOND     1000000000ull
#define NOW        (1795630940 * SECOND)
#define KEPT       3072 /* bytes of a loss with what is usually said */

static void container_put(struct cast *cast, const char *name, const char *id, uint8_t last, uint32_t netns)
{
	static struct container c;

	c = (struct container){
		.running = true,
		.n_networks = 1,
		.networks[0] = { .network = "shop", .network_id = "4e58",
				 .port = PORT + last, .ip = { AF_INET, { 172, 18, 0, last } } },
	};
	assert_int_equal(cast_port(cast, PORT + last, BRIDGE, NOW), 0);
	text_copy(c.name, sizeof(c.name), name);
	text_copy(c.id, sizeof(c.id), id);
	assert_int_equal(cast_put(cast, &c, netns, netns), 0);
}

static struct dd_flow flow_of(uint8_t src, uint8_t dst, uint32_t netns, uint16_t port)
{
	return (struct dd_flow){
		.location = 0xffffffff81000000,
		.src = { 172, 18, 0, src },
		.dst = { 172, 18, 0, dst },
		.netns = netns,
		.ethertype = ETH_P_IP,
		.l4 = IPPROTO_TCP,
		.port = port,
	};
}

struct books {
	struct cast *cast;
	struct ledger *ledger;
};

static int setup(void **state)
{
	static struct books b;
	struct ledger_names names = { .host_netns = HOST_NETNS };
	const struct network net = { .name = "shop", .id = "4e58", .bridge = "br-0" };

	assert_int_equal(cast_new(&b.cast), 0);
	assert_int_equal(cast_put_network(b.cast, &net, BRIDGE), 0);
	container_put(b.cast, "web", "aaaa", 2, WEB_NETNS);
	container_put(b.cast, "db", "bbbb", 3, 300);
	names.cast = b.cast;
	assert_int_equal(ledger_new(&names, &b.ledger), 0);
	*state = &b;
	return 0;
}

static int teardown(void **state)
{
	struct books *b = *state;

	ledger_free(b->ledger);
	cast_free(b->cast);
	return 0;
}

/* Whether it touches a container, and under which names. */
static void test_names(void **state)
{
	const struct {
		struct dd_flow flow;
		enum loss_class class;
		const char *src, *dst, *netns, *network;
	} rows[] = {
		{ flow_of(2, 3, HOST_NETNS, 80), LOSS_SHOWN, "web", "db", "host", "shop" },
		{ flow_of(2, 9, WEB_NETNS, 80), LOSS_SHOWN, "web", "172.18.0.9", "web", "shop" },
		{ flow_of(9, 3, HOST_NETNS, 80), LOSS_SHOWN, "172.18.0.9", "db", "host", "shop" },
		{ flow_of(8, 9, HOST_NETNS, 80), LOSS_ELSEWHERE, "", "", "host", "" },
		/* the same addresses in somebody else's namespace are somebody else */
		{ flow_of(2, 3, 777, 80), LOSS_ELSEWHERE, "", "", "", "" },
	};
	struct books *b = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct loss *loss = ledger_find(b->ledger, &rows[i].flow);

		assert_non_null(loss);
		assert_int_equal(loss->class, rows[i].class);
		assert_string_equal(loss->src.name, rows[i].src);
		assert_string_equal(loss->dst.name, rows[i].dst);
		assert_string_equal(loss->netns, rows[i].netns);
		assert_string_equal(loss->network, rows[i].network);
	}
}

/* A port of the host's bridge tells who sent it, a device of another namespace does not. */
static void test_ports(void **state)
{
	struct dd_flow web = flow_of(2, 3, HOST_NETNS, 80), other = web, inside = web, again = web;
	struct books *b = *state;

	web.iif = PORT + 2;
	other.iif = PORT + 3;
	inside.netns = 300;
	inside.iif = PORT + 3;
	assert_string_equal(ledger_find(b->ledger, &web)->src.name, "web");
	assert_string_equal(ledger_find(b->ledger, &other)->src.name, "172.18.0.2");
	assert_string_equal(ledger_find(b->ledger, &inside)->src.name, "web");
	/* and makes no loss of its own */
	assert_ptr_equal(ledger_find(b->ledger, &again), ledger_find(b->ledger, &web));
	/* the same number, another namespace */
	inside.cookie = 301;
	assert_int_equal(ledger_find(b->ledger, &inside)->class, LOSS_ELSEWHERE);
}

/* One that is gone keeps its name; who gets its address afterwards is another. */
static void test_gone(void **state)
{
	const struct dd_flow flow = flow_of(2, 3, HOST_NETNS, 80);
	struct books *b = *state;

	cast_gone(b->cast, "aaaa", NOW);
	ledger_renamed(b->ledger);
	assert_string_equal(ledger_find(b->ledger, &flow)->src.name, "web");
	/* not the former one's, while it is not known whose it is */
	assert_int_equal(cast_port(b->cast, PORT + 2, 0, NOW), 0);
	assert_int_equal(cast_port(b->cast, PORT + 9, BRIDGE, NOW + 1), 0);
	ledger_renamed(b->ledger);
	assert_string_equal(ledger_find(b->ledger, &flow)->src.name, "172.18.0.2");
	container_put(b->cast, "other", "dddd", 9, 500);
	ledger_renamed(b->ledger);
	assert_string_equal(ledger_find(b->ledger, &flow)->src.name, "web");
	container_put(b->cast, "heir", "cccc", 2, 400);
	ledger_renamed(b->ledger);
	assert_string_equal(ledger_find(b->ledger, &flow)->src.name, "heir");
}

/* However many kinds there are: the list is bounded, and the sum is that of everything counted. */
static void test_sum(void **state)
{
	struct books *b = *state;
	struct loss_totals totals = { 0 };
	uint64_t counted = 0, sum = 0;

	for (uint32_t i = 0; i < 40000; i++) {
		struct dd_flow flow = flow_of(2, i % 250, i % 3 ? HOST_NETNS : WEB_NETNS, i);
		struct loss *loss;

		flow.location += i % 4001 * 16;
		loss = ledger_find(b->ledger, &flow);
		assert_non_null(loss);
		ledger_count(b->ledger, loss, i % 7 + 1, NOW + i * SECOND / 1000);
		counted += i % 7 + 1;
	}
	ledger_totals(b->ledger, &totals);
	for (int i = 0; i < N_LOSS_CLASSES; i++)
		sum += totals.by_class[i];
	assert_int_equal(sum, counted);
	assert_true(totals.folded > 0);
	assert_non_null(ledger_at(b->ledger, LEDGER_MAX - 1));
	assert_null(ledger_at(b->ledger, LEDGER_MAX));
}

/* Seconds without a drop are zeros of the history, not what was there a minute ago. */
static void test_history(void **state)
{
	const struct dd_flow flow = flow_of(2, 3, HOST_NETNS, 80);
	struct books *b = *state;
	struct loss *loss = ledger_find(b->ledger, &flow);
	uint64_t s = NOW / SECOND;

	ledger_count(b->ledger, loss, 5, NOW);
	ledger_count(b->ledger, loss, 2, NOW + 3 * SECOND);
	assert_int_equal(loss->history[s % HISTORY_LEN], 5);
	assert_int_equal(loss->history[(s + 1) % HISTORY_LEN], 0);
	assert_int_equal(loss->history[(s + 3) % HISTORY_LEN], 2);
	ledger_count(b->ledger, loss, 1, NOW + 1000 * SECOND);
	for (uint64_t i = 941; i < 1000; i++)
		assert_int_equal(loss->history[(s + i) % HISTORY_LEN], 0);
	assert_int_equal(loss->total, 8);
}

/* Where there are too many kinds new ones are put together, but nobody is told twice. */
static void test_crowd(void **state)
{
	const struct dd_flow one = flow_of(2, 3, HOST_NETNS, 1);
	struct books *b = *state;
	struct loss *first = ledger_find(b->ledger, &one), *loss;

	for (uint32_t i = 1; i <= LEDGER_MAX; i++) {
		const struct dd_flow flow = flow_of(2, 3, HOST_NETNS, i);

		loss = ledger_find(b->ledger, &flow);
		ledger_count(b->ledger, loss, 1, NOW);
		ledger_renamed(b->ledger);
		assert_ptr_equal(ledger_find(b->ledger, &flow), loss);
	}
	assert_int_equal(loss->port, 0);
	assert_int_equal(loss->total, LEDGER_MAX / 4);
	assert_ptr_equal(ledger_find(b->ledger, &one), first);
}

static size_t bytes_of(const struct loss *loss)
{
	size_t n = malloc_usable_size((void *)loss);

	for (int i = 0; i < N_LOSS_TEXTS; i++)
		n += malloc_usable_size(loss->texts[i]);
	return n;
}

/* As many kinds as there can be, each explained: what they take is what is said of them. */
static void test_kept(void **state)
{
	static const struct cause cause = {
		"nf-rule-drop", CONFIDENCE_LIKELY, "A rule in chain DOCKER-USER (table filter) drops the datagram.",
		{ "iptables -D DOCKER-USER 1", "iptables -L DOCKER-USER" }, 2,
	};
	static const struct rule rule = {
		.backend = BACKEND_IPTABLES_NFT, .table = "filter", .chain = "DOCKER-USER", .index = 1,
		.text = "-A DOCKER-USER -p udp -m udp --dport 9000:9999 -j DROP",
	};
	struct books *b = *state;
	struct loss *loss;
	char stack[450];
	size_t bytes = 0;

	memset(stack, 'x', sizeof(stack) - 1);
	stack[sizeof(stack) - 1] = '\0';
	for (uint32_t i = 0; i < 2 * LEDGER_MAX; i++) {
		struct dd_flow flow = flow_of(2, 3, HOST_NETNS, i);

		flow.location += i * 16;
		loss = ledger_find(b->ledger, &flow);
		loss_keep_cause(loss, &cause);
		loss_keep_rule(loss, &rule);
		loss_say(loss, LOSS_STACK, stack);
	}
	for (size_t i = 0; i < LEDGER_MAX; i++)
		bytes += bytes_of(ledger_at(b->ledger, i));
	print_message("%zu bytes for each of %d\n", bytes / LEDGER_MAX, LEDGER_MAX);
	assert_in_range(bytes, LEDGER_MAX, LEDGER_MAX * KEPT);
}

/* Whatever is said, it is kept as it was said; what is said anew takes its place. */
static void test_said(void **state)
{
	struct loss loss __cleanup(loss_clear) = { 0 };
	struct rule *rule __free = calloc(1, sizeof(*rule)), *back __free = calloc(1, sizeof(*back));
	struct cause cause = { "nf-rule-drop", CONFIDENCE_EXACT, "of two rules", { "do", "or do" }, 2 };

	(void)state;
	assert_true(rule && back);
	*rule = (struct rule){ .backend = BACKEND_NFTABLES, .family = 2, .table = "shop", .handle = 27,
			       .index = 3, .policy = true, .ambiguous = true, .counted = true };
	memset(rule->text, 'r', sizeof(rule->text) - 1);
	loss_keep_rule(&loss, rule);
	loss_keep_cause(&loss, &cause);
	loss_rule(&loss, back);
	assert_true(loss.rule.known);
	assert_memory_equal(back, rule, sizeof(*rule));
	assert_string_equal(loss.texts[LOSS_REMEDY + 1], "or do");
	cause = (struct cause){ "nf-rule-drop", CONFIDENCE_EXACT, "of one rule", { "do" }, 1 };
	loss_keep_cause(&loss, &cause);
	assert_string_equal(loss.texts[LOSS_CAUSE], "of one rule");
	assert_null(loss.texts[LOSS_REMEDY + 1]);
}

/* The same for the same, and nothing of the old. */
static void test_redact(void **state)
{
	static const struct {
		const char *text, *expected;
	} rows[] = {
		{ "web cannot reach db.", "container-1 cannot reach container-2." },
		{ "-A FORWARD -s 172.18.0.2/32 -j DROP", "-A FORWARD -s 10.0.0.1/32 -j DROP" },
		{ "172.18.0.2, 172.18.0.3: 172.18.0.2", "10.0.0.1, 10.0.0.2: 10.0.0.1" },
		{ "127.0.0.1 0.0.0.0 webs", "127.0.0.1 0.0.0.0 webs" },
		{ "--comment \"of Bob's\" -p tcp", "--comment \"...\" -p tcp" },
		{ "on shop", "on network-1" },
	};
	struct books *b = *state;
	struct redact *r = NULL;
	char out[256];

	assert_int_equal(redact_new(&r), 0);
	redact_learn(r, b->cast);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(redact_text(r, rows[i].text, out, sizeof(out)), rows[i].expected);
	redact_free(r);
}

/* Addresses are replaced, the checksum is right, payload is gone. */
static void test_redact_frame(void **state)
{
	uint8_t frame[] = { 2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 8, 8, 0,
			    0x45, 0, 0, 34, 0, 0, 0, 0, 64, 17, 0, 0, 172, 18, 0, 2, 172, 18, 0, 3,
			    1, 2, 0, 53, 0, 14, 0, 0, 's', 'e', 'c', 'r', 'e', 't' };
	static const uint8_t cleared[6], src[4] = { 10, 0, 0, 1 }, dst[4] = { 10, 0, 0, 2 };
	struct redact *r = NULL;
	uint32_t sum = 0;

	(void)state;
	assert_int_equal(redact_new(&r), 0);
	redact_frame(r, frame, sizeof(frame));
	redact_free(r);
	assert_memory_equal(frame + 26, src, 4);
	assert_memory_equal(frame + 30, dst, 4);
	assert_memory_equal(frame + 42, cleared, 6);
	assert_int_equal(frame[37], 53);
	for (int i = 14; i < 34; i += 2)
		sum += frame[i] << 8 | frame[i + 1];
	assert_int_equal((sum & 0xffff) + (sum >> 16), 0xffff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ports, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sum, setup, teardown),
		cmocka_unit_test_setup_teardown(test_history, setup, teardown),
		cmocka_unit_test_setup_teardown(test_crowd, setup, teardown),
		cmocka_unit_test_setup_teardown(test_kept, setup, teardown),
		cmocka_unit_test(test_said),
		cmocka_unit_test_setup_teardown(test_redact, setup, teardown),
		cmocka_unit_test(test_redact_frame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
