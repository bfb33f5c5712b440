/* SPDX-License-Identifier: GPL-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "core/judge.h"
#include "core/walk.h"
#include "source/ebtables.h"
#include "source/ruleset_dump.h"

/* A ping from 172.18.0.2 to 172.18.0.3 over br-a, in FORWARD. */
static struct walk_packet ping(void)
{
	struct walk_packet p = { .family = AF_INET, .l4 = IPPROTO_ICMP, .in = "br-a", .out = "br-a",
				 .in_port = "vetha", .out_port = "vethb" };

	addr_parse("172.18.0.2", &p.src);
	addr_parse("172.18.0.3", &p.dst);
	return p;
}

static void test_iptables(void **state)
{
	static const struct {
		const char *rule;
		enum match match;
		enum walk_action action;
	} rows[] = {
		{ "-A FORWARD -j DROP", MATCH_YES, ACTION_DROP },
		{ "-A FORWARD -m addrtype --src-type LOCAL -j DROP", MATCH_MAYBE, ACTION_DROP },
		{ "-A FORWARD -s 172.18.0.2/32 -d 172.18.0.3/32 -p icmp -j DROP", MATCH_YES, ACTION_DROP },
		{ "-A FORWARD -s 172.18.0.0/24 -j REJECT --reject-with tcp-reset", MATCH_YES, ACTION_REJECT },
		{ "-A FORWARD -s 172.18.0.9/32 -j DROP", MATCH_NO, ACTION_DROP },
		{ "-A FORWARD ! -s 172.18.0.9/32 -j DROP", MATCH_YES, ACTION_DROP },
		{ "-A FORWARD ! -i br-a -j DROP", MATCH_NO, ACTION_DROP },
		{ "-A FORWARD -i br+ -o br-a -j ACCEPT", MATCH_YES, ACTION_ACCEPT },
		{ "-A FORWARD -p tcp -m tcp --dport 22 -j DROP", MATCH_NO, ACTION_DROP },
		{ "-A FORWARD -p icmp -m icmp --icmp-type 8 -j DROP", MATCH_YES, ACTION_DROP },
		{ "-A FORWARD -p icmp -m icmp --icmp-type 0 -j DROP", MATCH_NO, ACTION_DROP },
		{ "-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", MATCH_NO,
		  ACTION_ACCEPT },
		{ "-A FORWARD -m state --state NEW,INVALID -j DROP", MATCH_YES, ACTION_DROP },
		{ "-A FORWARD -m set --match-set bad src -j DROP", MATCH_MAYBE, ACTION_DROP },
		{ "-A FORWARD -m limit --limit 5/sec -j DROP", MATCH_MAYBE, ACTION_DROP },
		{ "-A FORWARD -m comment --comment \"-j ACCEPT -p tcp\" -j DROP", MATCH_YES, ACTION_DROP },
		{ "-A FORWARD -m comment --comment -p -j DROP", MATCH_YES, ACTION_DROP },
		{ "-A FORWARD -m physdev --physdev-is-bridged -j DROP", MATCH_YES, ACTION_DROP },
		{ "-A FORWARD -m physdev --physdev-in vethx -j DROP", MATCH_NO, ACTION_DROP },
		{ "-A FORWARD -m addrtype --dst-type LOCAL -j DROP", MATCH_NO, ACTION_DROP },
		{ "-A FORWARD -j DOCKER-USER", MATCH_YES, ACTION_JUMP },
		{ "-A FORWARD -g SHOP", MATCH_YES, ACTION_GOTO },
		{ "-A POSTROUTING -s 172.18.0.0/16 -j MASQUERADE", MATCH_YES, ACTION_SOURCE },
		{ "-A POSTROUTING -o eth0 -j SNAT --to-source 192.0.2.1", MATCH_NO, ACTION_SOURCE },
		{ "-A FORWARD -j NFQUEUE --queue-num 7", MATCH_YES, ACTION_UNSURE },
		{ "-A FORWARD -f -j DROP", MATCH_NO, ACTION_DROP },
		{ "", MATCH_YES, ACTION_NONE },
		{ "-A", MATCH_YES, ACTION_NONE },
		{ "-A FORWARD -s", MATCH_YES, ACTION_NONE },
	};
	const struct walk_packet p = ping();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct walk_rule got;

		walk_iptables(rows[i].rule, &p, &got);
		if (got.match != rows[i].match || got.action != rows[i].action)
			fail_msg("%s: match %d, action %d", rows[i].rule, got.match, got.action);
	}
}

static void test_nft(void **state)
{
	static const struct {
		const char *rule;
		enum match match;
		enum walk_action action;
	} rows[] = {
		{ "drop", MATCH_YES, ACTION_DROP },
		{ "ip saddr 172.18.0.2 counter drop", MATCH_YES, ACTION_DROP },
		{ "ip saddr != 172.18.0.2 drop", MATCH_NO, ACTION_DROP },
		{ "ip saddr { 192.0.2.1, 172.18.0.0/24 } drop", MATCH_YES, ACTION_DROP },
		{ "ip saddr { 192.0.2.1, \t\t\t 192.0.2.7-192.0.2.9 } drop", MATCH_NO, ACTION_DROP },
		{ "ip saddr @bad drop", MATCH_MAYBE, ACTION_DROP },
		{ "ip6 saddr fd00::1 drop", MATCH_NO, ACTION_DROP },
		{ "iifname \"br-a\" oifname { \"br-b\", \"br-a\" } reject with icmp host-unreachable",
		  MATCH_YES, ACTION_REJECT },
		{ "iifname \"br-*\" accept", MATCH_YES, ACTION_ACCEPT },
		{ "ct state established,related accept", MATCH_NO, ACTION_ACCEPT },
		{ "ct state new drop", MATCH_YES, ACTION_DROP },
		{ "ct state vmap { established : accept, invalid : drop }", MATCH_NO, ACTION_NONE },
		{ "ct state vmap { established : accept, new : jump fresh }", MATCH_YES, ACTION_JUMP },
		{ "ip daddr vmap { 192.0.2.1 : accept, 172.18.0.0/24 : drop }", MATCH_YES, ACTION_DROP },
		{ "ip daddr vmap { 192.0.2.1 : accept, * : drop }", MATCH_YES, ACTION_DROP },
		{ "ip daddr vmap { * : drop, 172.18.0.3 comment \"a, b : c\" : goto more }", MATCH_YES,
		  ACTION_GOTO },
		{ "ip daddr vmap { 172.18.0.3 timeout 5m : continue }", MATCH_YES, ACTION_NONE },
		{ "ip daddr vmap { web.example : drop, 192.0.2.1 : drop }", MATCH_MAYBE, ACTION_UNSURE },
		{ "ip saddr . ip protocol vmap { 172.18.0.2 . tcp : accept, 172.18.0.2 . icmp : drop }",
		  MATCH_YES, ACTION_DROP },
		{ "ip saddr . ip daddr { 172.18.0.2 . 172.18.0.0-172.18.0.9 } drop", MATCH_YES, ACTION_DROP },
		{ "ip saddr . ip daddr != { 172.18.0.2 . 172.18.0.3 } drop", MATCH_NO, ACTION_DROP },
		{ "ip saddr . meta mark { 172.18.0.2 . 0x1 } drop", MATCH_MAYBE, ACTION_DROP },
		{ "ip saddr . ip daddr { 172.18.0.2 } drop", MATCH_MAYBE, ACTION_DROP },
		{ "meta mark vmap { 0x1 : drop }", MATCH_MAYBE, ACTION_UNSURE },
		{ "tcp dport 80 meta mark vmap { 0x1 : drop }", MATCH_NO, ACTION_NONE },
		{ "ip saddr @known drop", MATCH_YES, ACTION_DROP },
		{ "ip saddr != @known drop", MATCH_NO, ACTION_DROP },
		{ "ip saddr @empty drop", MATCH_NO, ACTION_DROP },
		{ "ip saddr vmap @fate", MATCH_YES, ACTION_DROP },
		{ "ip daddr vmap @fate", MATCH_NO, ACTION_NONE },
		{ "ip daddr vmap @nowhere", MATCH_MAYBE, ACTION_UNSURE },
		{ "ip saddr vmap { 172.18.0.2 : jump { accept } }", MATCH_YES, ACTION_UNSURE },
		{ "ip saddr vmap", MATCH_MAYBE, ACTION_UNSURE },
		{ "ip saddr vmap {", MATCH_NO, ACTION_NONE },
		{ "tcp dport 22 drop", MATCH_NO, ACTION_DROP },
		{ "meta l4proto icmp icmp type echo-request drop", MATCH_YES, ACTION_DROP },
		{ "meta mark 0x1 drop", MATCH_MAYBE, ACTION_DROP },
		{ "limit rate 5/second drop", MATCH_MAYBE, ACTION_DROP },
		{ "log prefix \"drop \" level info accept", MATCH_YES, ACTION_ACCEPT },
		{ "jump shop comment \"drop\"", MATCH_YES, ACTION_JUMP },
		{ "arp operation request drop", MATCH_NO, ACTION_DROP },
		{ "", MATCH_YES, ACTION_NONE },
		{ "ip saddr {", MATCH_NO, ACTION_NONE },
	};
	static struct set_view views[] = {
		{ NFPROTO_INET, "shop", "known", " 192.0.2.1, 172.18.0.2" },
		{ NFPROTO_INET, "shop", "empty", "" },
		{ NFPROTO_INET, "shop", "fate", " 172.18.0.2 : drop " },
		{ NFPROTO_IPV4, "shop", "nowhere", " 172.18.0.2 : drop " },
		{ NFPROTO_INET, "other", "nowhere", " 172.18.0.2 : drop " },
	};
	const struct rules_view v = { .sets = views, .n_sets = sizeof(views) / sizeof(views[0]) };
	const struct walk_sets sets = { &v, NFPROTO_INET, "shop" };
	const struct walk_packet p = ping();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct walk_rule got;

		walk_nft(rows[i].rule, &p, &sets, &got);
		if (got.match != rows[i].match || got.action != rows[i].action)
			fail_msg("%s: match %d, action %d", rows[i].rule, got.match, got.action);
	}
}

/* Of a packet without a mark. */
static void test_nft_marks(void **state)
{
	static const struct {
		const char *rule;
		enum match match;
		bool marks;
	} rows[] = {
		{ "meta mark 0x1 drop", MATCH_NO, false },
		{ "meta mark 0x00000000 drop", MATCH_YES, false },
		{ "meta mark != 0x1 drop", MATCH_YES, false },
		{ "meta mark & 0x00ff0000 == 0x00040000 accept", MATCH_NO, false },
		{ "meta mark & 0x00ff0000 != 0x00040000 drop", MATCH_YES, false },
		{ "meta mark { 0x1, 0x2 } drop", MATCH_NO, false },
		{ "meta mark vmap { 0x1 : drop }", MATCH_NO, false },
		{ "ct mark 0x1 drop", MATCH_MAYBE, false },
		{ "meta mark set 0x1 accept", MATCH_MAYBE, true },
		{ "iifname \"br-a\" meta mark set ct mark", MATCH_MAYBE, true },
	};
	struct walk_packet p = ping();

	(void)state;
	p.unmarked = true;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct walk_rule got;

		walk_nft(rows[i].rule, &p, NULL, &got);
		if (got.match != rows[i].match || got.marks != rows[i].marks)
			fail_msg("%s: match %d, marks %d", rows[i].rule, got.match, got.marks);
	}
}

/* Whole rulesets: what happens to the ping in FORWARD, by which rule; 0: passed or not told, -1: doubt. */
static void test_chains(void **state)
{
#define FILTER ":FORWARD ACCEPT [0:0]\n:SHOP - [0:0]\n"
	static const struct {
		const char *rules;
		enum walk_end end;
		const char *chain;
		int index;
		bool doubt;
	} rows[] = {
		{ FILTER "-A FORWARD -j SHOP\n-A FORWARD -j DROP\n-A SHOP -j RETURN\n", WALK_DROPPED,
		  "FORWARD", 2, false },
		{ FILTER "-A FORWARD -j SHOP\n-A FORWARD -j DROP\n-A SHOP -j ACCEPT\n", WALK_PASSED, NULL,
		  0, false },
		{ FILTER "-A FORWARD -g SHOP\n-A FORWARD -j DROP\n-A SHOP -i lo -j DROP\n", WALK_PASSED,
		  NULL, 0, false },
		{ FILTER "-A FORWARD -m set --match-set a src -j ACCEPT\n-A FORWARD -j DROP\n",
		  WALK_PASSED, "FORWARD", 2, true },
		{ FILTER "-A FORWARD -m set --match-set a src -j DROP\n-A FORWARD -j ACCEPT\n",
		  WALK_PASSED, "FORWARD", 1, true },
		{ FILTER "-A FORWARD -m set --match-set a src -j DROP\n-A FORWARD -j DROP\n",
		  WALK_DROPPED, "FORWARD", 2, true },
		{ ":FORWARD DROP [0:0]\n:SHOP - [0:0]\n", WALK_DROPPED, "FORWARD", 0, false },
		{ ":FORWARD DROP [0:0]\n:SHOP - [0:0]\n-A FORWARD -j SHOP\n-A SHOP -j SHOP\n",
		  WALK_DROPPED, "FORWARD", 0, false },
		/* nobody has given it a mark */
		{ FILTER "-A FORWARD -i tailscale0 -j MARK --set-xmark 0x40000/0xff0000\n"
			 "-A FORWARD -m mark --mark 0x40000/0xff0000 -j ACCEPT\n-A FORWARD -j DROP\n",
		  WALK_DROPPED, "FORWARD", 3, false },
		{ FILTER "-A FORWARD -m mark ! --mark 0x8000/0x8000 -j DROP\n", WALK_DROPPED, "FORWARD", 1,
		  false },
		{ FILTER "-A FORWARD -j SHOP\n-A FORWARD -m mark --mark 0x1 -j ACCEPT\n-A FORWARD -j DROP\n"
			 "-A SHOP -j MARK --set-xmark 0x1/0xffffffff\n",
		  WALK_PASSED, "FORWARD", 3, true },
		{ FILTER "-A FORWARD -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff\n"
			 "-A FORWARD -m mark --mark 0x1 -j DROP\n",
		  WALK_PASSED, "FORWARD", 2, true },
		{ FILTER "-A FORWARD -m connmark --mark 0x1 -j DROP\n", WALK_PASSED, "FORWARD", 1, true },
	};
	struct walk_packet p = ping();

	(void)state;
	p.unmarked = true;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rules_view v = { 0 };
		struct walk_result got;
		const struct chain *chain;
		char *text;

		assert_true(asprintf(&text, "*filter\n%sCOMMIT\n", rows[i].rules) > 0);
		assert_int_equal(ruleset_dump_save(text, BACKEND_IPTABLES_NFT, NFPROTO_IPV4, &v), 0);
		walk_hook(&v, NFPROTO_IPV4, NF_INET_FORWARD, &p, &got);
		chain = got.end == WALK_PASSED ? got.doubt : got.chain;
		if (got.end != rows[i].end || !got.doubt == rows[i].doubt || !chain != !rows[i].chain ||
		    (chain && (strcmp(chain->name, rows[i].chain) ||
			       (got.end == WALK_PASSED ? got.doubt_index : got.index) != rows[i].index)))
			fail_msg("row %zu: end %d in %s", i, got.end, chain ? chain->name : "none");
		ruleset_dump_free(&v);
	}
}

static const char nft_text[] =
	"table inet shop { # handle 3\n"
	"\tset bad { # handle 9\n\t\ttype ipv4_addr\n\t\telements = { 192.0.2.1 }\n\t}\n\n"
	"\tset none { # handle 10\n\t\ttype ipv4_addr\n\t\tflags interval\n\t}\n\n"
	"\tmap fate { # handle 11\n\t\ttype ipv4_addr : verdict\n"
	"\t\telements = { 192.0.2.1 : drop,\n\t\t\t     192.0.2.2 : accept }\n\t}\n\n"
	"\tchain guard { # handle 1\n"
	"\t\ttype filter hook forward priority filter + 10; policy drop;\n"
	"\t\tip saddr { 192.0.2.1,\n\t\t\t     192.0.2.2 } drop # handle 4\n"
	"\t\tjump more comment \"# handle 5\" # handle 6\n"
	"\t}\n\n"
	"\tchain more { # handle 2\n\t\taccept # handle 7\n\t}\n"
	"}\n"
	"table netdev dev { # handle 4\n"
	"\tchain in { # handle 1\n"
	"\t\ttype filter hook ingress device \"veth1\" priority -5; policy accept;\n"
	"\t\tdrop # handle 2\n"
	"\t}\n"
	"}\n"
	"table ip dockdrop_1 { # handle 5\n\tchain x { # handle 1\n\t\tdrop # handle 2\n\t}\n}\n";

static void test_dump(void **state)
{
	struct rules_view v = { 0 };

	(void)state;
	assert_int_equal(ruleset_dump_nft(strdup(nft_text), &v), 0);
	assert_int_equal(v.n_chains, 3);
	assert_int_equal(v.n_rules, 4);
	assert_string_equal(v.chains[0].name, "guard");
	assert_string_equal(v.chains[0].policy, "DROP");
	assert_int_equal(v.chains[0].hook, NF_INET_FORWARD);
	assert_int_equal(v.chains[0].priority, 10);
	assert_int_equal(v.chains[0].n_rules, 2);
	assert_int_equal(v.rules[0].handle, 4);
	assert_non_null(strstr(v.rules[0].text, "192.0.2.2 } drop"));
	assert_int_equal(v.rules[1].handle, 6);
	assert_string_equal(v.chains[1].policy, "");
	assert_int_equal(v.chains[2].hook, HOOK_INGRESS);
	assert_int_equal(v.chains[2].priority, -5);
	assert_int_equal(v.n_sets, 3);
	assert_string_equal(v.sets[0].name, "bad");
	assert_string_equal(v.sets[0].elements, " 192.0.2.1 ");
	assert_string_equal(v.sets[1].elements, "");
	assert_string_equal(v.sets[2].table, "shop");
	assert_non_null(strstr(v.sets[2].elements, "drop, \t\t\t     192.0.2.2 : accept "));
	ruleset_dump_free(&v);
}

/* Cut anywhere, it is read as far as it goes, or refused; never beyond its end. */
static void test_dump_cut(void **state)
{
	const char *save = "*filter\n:FORWARD DROP [0:0]\n[3:4] -A FORWARD -j DROP\nCOMMIT\n";

	(void)state;
	for (size_t i = 0; i <= strlen(nft_text); i++) {
		struct rules_view v = { 0 };

		ruleset_dump_nft(strndup(nft_text, i), &v);
		ruleset_dump_free(&v);
		ruleset_dump_save(strndup(save, i), BACKEND_IPTABLES_LEGACY, NFPROTO_IPV4, &v);
		ruleset_dump_free(&v);
	}
}

/* As ebtables-legacy -L --Lmac2 prints them; a chain of the user's ends as its policy says. */
static void test_ebtables(void **state)
{
	static const struct {
		const char *forward, *shop, *policy;
		enum walk_end end;
		bool doubt;
	} rows[] = {
		{ "-p IPv4 --ip-src 172.18.0.2 -j DROP ", "", "ACCEPT", WALK_DROPPED, false },
		{ "-p IPv4 --ip-src ! 172.18.0.2 -j DROP ", "", "ACCEPT", WALK_PASSED, false },
		{ "-p IPv6 -j DROP ", "", "ACCEPT", WALK_PASSED, false },
		{ "-p ARP --arp-ip-dst 172.18.0.3 -j DROP ", "", "ACCEPT", WALK_PASSED, false },
		{ "-p IPv4 --ip-proto icmp -j DROP ", "", "ACCEPT", WALK_DROPPED, false },
		{ "-p IPv4 --ip-proto tcp --ip-dport 80 -j DROP ", "", "ACCEPT", WALK_PASSED, false },
		{ "-i vetha -o vethb -j DROP ", "", "ACCEPT", WALK_DROPPED, false },
		{ "-i vethx -j DROP ", "", "ACCEPT", WALK_PASSED, false },
		{ "-s 02:42:ac:12:00:02 -j DROP ", "", "ACCEPT", WALK_PASSED, true },
		{ "--limit 5/sec --limit-burst 5 -j DROP ", "", "ACCEPT", WALK_PASSED, true },
		{ "-j mark --mark-set 0x1 --mark-target ACCEPT\n-j DROP ", "", "ACCEPT", WALK_PASSED, true },
		{ "-j CONTINUE \n-j DROP ", "", "ACCEPT", WALK_DROPPED, false },
		{ "-j SHOP ", "-j DROP ", "RETURN", WALK_DROPPED, false },
		{ "-j SHOP ", "", "DROP", WALK_DROPPED, false },
		{ "-j SHOP \n-j DROP ", "", "ACCEPT", WALK_PASSED, false },
		{ "-j SHOP \n-j DROP ", "-j RETURN ", "ACCEPT", WALK_DROPPED, false },
		{ "-j SHOP ", "-p IPv4 -j RETURN ", "DROP", WALK_PASSED, false },
		{ "-j SHOP ", "-p IPv4 -j ACCEPT ", "DROP", WALK_PASSED, false },
		{ "-j SHOP ", "-s 02:42:ac:12:00:02 -j RETURN ", "DROP", WALK_PASSED, true },
		{ "-s 02:42:ac:12:00:02 -j SHOP \n-j DROP ", "", "ACCEPT", WALK_PASSED, true },
	};
	const struct walk_packet p = { .family = AF_INET, .l4 = IPPROTO_ICMP, .in = "vetha", .out = "vethb",
				       .in_port = "", .out_port = "", .src = ping().src,
				       .dst = ping().dst };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rules_view v = { 0 };
		struct strbuf save = { 0 };
		struct walk_result r;
		char text[1024];

		print_message("%s\n", rows[i].forward);
		snprintf(text, sizeof(text), "Bridge table: filter\n\nBridge chain: INPUT, entries: 0, policy: DROP\n\n"
			 "Bridge chain: FORWARD, entries: 2, policy: ACCEPT\n%s\n\n"
			 "Bridge chain: OUTPUT, entries: 0, policy: ACCEPT\n\n"
			 "Bridge chain: SHOP, entries: 1, policy: %s\n%s\n", rows[i].forward, rows[i].policy,
			 rows[i].shop);
		ebtables_convert(text, &save);
		assert_int_equal(ruleset_dump_save(save.text, BACKEND_EBTABLES, NFPROTO_BRIDGE, &v), 0);
		walk_hook(&v, NFPROTO_BRIDGE, NF_INET_FORWARD, &p, &r);
		assert_int_equal(r.end, rows[i].end);
		assert_int_equal(r.doubt != NULL, rows[i].doubt);
		ruleset_dump_free(&v);
	}
}

/* What a chain's policy drops is no rule's: -D with a number would take another's. */
static void test_ebtables_policy(void **state)
{
	static const char listing[] = "Bridge table: filter\n\n"
				      "Bridge chain: FORWARD, entries: 1, policy: ACCEPT\n-j SHOP \n\n"
				      "Bridge chain: SHOP, entries: 1, policy: DROP\n-p IPv6 -j ACCEPT \n";
	const struct walk_packet p = ping();
	struct rules_view v = { 0 };
	struct strbuf save = { 0 };
	struct walk_result r;
	struct rule rule;

	(void)state;
	ebtables_convert(listing, &save);
	assert_int_equal(ruleset_dump_save(save.text, BACKEND_EBTABLES, NFPROTO_BRIDGE, &v), 0);
	walk_hook(&v, NFPROTO_BRIDGE, NF_INET_FORWARD, &p, &r);
	assert_int_equal(r.end, WALK_DROPPED);
	judge_rule(&v, r.chain, r.index, &rule);
	assert_true(rule.policy);
	assert_string_equal(rule.chain, "SHOP");
	assert_string_equal(rule.text, "-P SHOP DROP");
	ruleset_dump_free(&v);
}

/* An answer has the host's address until nat gives it back. */
static void test_to_host(void **state)
{
	static const char save[] = "*raw\n:PREROUTING ACCEPT\n-A PREROUTING -d 172.18.0.3/32 ! -i br-a -j DROP\n"
				   "*filter\n:PREROUTING ACCEPT\n";
	struct walk_packet p = ping();
	struct rules_view v = { 0 };
	struct walk_result r;

	(void)state;
	p.reply = true;
	p.in = "eth0";
	assert_int_equal(ruleset_dump_save(strdup(save), BACKEND_IPTABLES_NFT, NFPROTO_IPV4, &v), 0);
	walk_hook(&v, NFPROTO_IPV4, NF_INET_PRE_ROUTING, &p, &r);
	assert_int_equal(r.end, WALK_DROPPED);
	addr_parse("192.0.2.1", &p.to_host);
	walk_hook(&v, NFPROTO_IPV4, NF_INET_PRE_ROUTING, &p, &r);
	assert_int_equal(r.end, WALK_PASSED);
	ruleset_dump_free(&v);
}

/* Whoever may have dropped a packet of which not all is known. */
static void test_droppers(void **state)
{
	static const struct {
		const char *rules; /* of a chain on FORWARD with policy accept */
		int n, last;
		bool blind;
	} rows[] = {
		{ "ip saddr 172.18.0.2 drop # handle 1\n", 1, 1, false },
		{ "ip saddr 172.18.0.9 drop # handle 1\n", 0, 0, false },
		{ "drop # handle 1\n\t\tdrop # handle 2\n", 1, 1, false },
		{ "iifname \"br-x\" drop # handle 1\n", 1, 1, false },
		{ "iifname \"br-x\" drop # handle 1\n\t\tdrop # handle 2\n", 2, 2, false },
		{ "ct state established accept # handle 1\n\t\tdrop # handle 2\n", 1, 2, false },
		{ "accept # handle 1\n\t\tdrop # handle 2\n", 0, 0, false },
		{ "limit rate 1/second accept # handle 1\n\t\treject # handle 2\n", 1, 2, false },
		{ "meta mark vmap { 1 : drop } # handle 1\n\t\tdrop # handle 2\n", 1, 2, true },
		{ "queue num 7 # handle 1\n", 0, 0, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct walk_packet p = ping();
		struct rules_view v = { 0 };
		struct walk_result r;
		char text[512];

		p.in = p.out = NULL;
		p.any_state = true;
		snprintf(text, sizeof(text), "table ip shop { # handle 1\n\tchain guard { # handle 1\n"
			 "\t\ttype filter hook forward priority 10; policy accept;\n\t\t%s\t}\n}\n", rows[i].rules);
		print_message("%s", rows[i].rules);
		assert_int_equal(ruleset_dump_nft(strdup(text), &v), 0);
		walk_hook(&v, NFPROTO_IPV4, NF_INET_FORWARD, &p, &r);
		assert_int_equal(r.n_droppers, rows[i].n);
		assert_int_equal(r.last ? r.last_index : 0, rows[i].last);
		assert_int_equal(r.blind, rows[i].blind);
		ruleset_dump_free(&v);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_iptables), cmocka_unit_test(test_nft), cmocka_unit_test(test_nft_marks),
		cmocka_unit_test(test_chains),	 cmocka_unit_test(test_dump),
		cmocka_unit_test(test_dump_cut), cmocka_unit_test(test_droppers),
		cmocka_unit_test(test_ebtables), cmocka_unit_test(test_ebtables_policy),
		cmocka_unit_test(test_to_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
