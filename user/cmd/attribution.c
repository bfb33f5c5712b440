/* SPDX-License-Identifier: GPL-2.0 */
#include "cmd/attribution.h"

#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "core/decode.h"
#include "source/probe.h"
#include "source/scratch.h"

#define TEST_MS 1000 /* an emulated CPU takes its time; a real one needs less than one of them */
#define NS_PER_MS 1000000ull

/* What a test has seen. */
struct test {
	const struct scratch *scratch;
	bool by_rule, by_policy, by_legacy, wrong;
};

static void on_event(void *ctx, const void *data, size_t len)
{
	struct dd_chain_event chain;
	struct test *t = ctx;

	if (decode_chain(data, len, &chain) || !(chain.ev.pkt.flags & DD_PKT_TEST) ||
	    chain.verdict != 0)
		return;
	switch (scratch_judge(t->scratch, &chain)) {
	case SCRATCH_BY_RULE:
		t->by_rule = true;
		break;
	case SCRATCH_BY_POLICY:
		t->by_policy = true;
		break;
	case SCRATCH_BY_LEGACY:
		t->by_legacy = true;
		break;
	default:
		t->wrong = true;
	}
}

static void nothing(void *ctx, const void *data, size_t len)
{
	(void)ctx;
	(void)data;
	(void)len;
}

static bool has_passed(const struct test *t, enum scheme scheme)
{
	return scheme == SCHEME_COUNTERS ? t->by_legacy : t->by_rule && t->by_policy;
}

static bool tells_the_truth(struct probe *p, struct scratch *scratch, enum scheme scheme)
{
	uint64_t deadline = clock_now_ns() + TEST_MS * NS_PER_MS;
	struct test test = { .scratch = scratch };

	probe_redirect(p, on_event, &test);
	if (scratch_send(scratch))
		return false;
	do {
		struct pollfd pfd = { .fd = probe_fd(p), .events = POLLIN };

		probe_drain(p);
		if (test.wrong || has_passed(&test, scheme))
			break;
		poll(&pfd, 1, 10);
	} while (clock_now_ns() < deadline);
	probe_redirect(p, nothing, NULL);
	return has_passed(&test, scheme) && !test.wrong;
}

bool attribution_works(struct probe *p, struct scratch *scratch, enum scheme scheme)
{
	int err = probe_arm(p, scheme);

	if (!err && scheme == SCHEME_TRACE)
		err = scratch_trace(scratch);
	if (!err && tells_the_truth(p, scratch, scheme))
		return true;
	log_debug("naming rules, scheme %d: %s", scheme, err ? strerror(-err) : "does not tell the truth");
	probe_disarm(p, scheme);
	return false;
}

enum scheme attribution_choose(struct probe *p, struct scratch *scratch, enum scheme wanted)
{
	bool prepared = false;

	for (enum scheme scheme = SCHEME_EXPRESSION; scheme < SCHEME_NFTRACE; scheme++) {
		if ((wanted && wanted != scheme) || !probe_can(p, scheme))
			continue;
		/* only now, since this is what would load nf_tables */
		if (!prepared && scratch_rules(scratch))
			return SCHEME_NONE;
		prepared = true;
		if (attribution_works(p, scratch, scheme))
			return scheme;
	}
	return SCHEME_NONE;
}

bool attribution_counters(struct probe *p, struct scratch *scratch, int version)
{
	return probe_can(p, SCHEME_COUNTERS) && !scratch_legacy(scratch, version) &&
	       attribution_works(p, scratch, SCHEME_COUNTERS);
}
