/* SPDX-License-Identifier: GPL-2.0 */
#include "source/ruleset.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "source/run.h"

#include "netlab.h"

#define BRIDGE "br-4167487351c8"
#define IN_CHAIN "filter-forward-in__" BRIDGE

/* A file of tests/data/rules; tests run in the project's top directory. */
static char *read_data(const char *name)
{
	char *text = NULL, path[256];
	FILE *f __fclose = NULL;
	size_t size = 0;

	snprintf(path, sizeof(path), "tests/data/rules/%s.txt", name);
	f = fopen(path, "r");
	if (!f || getdelim(&text, &size, '\0', f) < 0)
		fail_msg("cannot read %s", path);
	return text;
}

static void check(int expected_err, const char *expected_text, int err, const struct rule *rule)
{
	assert_int_equal(err, expected_err);
	assert_string_equal(rule->text, expected_text);
}

static void test_parse_save(void **state)
{
	static const struct {
		const char *file, *chain;
		enum backend backend;
		int index, n; /* index 0: the policy */
		int err;
		const char *text;
		bool policy;
	} rows[] = {
		{ "iptables-nft-filter", "FORWARD", BACKEND_IPTABLES_NFT, 2, 2, 0,
		  "-A FORWARD -j DOCKER-FORWARD", false },
		{ "iptables-nft-filter", "FORWARD", BACKEND_IPTABLES_NFT, 0, 0, 0,
		  "-P FORWARD DROP", true },
		{ "iptables-nft-filter", "DOCKER", BACKEND_IPTABLES_NFT, 1, 2, 0,
		  "-A DOCKER ! -i " BRIDGE " -o " BRIDGE " -j DROP", false },
		{ "iptables-nft-filter", "DOCKER-USER", BACKEND_IPTABLES_NFT, 3, 3, 0,
		  "-A DOCKER-USER -p icmp -j DROP", false },
		{ "iptables-nft-filter", "DOCKER-USER", BACKEND_IPTABLES_NFT, 1, 3, 0,
		  "-A DOCKER-USER -s 192.0.2.0/24 -m comment --comment \"not the \\\"lab\\\"\n"
		  "-A DOCKER-USER -j DROP\" -j RETURN",
		  false },
		{ "iptables-nft-filter", "DOCKER-USER", BACKEND_IPTABLES_NFT, 3, 4, -ENOENT, "",
		  false },
		{ "iptables-nft-filter", "DOCKER-USER", BACKEND_IPTABLES_NFT, 0, 0, -ENOENT, "",
		  true },
		{ "iptables-nft-filter", "DOCK", BACKEND_IPTABLES_NFT, 1, 1, -ENOENT, "", false },
		{ "ebtables-filter", "guard", BACKEND_EBTABLES, 2, 3, 0,
		  "-A guard -p IPv4 --ip-src 172.19.0.2 -j ACCEPT", false },
		{ "ebtables-filter", "guard", BACKEND_EBTABLES, 3, 3, 0, "-P guard DROP", true },
		{ "ebtables-filter", "FORWARD", BACKEND_EBTABLES, 2, 2, 0,
		  "-A FORWARD -p IPv6 -j DROP", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text __free = read_data(rows[i].file);
		struct rule rule = { .backend = rows[i].backend, .policy = !rows[i].index };
		int err;

		text_copy(rule.chain, sizeof(rule.chain), rows[i].chain);
		err = ruleset_parse_save(text, rows[i].index, rows[i].n, &rule);
		check(rows[i].err, rows[i].text, err, &rule);
		assert_int_equal(rule.policy, rows[i].policy);
	}
}

static void test_parse_nft(void **state)
{
	static const struct {
		const char *file;
		uint64_t handle; /* 0: the policy */
		int err;
		const char *text;
	} rows[] = {
		{ "nft-rules", 4, 0, "ct state established,related counter accept" },
		{ "nft-rules", 6, 0,
		  "counter drop comment \"UNPUBLISHED # handle 99 PORT DROP\"" },
		{ "nft-rules", 9, 0,
		  "ip daddr { 172.19.0.2, 172.19.0.3 } tcp dport { 80, 443 } counter drop" },
		{ "nft-rules", 1, -ENOENT, "" },
		{ "nft-rules", 99, -ENOENT, "" },
		{ "nft-rules", 0, -ENOENT, "" },
		{ "nft-policy", 11, 0, "oifname vmap { \"" BRIDGE "\" : jump " IN_CHAIN " }" },
		{ "nft-policy", 0, 0, "type filter hook forward priority filter; policy drop;" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text __free = read_data(rows[i].file);
		struct rule rule = { .handle = rows[i].handle, .policy = !rows[i].handle };

		check(rows[i].err, rows[i].text, ruleset_parse_nft(text, &rule), &rule);
	}
}

/* Everything that looking could have changed. */
static char *state_of(int netns)
{
	const char *argv[] = { "sh", "-c", "nft -a list ruleset; cat /proc/net/ip_tables_names",
			       NULL };
	struct strbuf sb = { 0 };

	assert_int_equal(run_capture(netns, argv, &sb), 0);
	return sb.text ? sb.text : strdup("");
}

#define NFT_DOCKER "nft 'add table ip docker-bridges; add chain ip docker-bridges filter-FORWARD'"

static void test_backend(void **state)
{
	static const struct {
		const char *script, *backend;
	} rows[] = {
		{ "true", "" },
		{ "iptables-legacy -nL; nft add table inet t", "" },
		{ "iptables-nft -N DOCKER", "iptables-nft" },
		{ "iptables-legacy -N DOCKER", "iptables-legacy" },
		{ NFT_DOCKER, "nftables" },
		{ "iptables-nft -N DOCKER-USER; iptables-nft -A FORWARD -j DROP\n" NFT_DOCKER,
		  "nftables" },
		{ "iptables-nft -A INPUT -j ACCEPT; iptables-legacy -N DOCKER", "iptables-legacy" },
		{ "iptables-legacy -A INPUT -j ACCEPT; iptables-nft -N DOCKER", "iptables-nft" },
		{ "iptables-nft -A INPUT -j ACCEPT", "iptables-nft" },
		{ "iptables-legacy -A INPUT -j ACCEPT; nft add table inet t", "iptables-legacy" },
		{ "nft 'add table inet t; add chain inet t c; add rule inet t c drop'",
		  "nftables" },
		{ "nft 'add table ip filter; add chain ip filter c; add rule ip filter c drop'",
		  "nftables" },
		{ "nft 'add table ip " RULESET_OWN "1; add chain ip " RULESET_OWN "1 c\n"
		  "add rule ip " RULESET_OWN "1 c accept'",
		  "" },
	};

	(void)state;
	netlab_or_skip();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int netns __close = netlab_new();
		char *before __free = NULL, *after __free = NULL;
		char backend[SHORT_LEN] = "?";

		netlab_run(netns, "(%s) >/dev/null", rows[i].script);
		before = state_of(netns);
		assert_int_equal(ruleset_backend(netns, backend, sizeof(backend)), 0);
		after = state_of(netns);
		assert_string_equal(backend, rows[i].backend);
		assert_string_equal(before, after);
	}
}

static void check_unknown(int netns, const struct hit *hit)
{
	struct rule rule;

	check(0, "", ruleset_rule(netns, hit, &rule), &rule);
	assert_string_equal(rule.table, hit->table);
	assert_string_equal(rule.chain, hit->chain);
	assert_int_equal(rule.family, hit->family);
	assert_true(rule.handle == hit->handle);
	assert_int_equal(rule.policy, hit->type == HIT_POLICY);
	assert_int_equal(rule.index, 0);
}

/* Names that nft cannot be asked for, and rules that are gone: what is known stays. */
static void test_rule_unknown(void **state)
{
	static const char odd[] =
		"nft add table ip t; echo '{\"nftables\": ["
		"{\"add\": {\"chain\": {\"family\": \"ip\", \"table\": \"t\", \"name\": \"a:b\"}}},"
		"{\"add\": {\"rule\": {\"family\": \"ip\", \"table\": \"t\", \"chain\": \"a:b\","
		"\"expr\": [{\"drop\": null}]}}}]}' | nft -j -f -";
	static const char cut[SHORT_LEN] =
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	static const struct hit hits[] = {
		{ .type = HIT_RULE, .table = "t", .chain = "a:b", .handle = 2 },
		{ .type = HIT_RULE, .table = "t", .chain = "a:b", .handle = 77 },
		{ .type = HIT_RULE, .table = "filter", .chain = "FORWARD", .handle = 77 },
		{ .type = HIT_RULE, .table = "gone", .chain = "c", .handle = 1 },
		{ .type = HIT_POLICY, .table = "gone", .chain = "c", .verdict = NF_DROP },
		{ .type = HIT_POLICY, .table = "filter", .chain = "INPUT", .verdict = NF_DROP },
	};
	int netns __close = -1;

	(void)state;
	netlab_or_skip();
	netns = netlab_new();
	netlab_run(netns, "%s", odd);
	netlab_run(netns, "iptables-nft -A FORWARD -j DROP");
	for (size_t i = 0; i <= ARRAY_SIZE(hits); i++) {
		struct hit hit = hits[i < ARRAY_SIZE(hits) ? i : 0];

		if (i == ARRAY_SIZE(hits))
			text_copy(hit.chain, sizeof(hit.chain), cut);
		hit.family = NFPROTO_IPV4;
		check_unknown(netns, &hit);
	}
}

/* A step that does not even say where it is: an error, and out as it was. */
static void test_rule_nowhere(void **state)
{
	struct rule rule = { .index = 5 };
	struct hit hit = { .type = HIT_RULE, .table = "t", .handle = 1 };

	(void)state;
	assert_int_equal(ruleset_rule(-1, &hit, &rule), -EINVAL);
	assert_int_equal(rule.index, 5);
}

static void test_run(void **state)
{
	static const struct {
		const char *argv[4];
		int err;
		const char *out;
	} rows[] = {
		{ { "echo", "$HOME", "*" }, 0, "$HOME *\n" },
		{ { "true" }, 0, "" },
		{ { "sh", "-c", "echo x >&2; cat" }, 0, "" },
		{ { "false" }, -EIO, "" },
		{ { "sh", "-c", "echo partial; kill -9 $$" }, -EIO, "" },
		{ { "dockdrop-no-such-program" }, -ENOENT, "" },
		{ { "yes" }, -EMSGSIZE, "" },
		{ { "sh", "-c", "exec sleep 60 >/dev/null" }, -ETIMEDOUT, "" },
	};
	int netns __close = netns_open(0);

	(void)state;
	netlab_or_skip();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct strbuf sb __cleanup(strbuf_free) = { 0 };

		assert_int_equal(run_capture(netns, rows[i].argv, &sb), rows[i].err);
		assert_string_equal(strbuf_str(&sb), rows[i].out);
	}
}

/* A program's other name counts only if it says to be the same program. */
static void test_run_program(void **state)
{
	static const struct {
		struct run_program program;
		int err;
	} rows[] = {
		{ { "echo", "false", "" }, 0 },
		{ { "dockdrop-no-such-program", "echo", "-V" }, 0 },
		{ { "dockdrop-no-such-program", "echo", "other" }, -ENOENT },
		{ { "dockdrop-no-such-program", "dockdrop-nor-this", "" }, -ENOENT },
	};
	const char *args[] = { "a", "b", NULL };
	int netns __close = netns_open(0);

	(void)state;
	netlab_or_skip();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct strbuf sb __cleanup(strbuf_free) = { 0 };

		assert_int_equal(run_program(netns, &rows[i].program, args, &sb), rows[i].err);
		assert_string_equal(strbuf_str(&sb), rows[i].err ? "" : "a b\n");
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_parse_save),   cmocka_unit_test(test_parse_nft),
	cmocka_unit_test(test_backend),	     cmocka_unit_test(test_rule_unknown),
	cmocka_unit_test(test_rule_nowhere), cmocka_unit_test(test_run),
	cmocka_unit_test(test_run_program),
};

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
