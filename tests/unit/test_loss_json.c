/* SPDX-License-Identifier: GPL-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <netinet/in.h>

#include <linux/netfilter.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "core/loss.h"
#include "view/loss_parse.h"
#include "view_story.h"

#define NOW_NS 1795641599545140929ull

static char cause[] = "A rule drops it.", remedy[] = "iptables -D DOCKER-USER 1", table[] = "filter",
	    chain[] = "DOCKER-USER", rule[] = "-A DOCKER-USER -m comment --comment \"\x1b[1m\" -j DROP",
	    stack[] = "nft_do_chain < nf_hook_slow";

static const struct loss losses[] = {
	{
		.n = 3, .src = { ENDPOINT_CONTAINER, "web", "4e58", { AF_INET, { 172, 18, 0, 2 } } },
		.dst = { ENDPOINT_ADDRESS, "10.0.0.1", "", { AF_INET, { 10, 0, 0, 1 } } },
		.network = "shop_default", .netns = "host", .device = "br-1e48aa6d3ad5",
		.where = { "nft_do_chain", "nf_tables", 1000 }, .location = 18446744071594989496ull,
		.reason = "NETFILTER_DROP", .layer = LAYER_NETFILTER, .ethertype = 0x800,
		.l4 = IPPROTO_UDP, .port = 9999, .length = 33, .explained = true,
		.cause = { "nf-rule-drop", CONFIDENCE_LIKELY },
		.texts = { [LOSS_CAUSE] = cause, [LOSS_REMEDY] = remedy, [LOSS_TABLE] = table,
			   [LOSS_CHAIN] = chain, [LOSS_RULE] = rule, [LOSS_STACK] = stack },
		.in_netfilter = true, .hook_known = true, .hook_pf = NFPROTO_IPV4,
		.hook_num = NF_INET_FORWARD, .owner = OWNER_USER,
		.rule = { .known = true, .backend = BACKEND_IPTABLES_NFT, .family = NFPROTO_IPV4,
			  .handle = UINT64_MAX, .index = 1, .counted = true },
		.total = 1510, .sampled = 192, .first_ns = NOW_NS, .last_ns = NOW_NS + 1,
	},
	{ .n = 4, .class = LOSS_NOISE, .noise = "multicast that nobody listens to", .port_of_src = true },
};
static const struct loss *const kinds[] = { &losses[0], &losses[1] };
static const struct loss_totals totals = { .by_class = { 1510, 1, 2, 3 }, .other = 4, .missed = 5,
					   .filtered = 6, .local = 7, .unsampled = 8, .malformed = 9,
					   .folded = 10 };

static void add(struct strbuf *sb, char *line)
{
	assert_non_null(line);
	strbuf_addf(sb, "%s\n", line);
	free(line);
}

/* Every kind of line, to the byte. */
static void test_lines(void **state)
{
	static const struct scene scene = { .tool_version = "0.1.0", .kernel = "6.18.5", .arch = "x86_64",
					    .engine = { .name = "Docker Engine", .version = "28.5.2" } };
	static const uint64_t timeline[] = { 0, 1510 };
	const struct loss_event event = { NOW_NS, 2, { .sport = 53011, .dport = 9999, .ttl = 64, .len = 33 } };
	struct strbuf got __cleanup(strbuf_free) = { 0 };
	struct loss_tick tick = { .time_ns = NOW_NS, .totals = totals, .n = 2 };
	const struct loss_document document = { .scene = &scene, .from_ns = NOW_NS,
						.to_ns = NOW_NS + 1500000000, .totals = &totals,
						.kinds = kinds, .n = 2, .timeline = timeline,
						.seconds = 2, .damage = "it is cut short" };
	char *expected __free = NULL;

	(void)state;
	tick.counts = calloc(2, sizeof(*tick.counts));
	assert_non_null(tick.counts);
	tick.counts[0].loss = 3;
	tick.counts[0].count = 1510;
	add(&got, loss_json_head(&scene, NOW_NS, true));
	add(&got, loss_json_kind(&losses[0]));
	add(&got, loss_json_kind(&losses[1]));
	add(&got, loss_json_event(&losses[0], &event));
	add(&got, loss_json_note(0, "the engine is \"back\""));
	add(&got, loss_json_rules("host", "nft", "table ip filter {\n}\n"));
	add(&got, loss_json_tick(&tick));
	add(&got, loss_json_summary(&totals, NOW_NS, NOW_NS + 2000000000, kinds, 2));
	add(&got, loss_json_document(&document));
	loss_tick_clear(&tick);
	expected = story_expected("losses", "jsonl", strbuf_str(&got));
	assert_string_equal(strbuf_str(&got), expected);
}

/* But for digits that a double does not hold: the parser has no other numbers. */
static void test_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct loss back __cleanup(loss_clear) = { 0 }, loss = losses[i];
		char *line __free = NULL, *again __free = NULL;

		loss.rule.handle = 27;
		loss.location &= ~0xfffull;
		loss.first_ns = loss.last_ns &= ~0xfffull;
		line = loss_json_kind(&loss);

		assert_int_equal(loss_parse_kind(line, &back), 0);
		again = loss_json_kind(&back);
		assert_string_equal(line, again);
	}
}

static void test_not_believed(void **state)
{
	static const char *const lines[] = {
		"", "{", "[]", "{\"type\":\"drop\",\"kind\":1}", "{\"type\":\"kind\"}",
		"{\"type\":\"kind\",\"kind\":0}", "{\"type\":\"kind\",\"kind\":\"1\"}",
		"{\"type\":\"kind\",\"kind\":4294967296}", "{\"type\":\"kind\",\"kind\":-1}",
		"{\"type\":\"kind\",\"kind\":1} x",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct loss back __cleanup(loss_clear) = { 0 };

		if (loss_parse_kind(lines[i], &back) != -EPROTO)
			fail_msg("believed: %s", lines[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines), cmocka_unit_test(test_back),
		cmocka_unit_test(test_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
