/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Each case installs rules, arms the trace, sends one packet that they drop, and wants the step
 * that dropped it, and its rule to the letter.
 */
#include "source/ruleset.h"

#include "nftrace_lab.h"

struct expectation {
	const char *name;
	int where;
	uint8_t l4; /* 0: an ARP message, ND: one of Neighbour Discovery; IPPROTO_ICMPV6: over IPv6 */
	const char *script;
	uint8_t family;
	const char *table, *chain;
	enum hit_type type;
	enum backend backend;
	int index;
	const char *text;
};

#define ND 255
#define IPT BACKEND_IPTABLES_NFT
#define EBT BACKEND_EBTABLES
#define NFT BACKEND_NFTABLES

static const struct expectation cases[] = {
	{ "forward", HOST, IPPROTO_ICMP, "iptables-nft -A FORWARD -s 10.77.0.1 -p icmp -j DROP",
	  NFPROTO_IPV4, "filter", "FORWARD", HIT_RULE, IPT, 1,
	  "-A FORWARD -s 10.77.0.1/32 -p icmp -j DROP" },
	{ "reply", HOST, IPPROTO_ICMP,
	  "iptables-nft -A FORWARD -p tcp -j DROP; iptables-nft -A FORWARD -s 10.77.0.2 -j DROP",
	  NFPROTO_IPV4, "filter", "FORWARD", HIT_RULE, IPT, 2,
	  "-A FORWARD -s 10.77.0.2/32 -j DROP" },
	{ "jump", HOST, IPPROTO_ICMP,
	  "iptables-nft -N DOCKER-USER; iptables-nft -A FORWARD -j DOCKER-USER\n"
	  "iptables-nft -A DOCKER-USER -p tcp -j RETURN\n"
	  "iptables-nft -A DOCKER-USER -p icmp -j DROP",
	  NFPROTO_IPV4, "filter", "DOCKER-USER", HIT_RULE, IPT, 2,
	  "-A DOCKER-USER -p icmp -j DROP" },
	{ "goto, a chain named by a keyword of nft's", HOST, IPPROTO_UDP,
	  "iptables-nft -N log; iptables-nft -A FORWARD -g log; iptables-nft -A log -j DROP",
	  NFPROTO_IPV4, "filter", "log", HIT_RULE, IPT, 1, "-A log -j DROP" },
	{ "reject", HOST, IPPROTO_TCP,
	  "iptables-nft -A FORWARD -p tcp --dport 47999 -j REJECT --reject-with tcp-reset",
	  NFPROTO_IPV4, "filter", "FORWARD", HIT_RULE, IPT, 1,
	  "-A FORWARD -p tcp -m tcp --dport 47999 -j REJECT --reject-with tcp-reset" },
	{ "policy", HOST, IPPROTO_ICMP, "iptables-nft -P FORWARD DROP", NFPROTO_IPV4, "filter",
	  "FORWARD", HIT_POLICY, IPT, 0, "-P FORWARD DROP" },
	{ "raw", HOST, IPPROTO_UDP,
	  "iptables-nft -t raw -A PREROUTING -d 10.77.0.2 ! -i br-gone -j DROP", NFPROTO_IPV4,
	  "raw", "PREROUTING", HIT_RULE, IPT, 1,
	  "-A PREROUTING -d 10.77.0.2/32 ! -i br-gone -j DROP" },
	{ "output", SRC, IPPROTO_TCP, "iptables-nft -A OUTPUT -d 10.77.0.2 -j DROP", NFPROTO_IPV4,
	  "filter", "OUTPUT", HIT_RULE, IPT, 1, "-A OUTPUT -d 10.77.0.2/32 -j DROP" },
	{ "input", DST, IPPROTO_ICMP, "iptables-nft -A INPUT -p icmp -j DROP", NFPROTO_IPV4,
	  "filter", "INPUT", HIT_RULE, IPT, 1, "-A INPUT -p icmp -j DROP" },
	{ "an error that quotes the probe", DST, IPPROTO_UDP,
	  "iptables-nft -A OUTPUT -p icmp --icmp-type port-unreachable -j DROP", NFPROTO_IPV4,
	  "filter", "OUTPUT", HIT_RULE, IPT, 1,
	  "-A OUTPUT -p icmp -m icmp --icmp-type 3/3 -j DROP" },
	{ "comment with a quote, a backslash and a newline", HOST, IPPROTO_ICMP,
	  "iptables-nft -A FORWARD -p tcp -m comment --comment 'a \"b\\\n-A FORWARD -j DROP'\n"
	  "iptables-nft -A FORWARD -p icmp -m comment --comment 'x  y' -j DROP",
	  NFPROTO_IPV4, "filter", "FORWARD", HIT_RULE, IPT, 2,
	  "-A FORWARD -p icmp -m comment --comment \"x  y\" -j DROP" },
	{ "nft inet verdict map", HOST, IPPROTO_ICMP,
	  "nft 'table inet f { chain c { type filter hook forward priority 0; counter\n"
	  "ip saddr vmap { 10.77.0.1 : drop, 10.77.0.9 : accept }; }; }'",
	  NFPROTO_INET, "f", "c", HIT_RULE, NFT, 2,
	  "ip saddr vmap { 10.77.0.1 : drop, 10.77.0.9 : accept }" },
	{ "nft inet policy", HOST, IPPROTO_UDP,
	  "nft 'table inet f { chain c { type filter hook forward priority 0; policy drop; }; }'",
	  NFPROTO_INET, "f", "c", HIT_POLICY, NFT, 0,
	  "type filter hook forward priority filter; policy drop;" },
	{ "nft table with iptables' name", HOST, IPPROTO_ICMP,
	  "nft 'table ip filter { chain forward { type filter hook forward priority 5;\n"
	  "ip protocol icmp counter drop comment \"one # handle 2\"; }; }'",
	  NFPROTO_IPV4, "filter", "forward", HIT_RULE, NFT, 1,
	  "ip protocol icmp counter drop comment \"one # handle 2\"" },
	{ "nft policy of a chain with iptables' name", HOST, IPPROTO_ICMP,
	  "nft 'table ip filter { chain FORWARD { type filter hook forward priority 5;\n"
	  "policy drop; }; }'",
	  NFPROTO_IPV4, "filter", "FORWARD", HIT_POLICY, NFT, 0,
	  "type filter hook forward priority filter + 5; policy drop;" },
	{ "nft as the engine writes it", HOST, IPPROTO_TCP,
	  "nft 'table ip docker-bridges { chain filter-forward-in__br0 {\n"
	  "iifname != \"br-gone\" counter drop comment \"UNPUBLISHED PORT DROP\"; };\n"
	  "chain filter-FORWARD { type filter hook forward priority 0;\n"
	  "oifname vmap { \"br0\" : jump filter-forward-in__br0 }; }; }'",
	  NFPROTO_IPV4, "docker-bridges", "filter-forward-in__br0", HIT_RULE, NFT, 1,
	  "iifname != \"br-gone\" counter drop comment \"UNPUBLISHED PORT DROP\"" },
	{ "ebtables", HOST, IPPROTO_ICMP,
	  "ebtables-nft -A FORWARD -p ARP -j ACCEPT; ebtables-nft -A FORWARD -p IPv4 -j DROP",
	  NFPROTO_BRIDGE, "filter", "FORWARD", HIT_RULE, EBT, 2, "-A FORWARD -p IPv4 -j DROP" },
	{ "ebtables, policy of a user's chain", HOST, IPPROTO_ICMP,
	  "ebtables-nft -N uc -P DROP; ebtables-nft -A uc -p ARP -j ACCEPT\n"
	  "ebtables-nft -A FORWARD -j uc",
	  NFPROTO_BRIDGE, "filter", "uc", HIT_RULE, EBT, 0, "-P uc DROP" },
	{ "nft bridge", HOST, IPPROTO_UDP,
	  "nft 'table bridge b { chain c { type filter hook forward priority 0;\n"
	  "ip daddr 10.77.0.2 drop; }; }'",
	  NFPROTO_BRIDGE, "b", "c", HIT_RULE, NFT, 1, "ip daddr 10.77.0.2 drop" },
	{ "nft bridge, ARP", HOST, 0,
	  "nft 'table bridge b { chain c { type filter hook forward priority 0;\n"
	  "ether type arp drop; }; }'",
	  NFPROTO_BRIDGE, "b", "c", HIT_RULE, NFT, 1, "ether type arp drop" },
	{ "arptables", DST, 0, "arptables-nft -A INPUT -s 10.77.0.1 -j DROP", NFPROTO_ARP, "filter",
	  "INPUT", HIT_RULE, IPT, 1, "-A INPUT -j DROP -s 10.77.0.1" },
	{ "nft arp", SRC, 0,
	  "nft 'table arp a { chain c { type filter hook output priority 0; policy drop; }; }'",
	  NFPROTO_ARP, "a", "c", HIT_POLICY, NFT, 0,
	  "type filter hook output priority filter; policy drop;" },
	{ "ip6tables", HOST, IPPROTO_ICMPV6,
	  "ip6tables-nft -A FORWARD -p tcp -j DROP\n"
	  "ip6tables-nft -A FORWARD -s fd00:77::1 -p icmpv6 -j DROP",
	  NFPROTO_IPV6, "filter", "FORWARD", HIT_RULE, IPT, 2,
	  "-A FORWARD -s fd00:77::1/128 -p ipv6-icmp -j DROP" },
	{ "ip6tables in a container", DST, IPPROTO_ICMPV6,
	  "ip6tables-nft -A INPUT -p icmpv6 --icmpv6-type echo-request -j REJECT",
	  NFPROTO_IPV6, "filter", "INPUT", HIT_RULE, IPT, 1,
	  "-A INPUT -p ipv6-icmp -m icmp6 --icmpv6-type 128 -j REJECT --reject-with "
	  "icmp6-port-unreachable" },
	{ "nft inet, IPv6", HOST, IPPROTO_ICMPV6,
	  "nft 'table inet f { chain c { type filter hook forward priority 0;\n"
	  "ip6 daddr fd00:77::2 drop; }; }'",
	  NFPROTO_INET, "f", "c", HIT_RULE, NFT, 1, "ip6 daddr fd00:77::2 drop" },
	{ "nft bridge, IPv6", HOST, IPPROTO_ICMPV6,
	  "nft 'table bridge b { chain c { type filter hook forward priority 0;\n"
	  "icmpv6 type echo-request drop; }; }'",
	  NFPROTO_BRIDGE, "b", "c", HIT_RULE, NFT, 1, "icmpv6 type echo-request drop" },
	{ "a solicitation", HOST, ND,
	  "nft 'table bridge b { chain c { type filter hook forward priority 0;\n"
	  "icmpv6 type nd-neighbor-solicit drop; }; }'",
	  NFPROTO_BRIDGE, "b", "c", HIT_RULE, NFT, 1, "icmpv6 type nd-neighbor-solicit drop" },
	{ "an advertisement", DST, ND,
	  "ip6tables-nft -A OUTPUT -p icmpv6 --icmpv6-type neighbour-advertisement -j DROP",
	  NFPROTO_IPV6, "filter", "OUTPUT", HIT_RULE, IPT, 1,
	  "-A OUTPUT -p ipv6-icmp -m icmp6 --icmpv6-type 136 -j DROP" },
};

static void forget_neighbours(void)
{
	netlab_run(lab[SRC], "ip neigh flush dev eth0; ip -6 neigh flush dev eth0");
	netlab_run(lab[DST], "ip neigh flush dev eth0; ip -6 neigh flush dev eth0");
}

static bool is_expected(const struct expectation *c, const struct hit *hit, const struct rule *r)
{
	return hit->role == (enum role)c->where && hit->type == c->type && r->family == c->family &&
	       !strcmp(r->table, c->table) && !strcmp(r->chain, c->chain) &&
	       r->backend == c->backend && r->index == c->index && !strcmp(r->text, c->text) &&
	       r->policy == !r->index && r->handle == hit->handle;
}

/* What is wrong with the case, NULL: nothing. */
static const char *run_case(const struct expectation *c)
{
	bool ip6 = c->l4 == ND || c->l4 == IPPROTO_ICMPV6;
	struct dd_filter filter = ip6 ? filter6_for(IPPROTO_ICMP) :
					filter_for(c->l4 ? c->l4 : IPPROTO_ICMP);
	struct nftrace *t __cleanup(cleanup_nftrace) = NULL;
	struct rule rule;
	struct hit hit;

	if (nftrace_open(lab[c->where], c->where, &filter, &t))
		return "the trace is not armed";
	if (!c->l4 || ip6)
		forget_neighbours();
	if (ip6)
		send_probe6(filter.l4);
	else
		send_probe(filter.l4);
	if (!wait_for_drop(t, &hit))
		return "no drop was traced";
	assert_int_equal(ruleset_rule(lab[c->where], &hit, &rule), 0);
	if (is_expected(c, &hit, &rule))
		return NULL;
	print_message("%s: family %d %s %s backend %d index %d: %s\n", c->name, rule.family,
		      rule.table, rule.chain, rule.backend, rule.index, rule.text);
	return "another rule was expected";
}

static void test_rules(void **state)
{
	(void)state;
	use_lab();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int netns = lab[cases[i].where];
		char *before __free = NULL, *after __free = NULL;
		const char *wrong;

		netlab_run(netns, "%s", cases[i].script);
		before = rules_of(netns);
		wrong = run_case(&cases[i]);
		if (wrong)
			fail_msg("%s: %s", cases[i].name, wrong);
		after = rules_of(netns);
		assert_string_equal(before, after);
		netlab_run(netns, "nft flush ruleset");
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_teardown(test_rules, leave_lab),
};

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
