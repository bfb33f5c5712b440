/* SPDX-License-Identifier: GPL-2.0 */
#include "core/undo.h"

#include <linux/netfilter.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

/* Commands by number and by text. */
static void test_commands(void **state)
{
	static const struct {
		enum backend backend;
		uint8_t family;
		const char *table, *chain, *text;
		bool policy, ambiguous, changed;
		const char *undo, *exactly;
	} cases[] = {
		{ BACKEND_IPTABLES_NFT, NFPROTO_IPV4, "raw", "PREROUTING",
		  "-A PREROUTING -d 172.18.0.3/32 ! -i br-000000000000 -j DROP", false, false, false,
		  "iptables -t raw -D PREROUTING 4",
		  "iptables -t raw -D PREROUTING -d 172.18.0.3/32 ! -i br-000000000000 -j DROP" },
		{ BACKEND_IPTABLES_LEGACY, NFPROTO_IPV6, "filter", "FORWARD",
		  "-A FORWARD -s fd00::/64 -m comment --comment \"it's; $(reboot)\" -j DROP", false, false, false,
		  "ip6tables-legacy -D FORWARD 4",
		  "ip6tables-legacy -D FORWARD -s fd00::/64 -m comment --comment "
		  "'it'\\''s; $(reboot)' -j DROP" },
		{ BACKEND_IPTABLES_NFT, NFPROTO_IPV4, "filter", "FORWARD", "-A FORWARD -i $(x) -o \"-j\" -j DROP",
		  false, false, false, "iptables -D FORWARD 4",
		  "iptables -D FORWARD -i '$(x)' -o '-j' -j DROP" },
		/* its number may have changed; its text not */
		{ BACKEND_IPTABLES_NFT, NFPROTO_IPV4, "filter", "FORWARD", "-A FORWARD -p icmp -j DROP", false,
		  false, true, "iptables -S FORWARD", "iptables -D FORWARD -p icmp -j DROP" },
		{ BACKEND_IPTABLES_NFT, NFPROTO_IPV4, "filter", "FORWARD", "-A FORWARD -p icmp -j DROP", false,
		  true, false, "iptables -S FORWARD", "iptables -S FORWARD" },
		{ BACKEND_IPTABLES_NFT, NFPROTO_IPV4, "filter", "FORWARD", "-P FORWARD DROP", true, false, false,
		  "iptables -P FORWARD ACCEPT", "iptables -P FORWARD ACCEPT" },
		{ BACKEND_EBTABLES, NFPROTO_BRIDGE, "filter", "FORWARD", "-P FORWARD DROP", true, false, false,
		  "ebtables-legacy -P FORWARD ACCEPT", "ebtables-legacy -P FORWARD ACCEPT" },
		/* of a chain that is jumped to */
		{ BACKEND_EBTABLES, NFPROTO_BRIDGE, "nat", "SHOP", "-P SHOP DROP", true, false, false,
		  "ebtables-legacy -t nat -P SHOP RETURN", "ebtables-legacy -t nat -P SHOP RETURN" },
		{ BACKEND_NFTABLES, NFPROTO_IPV4, "docker-bridges", "raw-PREROUTING", "drop", false, false, false,
		  "nft delete rule ip docker-bridges raw-PREROUTING handle 9",
		  "nft delete rule ip docker-bridges raw-PREROUTING handle 9" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct strbuf undo = { 0 }, exactly = { 0 };
		struct rule rule = { .backend = cases[i].backend, .family = cases[i].family,
				     .index = 4, .handle = 9, .policy = cases[i].policy,
				     .legacy = cases[i].backend == BACKEND_EBTABLES,
				     .ambiguous = cases[i].ambiguous, .changed = cases[i].changed };

		text_copy(rule.table, sizeof(rule.table), cases[i].table);
		text_copy(rule.chain, sizeof(rule.chain), cases[i].chain);
		text_copy(rule.text, sizeof(rule.text), cases[i].text);
		assert_true(undo_rule(&rule, &undo));
		assert_true(undo_rule_exactly(&rule, &exactly));
		assert_string_equal(strbuf_str(&undo), cases[i].undo);
		assert_string_equal(strbuf_str(&exactly), cases[i].exactly);
		strbuf_free(&undo);
		strbuf_free(&exactly);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
