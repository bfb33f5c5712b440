/* SPDX-License-Identifier: GPL-2.0 */
#include "base/iptables.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"

/* The words of each text, as far as they fit into 8 bytes; a quoted one begins with '+'. */
static void test_words(void **state)
{
	static const struct {
		const char *text, *words[6];
	} rows[] = {
		{ "", { NULL } },
		{ " \t ", { NULL } },
		{ "-A  FORWARD\t", { "-A", "FORWARD", NULL } },
		{ "! -i br0 -j DROP", { "!", "-i", "br0", "-j", "DROP", NULL } },
		{ "--comment \"-j DROP\" -j", { "--comme", "+-j DROP", "-j", NULL } },
		{ "\"a \\\"b\\\\\" c", { "+a \"b\\", "c", NULL } },
		{ "\"\" x", { "+", "x", NULL } },
		{ "{ \"br0\", \"br1\" }", { "{", "+br0", ",", "+br1", "}", NULL } },
		{ "\"open", { "+open", NULL } },
		{ "\"open\\", { "+open\\", NULL } },
		{ "a\"b c", { "a\"b", "c", NULL } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *text = rows[i].text;
		const char *const *expected = rows[i].words;
		char word[9] = "+";
		bool quoted;

		while (iptables_word_next(&text, word + 1, sizeof(word) - 1, &quoted))
			assert_string_equal(word + !quoted, *expected ? *expected++ : "the end");
		assert_null(*expected);
	}
}

static void test_may_match(void **state)
{
	static const uint8_t src[] = { 172, 18, 0, 2 }, dst[] = { 172, 18, 0, 3 };
	static const struct {
		const char *rule;
		bool may;
	} rows[] = {
		{ "-A X -j DROP", true },
		{ "-A X -p icmp -j DROP", true },
		{ "-A X -p udp -m udp --dport 53 -j DROP", false },
		{ "-A X ! -p icmp -j DROP", false },
		{ "-A X ! -p udp -j DROP", true },
		{ "-A X -p 1 -j DROP", true },
		{ "-A X -p 132 -j DROP", false },
		{ "-A X -s 172.18.0.2/32 -d 172.18.0.0/16 -j DROP", true },
		{ "-A X -s 172.18.0.3/32 -j DROP", false },
		{ "-A X ! -s 172.18.0.2/32 -j DROP", false },
		{ "-A X ! -d 10.0.0.0/8 -j DROP", true },
		{ "-A X -d 172.16.0.0/15 -j DROP", false },
		{ "-A X -m comment --comment -p -j DROP", true },
		{ "-A X -m comment --comment \"-p udp\" -j DROP", true },
		{ "-A X -s 0.0.0.0/0 -p", true },
	};
	const struct iptables_packet p = { AF_INET, IPPROTO_ICMP, src, dst, 0, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].rule);
		assert_int_equal(iptables_may_match(rows[i].rule, &p), rows[i].may);
	}
}

static void test_may_match_ports(void **state)
{
	static const uint8_t src[] = { 172, 18, 0, 2 }, dst[] = { 172, 18, 0, 3 };
	static const struct {
		const char *rule;
		uint16_t sport, dport;
		bool may;
	} rows[] = {
		{ "-A X -p tcp -m tcp --dport 80 -j DROP", 40000, 80, true },
		{ "-A X -p tcp -m tcp --dport 80 -j DROP", 80, 81, false },
		{ "-A X -p tcp -m tcp --dport 80 -j DROP", 40000, 0, true }, /* not known */
		{ "-A X -p tcp -m tcp ! --dport 80 -j DROP", 40000, 80, false },
		{ "-A X -p tcp -m tcp ! --dport 80 -j DROP", 40000, 0, true },
		{ "-A X -p tcp -m tcp --sport 1024:65535 -j DROP", 40000, 80, true },
		{ "-A X -p tcp -m tcp --sport 1024: -j DROP", 1023, 80, false },
		{ "-A X -p tcp -m tcp --dport :1023 -j DROP", 1, 1024, false },
		{ "-A X -p tcp -m multiport --dports 1,2,80:90 -j DROP", 1, 85, true },
		{ "-A X -p tcp -m multiport --dports 1,2,80:90 -j DROP", 1, 91, false },
		{ "-A X -p tcp -m comment --comment --dport -m tcp --dport 80 -j DROP", 1, 80, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct iptables_packet p = { AF_INET, IPPROTO_TCP, src, dst, rows[i].sport,
						   rows[i].dport };

		print_message("%s\n", rows[i].rule);
		assert_int_equal(iptables_may_match(rows[i].rule, &p), rows[i].may);
	}
}

static void test_may_match_ip6(void **state)
{
	static const uint8_t src[16] = { 0xfd, 0, 0, 7, [15] = 2 }, dst[16] = { 0xfd, 0, 0, 7, [15] = 3 };
	static const struct {
		const char *rule;
		bool may;
	} rows[] = {
		{ "-A X -j DROP", true },
		{ "-A X -p ipv6-icmp -j DROP", true },
		{ "-A X -p icmpv6 -j DROP", true },
		{ "-A X -p icmp -j DROP", false },
		{ "-A X -p 58 -j DROP", true },
		{ "-A X -s fd00:7::2/128 -d fd00:7::/32 -j DROP", true },
		{ "-A X -s fd00:7::3/128 -j DROP", false },
		{ "-A X ! -s fd00:7::2/128 -j DROP", false },
		{ "-A X -d fd00:7::2/127 -j DROP", true },
		{ "-A X -d fd00:7::/126 -j DROP", true },
		{ "-A X -d fd00:6::/31 -j DROP", true },
		{ "-A X -d fd00:8::/29 -j DROP", false },
		{ "-A X -s ::/0 -j DROP", true },
		{ "-A X -s 10.0.0.0/8 -j DROP", true }, /* no address of the family rules nothing out */
	};
	const struct iptables_packet p = { AF_INET6, IPPROTO_ICMPV6, src, dst, 0, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].rule);
		assert_int_equal(iptables_may_match(rows[i].rule, &p), rows[i].may);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_may_match),
	cmocka_unit_test(test_may_match_ports),
	cmocka_unit_test(test_may_match_ip6),
	cmocka_unit_test(test_words),
};

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
