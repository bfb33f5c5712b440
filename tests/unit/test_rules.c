/* SPDX-License-Identifier: GPL-2.0 */
#include "core/rules.h"

#include <linux/netfilter.h>
#include <stdio.h>

#include "core_scene.h"

/* What a rule is taken for: R reject, I isolation, C icc off, S stale. */
static const struct {
	const char *table, *chain, *text;
	bool routed;
	enum owner owner;
	const char *is;
} rows[] = {
	{ "filter", "DOCKER-USER", "-A DOCKER-USER -p icmp -j DROP", false, OWNER_USER, "" },
	{ "filter", "FORWARD", "-A FORWARD -j REJECT --reject-with icmp-host-prohibited", false,
	  OWNER_USER, "R" },
	{ "filter", "ufw-user-forward", "-A ufw-user-forward -j DROP", false, OWNER_UFW, "" },
	{ "filter", "KUBE-FORWARD", "-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP", false,
	  OWNER_KUBERNETES, "" },
	{ "firewalld", "filter_FORWARD", "reject with icmpx admin-prohibited", false, OWNER_FIREWALLD,
	  "R" },
	{ "mine", "forward", "ip protocol icmp reject", false, OWNER_USER, "R" },
	{ "mine", "forward", "ip protocol icmp drop comment \"no rejections\"", false, OWNER_USER, "" },
	{ "filter", "DOCKER-ISOLATION-STAGE-2", "-A DOCKER-ISOLATION-STAGE-2 -o br-ba9876543210 -j DROP",
	  true, OWNER_DOCKER, "I" },
	{ "raw", "PREROUTING", "-A PREROUTING -d 172.19.0.3/32 ! -i br-ba9876543210 -j DROP", true,
	  OWNER_DOCKER, "I" },
	{ "raw", "PREROUTING", "-A PREROUTING -d 172.18.0.3/32 ! -i " BRIDGE " -j DROP", false,
	  OWNER_DOCKER, "" },
	{ "raw", "PREROUTING", "-A PREROUTING -d 172.18.0.3/32 ! -i br-000000000000 -j DROP", false,
	  OWNER_DOCKER, "S" },
	{ "raw", "PREROUTING", "-A PREROUTING -d 172.19.0.3/32 ! -i br-000000000000 -j DROP", true,
	  OWNER_DOCKER, "S" },
	{ "raw", "PREROUTING", "-A PREROUTING -d 172.18.0.3/32 ! -i eth7 -j DROP", false, OWNER_USER,
	  "" },
	{ "raw", "PREROUTING", "-A PREROUTING -d 172.18.0.3/32 -i br-000000000000 -j DROP", false,
	  OWNER_USER, "" },
	{ "filter", "FORWARD", "-A FORWARD -i " BRIDGE " -o " BRIDGE " -j DROP", false, OWNER_DOCKER,
	  "C" },
	{ "filter", "DOCKER-FORWARD", "-A DOCKER-FORWARD -i " BRIDGE " -o " BRIDGE " -j DROP", false,
	  OWNER_DOCKER, "C" },
	{ "filter", "FORWARD", "-A FORWARD -i " BRIDGE " ! -o " BRIDGE " -j DROP", false, OWNER_USER,
	  "" },
	{ "filter", "INPUT", "-A INPUT -m comment --comment \"a -j REJECT\" -j DROP", false, OWNER_USER,
	  "" },
	{ "filter", "INPUT", "-A INPUT -m comment --comment -j -j REJECT", false, OWNER_USER, "R" },
	{ "filter", "FORWARD", "-A FORWARD -i eth0 -o eth0 -j DROP", false, OWNER_USER, "C" },
};

static void test_owner_and_purpose(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct scene scene = rows[i].routed ? scene_make_routed() : scene_make();
		struct rule rule = { .family = NFPROTO_IPV4,
				     .backend = rows[i].text[0] == '-' ? BACKEND_IPTABLES_NFT :
									 BACKEND_NFTABLES };
		char is[8];

		text_copy(rule.table, sizeof(rule.table), rows[i].table);
		text_copy(rule.chain, sizeof(rule.chain), rows[i].chain);
		text_copy(rule.text, sizeof(rule.text), rows[i].text);
		snprintf(is, sizeof(is), "%s%s%s%s", rules_is_reject(&rule) ? "R" : "",
			 rules_is_isolation(&rule, &scene) ? "I" : "", rules_is_icc_off(&rule) ? "C" : "",
			 rules_is_stale(&rule, &scene) ? "S" : "");
		print_message("%s\n", rows[i].text);
		assert_int_equal(rules_owner(&rule, &scene), rows[i].owner);
		assert_string_equal(is, rows[i].is);
	}
}

static void test_words_of_a_rule(void **state)
{
	struct rule_words w;

	(void)state;
	rules_parse("-A X -d 10.0.0.1/32 ! -i br0 -o veth1 -p tcp -m comment --comment a -j DROP", &w);
	assert_string_equal(w.dst, "10.0.0.1");
	assert_string_equal(w.in, "br0");
	assert_true(w.in_not);
	assert_string_equal(w.out, "veth1");
	assert_false(w.out_not);
	assert_string_equal(w.target, "DROP");
	rules_parse("ip saddr 10.0.0.1 drop", &w);
	assert_string_equal(w.target, "");
	rules_parse("-A X -i", &w);
	assert_string_equal(w.in, "");
	rules_parse("-A X -i aDeviceNameThatIsFarTooLongForTheKernel -j DROP", &w);
	assert_int_equal(strlen(w.in), DD_IFNAME_LEN - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_owner_and_purpose),
		cmocka_unit_test(test_words_of_a_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
