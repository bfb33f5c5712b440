/* SPDX-License-Identifier: GPL-2.0 */
/* Rules as their own tools print them: the text is anybody's, comments above all. */
#include "fuzz.h"
#include "base/iptables.h"
#include "base/strbuf.h"
#include "core/rules.h"
#include "core/undo.h"
#include "source/legacy.h"
#include "source/ruleset.h"

static const uint8_t src[16] = { 172, 18, 0, 2 }, dst[16] = { 172, 18, 0, 3 };
static const struct iptables_packet packet = { AF_INET, IPPROTO_TCP, src, dst, 40000, 80 };

static void judge(const struct rule *rule)
{
	static const struct scene scene = { .shared = true };
	struct strbuf undo __cleanup(strbuf_free) = { 0 };

	iptables_may_match(rule->text, &packet);
	rules_owner(rule, &scene);
	rules_purpose(rule, &scene);
	rules_is_reject(rule);
	undo_rule(rule, &undo);
}

static void legacy(const char *text)
{
	struct legacy *l __cleanup(cleanup_legacy) = NULL;
	const struct hit hit = { .legacy = true, .table = "filter", .chain = "FORWARD", .index = 1 };
	static struct rule rule;

	if (legacy_parse(text, AF_INET, &l))
		return;
	if (!legacy_rule_at(l, &hit, &rule))
		judge(&rule);
	if (!legacy_moved(l, l, 2, "", NULL, &rule))
		abort(); /* nothing moves between a snapshot and itself */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text __free = fuzz_text(data, len);
	static struct rule rule;

	rule = (struct rule){ .table = "filter", .chain = "DOCKER-USER" };
	if (!ruleset_parse_save(text, 1, 1, &rule))
		judge(&rule);
	rule = (struct rule){ .family = 2, .table = "filter", .chain = "DOCKER-USER", .handle = 27 };
	if (!ruleset_parse_nft(text, &rule))
		judge(&rule);
	legacy(text);
	text_copy(rule.text, sizeof(rule.text), text);
	judge(&rule);
	return 0;
}
