/* SPDX-License-Identifier: GPL-2.0 */
#include "core/decode.h"

#include <errno.h>

#include "core_scene.h"

static struct dd_event good(void)
{
	return (struct dd_event){ .version = DD_EVENT_VERSION, .kind = DD_EV_DROP, .dev = "eth0" };
}

static void test_takes_a_good_event(void **state)
{
	struct dd_event ev = good(), out;

	(void)state;
	assert_int_equal(decode_event(&ev, sizeof(ev), &out), 0);
	assert_memory_equal(&ev, &out, sizeof(ev));
}

static void spoil_version(struct dd_event *ev) { ev->version++; }
static void spoil_kind_low(struct dd_event *ev) { ev->kind = 0; }
static void spoil_kind_high(struct dd_event *ev) { ev->kind = DD_EV_KIND_MAX; }
static void spoil_stack(struct dd_event *ev) { ev->stack_n = DD_STACK_MAX + 1; }
static void spoil_stage(struct dd_event *ev) { ev->hook_stage = DD_STAGE_MAX; }
static void spoil_name(struct dd_event *ev) { memset(ev->dev, 'x', sizeof(ev->dev)); }
static void spoil_function(struct dd_event *ev) { ev->function = DD_FN_MAX; }
static void spoil_chain(struct dd_event *ev) { ev->kind = DD_EV_CHAIN; }
static void spoil_probe(struct dd_event *ev) { ev->pkt.probe = DD_PROBES_MAX + 1; }

static void test_refuses_what_the_kernel_side_never_writes(void **state)
{
	static void (*const spoils[])(struct dd_event *) = {
		spoil_version, spoil_kind_low, spoil_kind_high, spoil_stack,
		spoil_stage,   spoil_name,     spoil_probe,	spoil_function, spoil_chain,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(spoils) / sizeof(spoils[0]); i++) {
		struct dd_event ev = good(), out, before;

		memset(&out, 0x5a, sizeof(out));
		before = out;
		spoils[i](&ev);
		assert_int_equal(decode_event(&ev, sizeof(ev), &out), -EBADMSG);
		assert_memory_equal(&out, &before, sizeof(out));
	}
}

static void test_refuses_every_other_length(void **state)
{
	uint8_t data[2 * sizeof(struct dd_event)] = { 0 };
	struct dd_event ev = good(), out;

	(void)state;
	memcpy(data, &ev, sizeof(ev));
	for (size_t len = 0; len <= sizeof(data); len++)
		if (len != sizeof(ev))
			assert_int_equal(decode_event(data, len, &out), -EBADMSG);
}

static struct dd_chain_event good_chain(void)
{
	struct dd_chain_event chain = { .ev = good(), .decider = DD_BY_RULE, .table = "filter",
					.chain = "FORWARD" };

	chain.ev.kind = DD_EV_CHAIN;
	return chain;
}

static void spoil_decider_low(struct dd_chain_event *chain) { chain->decider = 0; }
static void spoil_decider_high(struct dd_chain_event *chain) { chain->decider = DD_BY_UNKNOWN + 1; }
static void spoil_verdict(struct dd_chain_event *chain) { chain->verdict = -1; }
static void spoil_table(struct dd_chain_event *chain) { memset(chain->table, 'x', DD_NFT_NAME_LEN); }
static void spoil_chain_name(struct dd_chain_event *chain)
{
	memset(chain->chain, 'x', DD_NFT_NAME_LEN);
}
static void spoil_kind(struct dd_chain_event *chain) { chain->ev.kind = DD_EV_DROP; }

static void test_chain(void **state)
{
	static void (*const spoils[])(struct dd_chain_event *) = {
		spoil_decider_low, spoil_decider_high, spoil_verdict,
		spoil_table,	   spoil_chain_name,   spoil_kind,
	};
	struct dd_chain_event chain = good_chain(), out;

	(void)state;
	assert_int_equal(decode_chain(&chain, sizeof(chain), &out), 0);
	assert_memory_equal(&chain, &out, sizeof(chain));
	assert_int_equal(decode_chain(&chain, sizeof(chain) - 1, &out), -EBADMSG);
	assert_int_equal(decode_chain(&chain, sizeof(chain.ev), &out), -EBADMSG);
	for (size_t i = 0; i < sizeof(spoils) / sizeof(spoils[0]); i++) {
		chain = good_chain();
		spoils[i](&chain);
		assert_int_equal(decode_chain(&chain, sizeof(chain), &out), -EBADMSG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_takes_a_good_event),
		cmocka_unit_test(test_refuses_what_the_kernel_side_never_writes),
		cmocka_unit_test(test_refuses_every_other_length),
		cmocka_unit_test(test_chain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
