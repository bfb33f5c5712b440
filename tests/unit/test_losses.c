/* SPDX-License-Identifier: GPL-2.0 */
/* What watch and report print: each explanation says how sure it is, and the sum adds up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if_ether.h>
#include <linux/netfilter.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "core/loss.h"
#include "view/losses.h"
#include "view/recording.h"

#define WIDTH 100

static const struct rule rule = {
	.backend = BACKEND_NFTABLES, .family = NFPROTO_BRIDGE, .table = "t", .chain = "c",
	.handle = 3, .index = 1, .text = "ip saddr 172.18.0.2 drop",
};
static const struct rule policy = {
	.backend = BACKEND_NFTABLES, .family = NFPROTO_IPV4, .table = "t", .chain = "c", .policy = true,
};

#define LOSS(id, sure, ...)                                                                        \
	{ .src = { ENDPOINT_CONTAINER, "web" }, .dst = { ENDPOINT_CONTAINER, "db" },               \
	  .netns = "host", .where = { .function = "f" }, .ethertype = ETH_P_IP, .l4 = IPPROTO_UDP, \
	  .cause = { id, sure }, __VA_ARGS__ }

static void test_explain(void **state)
{
	static const struct {
		struct loss loss;
		const struct rule *rule;
		const char *expected;
	} rows[] = {
		{ LOSS("nf-rule-drop", CONFIDENCE_LIKELY), &rule,
		  "  because  It did it.\n"
		  "  rule     ip saddr 172.18.0.2 drop\n"
		  "           table bridge t, chain c, rule 1, handle 3, nftables\n"
		  "  note     the cause is likely, but not certain\n" },
		{ LOSS("nf-policy-drop", CONFIDENCE_EXACT), &policy,
		  "  because  It did it.\n"
		  "  rule     none matched, so the chain's policy\n"
		  "           table ip t, chain c, nftables\n" },
		{ LOSS("unknown", CONFIDENCE_POSSIBLE), NULL,
		  "  because  It did it.\n"
		  "  stack    inner < outer\n" },
		{ LOSS("unknown", CONFIDENCE_POSSIBLE, .class = LOSS_NOISE, .noise = "a copy"), NULL,
		  "  because  a copy\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct loss loss __cleanup(loss_clear) = rows[i].loss;
		char *text = NULL;
		size_t len;
		FILE *out = open_memstream(&text, &len);

		loss_say(&loss, LOSS_CAUSE, "It did it.");
		loss_say(&loss, LOSS_STACK, "inner < outer");
		if (rows[i].rule)
			loss_keep_rule(&loss, rows[i].rule);
		losses_explain(out, &loss, WIDTH);
		fclose(out);
		assert_string_equal(text, rows[i].expected);
		free(text);
	}
}

/* What is in the list is not told as hidden, and --all is offered where it would help. */
static void test_sum(void **state)
{
	static const struct loss shown = LOSS("x", CONFIDENCE_EXACT, .total = 5),
				 noise = LOSS("", CONFIDENCE_EXACT, .class = LOSS_NOISE, .total = 2);
	static const struct loss *const kinds[] = { &shown, &noise };
	static const struct loss_totals totals = { .by_class = { [LOSS_SHOWN] = 5, [LOSS_NOISE] = 3 } };
	static const struct {
		struct losses_sum sum;
		const char *first, *last;
	} rows[] = {
		{ { .n = 1, .live = true }, "\n5 drops that touch a container, of 1 kind, in 0.0 s\n",
		  "         3 as healthy networks have them; --all lists them\n" },
		{ { .n = 1 }, "\n5 drops that touch a container, of 1 kind, in 0.0 s\n",
		  "         3 as healthy networks have them\n" },
		{ { .n = 2, .live = true, .all = true },
		  "\n7 drops that touch a container or not, of 2 kinds, in 0.0 s\n",
		  "         1 as healthy networks have them\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct losses_sum sum = rows[i].sum;
		char *text = NULL;
		size_t len;
		FILE *out = open_memstream(&text, &len);

		sum.totals = &totals;
		sum.kinds = kinds;
		losses_summary(out, &sum, &(struct text_style){ .width = WIDTH });
		fclose(out);
		assert_memory_equal(text, rows[i].first, strlen(rows[i].first));
		assert_string_equal(text + len - strlen(rows[i].last), rows[i].last);
		free(text);
	}
}

/* A file whose clock goes backwards, and what was told in it. */
static void test_backwards(void **state)
{
	static const char *const lines[] = {
		"{\"type\":\"head\",\"schema\":1,\"time_ns\":5000000000}",
		"{\"type\":\"tick\",\"time_ns\":5000000000,\"counts\":[]}",
		"{\"type\":\"note\",\"time\":\"2026\",\"text\":\"the engine is back\"}",
		"{\"type\":\"tick\",\"time_ns\":7000000000,\"counts\":[]}",
		"{\"type\":\"tick\",\"time_ns\":1000000000,\"counts\":[]}",
	};
	struct recording r __cleanup(recording_free) = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_int_equal(recording_line(&r, lines[i]), 0);
	assert_int_equal(r.malformed, 0);
	assert_int_equal(r.to_ns - r.from_ns, 2000000000);
	assert_int_equal(r.n_notes, 1);
	assert_string_equal(r.notes[0].text, "the engine is back");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_explain),
		cmocka_unit_test(test_sum),
		cmocka_unit_test(test_backwards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
