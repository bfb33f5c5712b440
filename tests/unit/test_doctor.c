/* SPDX-License-Identifier: GPL-2.0 */
/* What the doctor says of things that not every kernel, nor every machine, can be brought to have. */
#include "core/doctor.h"

#include <linux/netfilter.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "diagnosis.h"

#include "source/ruleset_dump.h"

/* How many lines of what is not known have the words. */
static int unknown(const struct diagnosis *d, const char *check, const char *words)
{
	int n = 0;

	for (size_t i = 0; i < d->n_unmade; i++)
		n += !strcmp(d->unmade[i].check, check) && strstr(d->unmade[i].why, words);
	return n;
}

static void test_nothing(void **state)
{
	struct checkup *c = calloc(1, sizeof(*c));
	struct diagnosis d;

	(void)state;
	doctor_examine(c, &d);
	assert_int_equal(d.n_findings, 0);
	assert_int_equal(d.n_unmade, 0);
	assert_true(d.n_checks > 0);
	doctor_free(&d);
	free(c);
}

/* Words in braces are filled in sentences and remedies alone; each row says why it matters. */
static void test_rows(void **state)
{
	static const struct {
		const char *id, *text, *why;
	} rows[] = {
#define JUDGE(judge, needs)
#define JUDGE_PART(judge, needs)
#define CHECK(id, severity, text, why, ...) { id, text, why },
#define CHECK_AS(key, id, severity, text, why, ...) { key, text, why },
#include "core/checks.def"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].id);
		assert_null(strchr(rows[i].why, '{'));
		assert_true(!rows[i].text[0] == !rows[i].why[0]);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(rows[i].id, rows[k].id);
	}
}

/* What could not be read is not missing. */
static void test_unread(void **state)
{
	static const struct {
		enum need unread;
		const char *check;
		bool found;
	} cases[] = {
		{ N_NEEDS, "docker-chains-missing", true }, { NEED_RULES, "docker-chains-missing", false },
		{ NEED_LEGACY, "docker-chains-missing", false }, { NEED_CONTAINERS, "docker-chains-missing", true },
		{ N_NEEDS, "bridge-missing", true }, { NEED_LINKS, "bridge-missing", false },
	};
	static struct device bridge;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct checkup *c = calloc(1, sizeof(*c));
		struct net_view net = { .network = { .name = "shop", .driver = "bridge", .bridge = "br-1" } };
		struct diagnosis d;

		if (strcmp(cases[i].check, "bridge-missing"))
			net.bridge = &bridge;
		strcpy(c->engine.name, "Docker Engine");
		c->networks = &net;
		c->n_networks = 1;
		if (cases[i].unread < N_NEEDS)
			strcpy(c->unread[cases[i].unread], "no time");
		doctor_examine(c, &d);
		assert_int_equal(found(&d, cases[i].check) != NULL, cases[i].found);
		assert_int_equal(unknown(&d, cases[i].check, "no time"), !cases[i].found);
		doctor_free(&d);
		free(c);
	}
}

/* The kernel's modules are to blame where a chain is missing alone: everything may be built in. */
static void test_modules(void **state)
{
	static const char save[] = "*filter\n:FORWARD ACCEPT\n:DOCKER -\n-A FORWARD -j DOCKER\n"
				   "*nat\n:PREROUTING ACCEPT\n:DOCKER -\n-A PREROUTING -j DOCKER\n";

	(void)state;
	for (int whole = 0; whole < 2; whole++)
		for (int lacks = 0; lacks < 2; lacks++) {
			static struct device bridge;
			struct net_view net = { .network = { .driver = "bridge", .bridge = "br-1" }, .bridge = &bridge };
			struct checkup *c = calloc(1, sizeof(*c));
			const struct finding *f;
			struct diagnosis d;

			strcpy(c->engine.name, "Docker Engine");
			strcpy(c->lacks, lacks ? "/lib/modules has none of kernel 6.1.0, which runs" : "");
			c->networks = &net;
			c->n_networks = 1;
			if (whole)
				ruleset_dump_save(strdup(save), BACKEND_IPTABLES_NFT, NFPROTO_IPV4, &c->host.rules);
			doctor_examine(c, &d);
			f = found(&d, "modules-missing");
			assert_int_equal(f != NULL, lacks && !whole);
			if (f)
				assert_non_null(strstr(f->text, "none of kernel 6.1.0"));
			doctor_free(&d);
			ruleset_dump_free(&c->host.rules);
			free(c);
		}
}

static void test_programs(void **state)
{
	struct program programs[] = {
		{ .place = PLACE_TC, .kind = "bpf", .name = "cil_from", .id = 7, .ingress = true,
		  .device = "veth1", .netns = "host" },
		{ .place = PLACE_TC, .kind = "bpf", .name = "cil_from", .id = 7, .ingress = true,
		  .device = "veth2", .netns = "host" },
		{ .place = PLACE_XDP, .kind = "xdp", .name = "guard", .id = 9, .ingress = true,
		  .device = "veth2", .netns = "host" },
		{ .place = PLACE_TC, .kind = "flower", .ingress = true, .device = "veth2", .netns = "host",
		  .priority = 8, .action = "gact", .drops = true },
	};
	struct checkup *c = calloc(1, sizeof(*c));
	const struct finding *f;
	struct diagnosis d;

	(void)state;
	c->programs = programs;
	c->n_programs = sizeof(programs) / sizeof(programs[0]);
	doctor_examine(c, &d);
	/* one that is on several devices is told once */
	assert_int_equal(unknown(&d, "tc-drop", "cil_from (id 7) on veth1 of the host and 1 other device"), 1);
	assert_int_equal(unknown(&d, "tc-drop", ""), 1);
	assert_int_equal(unknown(&d, "xdp-drop", "guard (id 9) on veth2"), 1);
	assert_int_equal(d.n_findings, 1);
	f = found(&d, "tc-filter");
	assert_non_null(f);
	assert_int_equal(f->severity, SEVERITY_RISK);
	assert_string_equal(f->remedy[0], "tc -s filter show dev veth2 ingress");
	doctor_free(&d);
	free(c);
}

static void test_legacy_tables(void **state)
{
	struct checkup *c = calloc(1, sizeof(*c));
	struct diagnosis d;

	(void)state;
	c->host.rules.has_ebtables = c->host.rules.has_arptables = true;
	doctor_examine(c, &d);
	assert_int_equal(d.n_findings, 0);
	assert_int_equal(unknown(&d, "nf-rule-drop", "ebtables-legacy -L"), 1);
	assert_int_equal(unknown(&d, "nf-rule-drop", "arptables-legacy -L"), 1);
	doctor_free(&d);
	free(c);
}

/* Told before they are full, and when they are. */
static void test_tables_that_fill(void **state)
{
	static const struct {
		int count, severity; /* -1: nothing to tell */
	} cases[] = { { 0, -1 }, { 899, -1 }, { 900, SEVERITY_RISK }, { 999, SEVERITY_RISK },
		      { 1000, SEVERITY_BROKEN }, { 1024, SEVERITY_BROKEN } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int six = 0; six < 2; six++) {
			struct checkup *c = calloc(1, sizeof(*c));
			const struct finding *f;
			struct diagnosis d;

			c->neigh_count[six] = cases[i].count;
			c->neigh_max[six] = 1000;
			doctor_examine(c, &d);
			f = found(&d, "neigh-table-full");
			assert_int_equal(f ? (int)f->severity : -1, cases[i].severity);
			assert_int_equal(doctor_is_broken(&d), cases[i].severity == SEVERITY_BROKEN);
			doctor_free(&d);
			free(c);
		}
}

/* A problem of the engine's is told with the finding that it looks like, and of its version alone. */
static void test_known_problem(void **state)
{
	static const struct {
		const char *version;
		int advisories;
	} cases[] = { { "28.0.0", 1 }, { "28.0.1", 0 }, { "27.5.1", 0 }, { "", 0 } };
	static struct rule_line lines[] = { { "-A FORWARD -j REJECT --reject-with icmp-host-prohibited", 0 },
					    { "-A FORWARD -j DOCKER", 0 } };
	static struct chain chain = { .backend = BACKEND_IPTABLES_NFT, .family = 2, .table = "filter",
				      .name = "FORWARD", .policy = "ACCEPT", .hook = 2, .n_rules = 2,
				      .device = "" };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct checkup *c = calloc(1, sizeof(*c));
		const struct finding *f;
		struct diagnosis d;

		strcpy(c->engine.name, "Docker Engine");
		strcpy(c->engine.version, cases[i].version);
		c->engine.makes_rules = SAYS_YES;
		c->host.rules = (struct rules_view){ .chains = &chain, .n_chains = 1, .rules = lines,
						     .n_rules = 2 };
		doctor_examine(c, &d);
		f = found(&d, "forward-order");
		assert_non_null(f);
		assert_int_equal(f->n_advisories, cases[i].advisories);
		if (f->n_advisories)
			assert_string_equal(f->advisories[0].id, "moby-49518");
		doctor_free(&d);
		free(c);
	}
}

/* Of containers and the engine, and of the network; not what a host's other programs are denied all day. */
static void test_denied(void **state)
{
	static const struct {
		const char *line, *module, *process, *who, *what; /* module NULL: it is none */
	} cases[] = {
		{ "audit: type=1400 audit(1700000000.1:7): apparmor=\"DENIED\" operation=\"create\" class=\"net\" "
		  "profile=\"docker-default\" pid=7 comm=\"ping\" family=\"inet\" sock_type=\"raw\" protocol=1 "
		  "requested_mask=\"create\" denied_mask=\"create\"",
		  "AppArmor", "ping", "docker-default", "create of a socket (inet raw)" },
		{ "audit: type=1400 audit(1.1:8): apparmor=\"DENIED\" operation=\"capable\" class=\"cap\" "
		  "profile=\"docker-web\" pid=8 comm=\"ip\" capability=12  capname=\"net_admin\"",
		  "AppArmor", "ip", "docker-web", "capability net_admin" },
		{ "audit: type=1400 audit(1.1:8): apparmor=\"DENIED\" operation=\"capable\" class=\"cap\" "
		  "profile=\"/usr/sbin/cups-browsed\" pid=8 comm=\"cups-browsed\" capability=12  capname=\"net_admin\"",
		  NULL, "", "", "" },
		{ "audit: type=1400 audit(1.1:9): apparmor=\"DENIED\" operation=\"mount\" profile=\"docker-default\" "
		  "name=\"/proc/\" pid=9 comm=\"mount\"", NULL, "", "", "" },
		{ "audit: type=1400 audit(1.1:9): apparmor=\"DENIED\" operation=\"connect\" profile=\"docker-default\" "
		  "pid=9 comm=\"x\" family=\"unix\" sock_type=\"stream\"", NULL, "", "", "" },
		{ "audit: type=1400 audit(1.1:9): apparmor=\"ALLOWED\" operation=\"create\" profile=\"docker-default\" "
		  "pid=9 comm=\"x\" family=\"inet\" sock_type=\"raw\"", NULL, "", "", "" },
		{ "audit: type=1400 audit(1.1:1): avc:  denied  { name_connect } for  pid=1 comm=\"nginx\" dest=8080 "
		  "scontext=system_u:system_r:container_t:s0:c1,c2 tcontext=system_u:object_r:http_port_t:s0 "
		  "tclass=tcp_socket permissive=0",
		  "SELinux", "nginx", "container_t", "name_connect of a socket (tcp)" },
		{ "audit: type=1400 audit(1.1:1): avc:  denied  { name_connect } for  pid=1 comm=\"nginx\" dest=8080 "
		  "scontext=system_u:system_r:container_t:s0:c1,c2 tcontext=system_u:object_r:http_port_t:s0 "
		  "tclass=tcp_socket permissive=1", NULL, "", "", "" },
		{ "audit: type=1400 audit(1.1:1): avc:  denied  { net_raw } for  pid=1 comm=\"ping\" capability=13 "
		  "scontext=u:r:svirt_lxc_net_t:s0 tcontext=u:r:svirt_lxc_net_t:s0 tclass=capability permissive=0",
		  "SELinux", "ping", "svirt_lxc_net_t", "capability net_raw" },
		{ "audit: type=1400 audit(1.1:1): avc:  denied  { module_request } for  pid=1 comm=\"iptables\" "
		  "kmod=\"ip_tables\" scontext=system_u:system_r:container_runtime_t:s0 "
		  "tcontext=system_u:system_r:kernel_t:s0 tclass=system permissive=0",
		  "SELinux", "iptables", "container_runtime_t", "the loading of a kernel module" },
		{ "audit: type=1400 audit(1.1:1): avc:  denied  { read } for  pid=1 comm=\"cat\" name=\"passwd\" "
		  "scontext=u:r:container_t:s0 tcontext=u:r:shadow_t:s0 tclass=file permissive=0", NULL, "", "", "" },
		{ "audit: type=1400 audit(1.1:1): avc:  denied  { connectto } for  pid=1 comm=\"x\" "
		  "scontext=u:r:container_t:s0 tcontext=u:r:t:s0 tclass=unix_stream_socket permissive=0", NULL, "", "", "" },
		{ "audit: type=1400 audit(1.1:1): avc:  denied  { create } for  pid=1 comm=\"x\" "
		  "scontext=u:r:httpd_t:s0 tcontext=u:r:httpd_t:s0 tclass=rawip_socket permissive=0", NULL, "", "", "" },
		{ "apparmor=\"DENIED\"", NULL, "", "", "" },
		{ "avc:  denied  { ", NULL, "", "", "" },
		{ "avc:  denied  { create", NULL, "", "", "" },
		{ " family= apparmor=\"DENIED\" profile=\"docker", NULL, "", "", "" },
		{ "", NULL, "", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct denial one = { 0 };

		print_message("%zu: %.60s\n", i, cases[i].line);
		assert_int_equal(doctor_denied(cases[i].line, &one), cases[i].module != NULL);
		if (!cases[i].module)
			continue;
		assert_string_equal(one.module, cases[i].module);
		assert_string_equal(one.process, cases[i].process);
		assert_string_equal(one.who, cases[i].who);
		assert_string_equal(one.what, cases[i].what);
	}
}

static void test_denied_is_told(void **state)
{
	struct denial one = { .module = "SELinux", .process = "ping", .who = "container_t",
			      .what = "create of a socket (rawip)", .text = "avc: ...", .count = 3 };
	struct checkup *c = calloc(1, sizeof(*c));
	const struct finding *f;
	struct diagnosis d;

	(void)state;
	c->denied = &one;
	c->n_denied = 1;
	doctor_examine(c, &d);
	f = found(&d, "security-denied");
	assert_non_null(f);
	assert_string_equal(f->text, "SELinux denied ping (container_t) create of a socket (rawip), 3 times.");
	assert_string_equal(f->evidence, "avc: ...");
	assert_string_equal(f->remedy[0], "ausearch -m avc -ts recent");
	assert_false(doctor_is_broken(&d));
	doctor_free(&d);
	free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_unread),
		cmocka_unit_test(test_modules),
		cmocka_unit_test(test_programs),
		cmocka_unit_test(test_legacy_tables),
		cmocka_unit_test(test_tables_that_fill),
		cmocka_unit_test(test_known_problem),
		cmocka_unit_test(test_denied),
		cmocka_unit_test(test_denied_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
