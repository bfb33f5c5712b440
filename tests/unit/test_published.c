/* SPDX-License-Identifier: GPL-2.0 */
/* What the doctor says of published ports. */
#include "core/doctor.h"

#include <linux/netfilter.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diagnosis.h"

#include "core/judge.h"

/* Which of the three is told depends on what the engine was told to do. */
static void test_published_ports(void **state)
{
	static const struct {
		enum says rules, proxy;
		bool led, served, rootless;
		const char *text; /* of the finding, NULL: none */
		int severity;
	} cases[] = {
		{ SAYS_YES, SAYS_YES, true, false, false, NULL, 0 },
		{ SAYS_YES, SAYS_YES, false, true, false, "docker-proxy passes on", SEVERITY_NOTE },
		{ SAYS_YES, SAYS_YES, false, false, false, "neither a rule nor a proxy", SEVERITY_BROKEN },
		{ SAYS_YES, SAYS_YES, false, false, true, NULL, 0 },
		{ SAYS_YES, SAYS_NO, true, false, false, NULL, 0 },
		/* the engine's own socket, from which nobody takes anything */
		{ SAYS_YES, SAYS_NO, false, true, false, "neither a rule nor a proxy", SEVERITY_BROKEN },
		{ SAYS_NO, SAYS_YES, false, true, false, NULL, 0 },
		{ SAYS_NO, SAYS_NO, false, true, false, "was told to make no rules", SEVERITY_BROKEN },
		{ SAYS_NO, SAYS_NO, true, true, false, NULL, 0 },
		{ SAYS_NOTHING, SAYS_NOTHING, false, false, false, NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct checkup *c = calloc(1, sizeof(*c));
		struct place place = { .name = "web", .id = "1", .n_published = 1,
				       .published = { { .l4 = 17, .port = 53, .led = cases[i].led,
							.served = cases[i].served } } };
		const struct finding *f;
		struct diagnosis d;

		strcpy(c->engine.name, "Docker Engine");
		c->engine.makes_rules = cases[i].rules;
		c->engine.userland_proxy = cases[i].proxy;
		c->engine.rootless = cases[i].rootless;
		c->places = &place;
		c->n_places = 1;
		doctor_examine(c, &d);
		f = found(&d, "port-unserved") ?: found(&d, "port-by-proxy");
		assert_int_equal(f != NULL, cases[i].text != NULL);
		if (f) {
			assert_non_null(strstr(f->text, cases[i].text));
			assert_non_null(strstr(f->text, "UDP port 53"));
			assert_int_equal(f->severity, cases[i].severity);
		}
		doctor_free(&d);
		free(c);
	}
}

/* Whether a rule may translate what comes for TCP port 8080 of 192.0.2.1. */
static void test_leads(void **state)
{
	static const struct {
		enum backend backend;
		const char *table, *rule;
		bool leads;
	} cases[] = {
		{ BACKEND_IPTABLES_NFT, "nat", "-A DOCKER ! -i br-1 -p tcp -m tcp --dport 8080 -j DNAT --to-destination "
		  "172.18.0.2:80", true },
		{ BACKEND_IPTABLES_NFT, "nat", "-A DOCKER -p tcp -m tcp --dport 8081 -j DNAT --to-destination "
		  "172.18.0.2:80", false },
		{ BACKEND_IPTABLES_NFT, "nat", "-A DOCKER -p udp -m udp --dport 8080 -j DNAT --to-destination "
		  "172.18.0.2:80", false },
		{ BACKEND_IPTABLES_LEGACY, "nat", "-A DOCKER -d 192.0.2.1/32 -p tcp --dport 8080 -j DNAT --to-destination "
		  "172.18.0.2:80", true },
		{ BACKEND_IPTABLES_NFT, "nat", "-A DOCKER -d 192.0.2.9/32 -p tcp --dport 8080 -j DNAT --to-destination "
		  "172.18.0.2:80", false },
		{ BACKEND_IPTABLES_NFT, "nat", "-A X -p tcp --dport 8000:8090 -j DNAT --to-destination 172.18.0.2", true },
		{ BACKEND_IPTABLES_NFT, "nat", "-A X -p tcp ! --dport 22 -j DNAT --to-destination 172.18.0.2", true },
		{ BACKEND_IPTABLES_NFT, "nat", "-A X -p tcp -m multiport --dports 80,8080 -j REDIRECT --to-ports 1", true },
		{ BACKEND_IPTABLES_NFT, "nat", "-A X -m comment --comment \"dport 99 \" -p tcp --dport 8080 -j DNAT "
		  "--to-destination 172.18.0.2", true },
		{ BACKEND_IPTABLES_NFT, "nat", "-A X -p tcp --dport 8080 -j MASQUERADE", false },
		{ BACKEND_IPTABLES_NFT, "nat", "-A X -m set --match-set known dst -j DNAT --to-destination 172.18.0.2", true },
		{ BACKEND_IPTABLES_NFT, "filter", "-A X -p tcp --dport 8080 -j ACCEPT", false },
		{ BACKEND_NFTABLES, "docker-bridges", "tcp dport 8080 counter packets 0 bytes 0 dnat to 172.18.0.2:80", true },
		{ BACKEND_NFTABLES, "docker-bridges", "tcp dport 8081 counter dnat to 172.18.0.2:80", false },
		{ BACKEND_NFTABLES, "nat", "tcp dport { 80, 8080 } dnat to 172.18.0.2", true },
		{ BACKEND_NFTABLES, "nat", "tcp dport != 22 redirect to :1", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rule_line line = { cases[i].rule, 0 };
		struct chain chain = { .backend = cases[i].backend, .family = NFPROTO_IPV4, .table = cases[i].table,
				       .name = "X", .policy = "", .hook = -1, .n_rules = 1, .device = "" };
		const struct rules_view v = { .chains = &chain, .n_chains = 1, .rules = &line, .n_rules = 1 };
		const struct published p = { .ip = { AF_INET, { 192, 0, 2, 1 } }, .l4 = 6, .port = 8080 };

		print_message("%s\n", cases[i].rule);
		assert_int_equal(judge_leads(&v, &p), cases[i].leads);
		chain.family = NFPROTO_IPV6;
		assert_false(judge_leads(&v, &p));
	}
}

/* Of the network whose bridge is answered past the host; the engines that forgot to see to it are named. */
static void test_hairpin(void **state)
{
	static const struct {
		const char *version, *to;
		int call; /* of the sysctl, -1: there is none */
		bool found;
		int advisories;
	} cases[] = {
		{ "27.3.1", "172.18.0.2", -1, true, 1 }, { "27.4.0", "172.18.0.2", 0, true, 0 },
		{ "27.3.1", "172.18.0.2", 1, false, 0 }, { "27.3.1", "172.19.0.2", -1, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char dnat[128];
		struct rule_line lines[] = { { dnat, 0 } };
		struct chain chain = { .backend = BACKEND_IPTABLES_NFT, .family = 2, .table = "nat",
				       .name = "DOCKER", .policy = "", .hook = -1, .n_rules = 1, .device = "" };
		struct sysctl sysctl = { "bridge/bridge-nf-call-iptables", cases[i].call };
		struct checkup *c = calloc(1, sizeof(*c));
		struct place place = { .name = "web", .id = "1", .n_published = 1,
				       .published = { { .l4 = 6, .port = 8080, .led = true } } };
		struct resident members[] = {
			{ .name = "db", .id = "2", .ip = { AF_INET, { 172, 18, 0, 3 } } },
			{ .name = "web", .id = "1", .ip = { AF_INET, { 172, 18, 0, 2 } }, .place = &place },
		};
		static struct device bridge;
		struct net_view net = { .network = { .name = "shop", .driver = "bridge", .bridge = "br-1" },
					.bridge = &bridge, .members = members, .n_members = 2 };
		const struct finding *f;
		struct diagnosis d;

		snprintf(dnat, sizeof(dnat), "-A DOCKER -p tcp -m tcp --dport 8080 -j DNAT --to-destination %s:80",
			 cases[i].to);
		strcpy(c->engine.name, "Docker Engine");
		strcpy(c->engine.version, cases[i].version);
		c->engine.makes_rules = SAYS_YES;
		c->engine.userland_proxy = SAYS_NO;
		c->host.rules = (struct rules_view){ .chains = &chain, .n_chains = 1, .rules = lines, .n_rules = 1 };
		c->host.sysctls = &sysctl;
		c->host.n_sysctls = cases[i].call >= 0;
		c->networks = &net;
		c->n_networks = 1;
		doctor_examine(c, &d);
		f = found(&d, "hairpin-lost");
		assert_int_equal(f != NULL, cases[i].found);
		if (f)
			assert_int_equal(f->n_advisories, cases[i].advisories);
		doctor_free(&d);
		free(c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_published_ports),
		cmocka_unit_test(test_leads),
		cmocka_unit_test(test_hairpin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
