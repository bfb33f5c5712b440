/* SPDX-License-Identifier: GPL-2.0 */
#include "source/legacy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <string.h>
#include <sys/socket.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/strbuf.h"

#include "netlab.h"

#define BRIDGE "br-4167487351c8"

/* Tests run in the project's top directory. */
static char *read_data(void)
{
	FILE *f __fclose = fopen("tests/data/rules/legacy.txt", "r");
	char *text = NULL;
	size_t size = 0;

	if (!f || getdelim(&text, &size, '\0', f) < 0)
		fail_msg("cannot read tests/data/rules/legacy.txt");
	return text;
}

/* Lets the counter of one line grow: "[0:0] -A ..." or ":CHAIN POLICY [0:0]". */
static void count(char *text, const char *line)
{
	char *at = strstr(text, line);
	char *counter = !at ? NULL : *line == ':' ? at + strlen(line) + 1 : at - strlen("[0:0] ");

	if (!counter || strncmp(counter, "[0:0]", 5))
		fail_msg("no counter of: %s", line);
	memcpy(counter, "[3:9]", 5);
}

static const struct moved {
	const char *lines[3]; /* whose counters grow */
	int hook;
	const char *table;
	int err;
	const char *found_table, *chain;
	int index;
	const char *text;
	bool ambiguous;
} moves[] = {
	{ { "-A DOCKER-USER -p icmp -j DROP", "-A FORWARD -j DOCKER-USER" }, NF_INET_FORWARD, "",
	  0, "filter", "DOCKER-USER", 3, "-A DOCKER-USER -p icmp -j DROP", false },
	{ { "-A DOCKER-USER -p tcp" }, NF_INET_FORWARD, "filter", 0, "filter", "DOCKER-USER", 2,
	  "-A DOCKER-USER -p tcp -m comment --comment -j -m tcp --dport 23 -j DROP", false },
	{ { "-A DOCKER-ISOLATION-STAGE-2 -o br" }, NF_INET_FORWARD, "", 0, "filter",
	  "DOCKER-ISOLATION-STAGE-2", 2, "-A DOCKER-ISOLATION-STAGE-2 -o " BRIDGE " -j DROP",
	  false },
	{ { "-A PREROUTING -d 172.19.0.3/32" }, NF_INET_PRE_ROUTING, "raw", 0, "raw", "PREROUTING",
	  2, "-A PREROUTING -d 172.19.0.3/32 ! -i " BRIDGE " -j DROP", false },
	{ { ":FORWARD DROP" }, NF_INET_FORWARD, "", 0, "filter", "FORWARD", 0, "-P FORWARD DROP",
	  false },
	{ { ":FORWARD DROP", "-A DOCKER ! -i docker0" }, NF_INET_FORWARD, "", 0, "filter", "DOCKER",
	  2, "-A DOCKER ! -i docker0 -o docker0 -j DROP", true },
	{ { "-A DOCKER ! -i docker0", "-A DOCKER ! -i br" }, NF_INET_FORWARD, "", 0, "filter",
	  "DOCKER", 1, "-A DOCKER ! -i " BRIDGE " -o " BRIDGE " -j DROP", true },
	{ { "-A DOCKER-USER -p icmp -j DROP" }, NF_INET_LOCAL_IN, "", -ENOENT, "", "", 0, "",
	  false },
	{ { "-A DOCKER-USER -p icmp -j DROP" }, NF_INET_FORWARD, "raw", -ENOENT, "", "", 0, "",
	  false },
	{ { "-A DOCKER-FORWARD -i docker0 -j ACCEPT" }, NF_INET_FORWARD, "", -ENOENT, "", "", 0, "",
	  false },
	{ { ":INPUT ACCEPT" }, NF_INET_LOCAL_IN, "", -ENOENT, "", "", 0, "", false },
	{ { NULL }, 5, "", -EINVAL, "", "", 0, "", false },
	{ { NULL }, -1, "", -EINVAL, "", "", 0, "", false },
};

static void check_moved(const struct moved *m, int err, const struct rule *rule)
{
	assert_int_equal(err, m->err);
	assert_string_equal(rule->table, m->found_table);
	assert_string_equal(rule->chain, m->chain);
	assert_int_equal(rule->index, m->index);
	assert_string_equal(rule->text, m->text);
	assert_int_equal(rule->ambiguous, m->ambiguous);
	assert_int_equal(rule->policy, !err && !m->index);
	assert_int_equal(rule->backend, err ? BACKEND_NONE : BACKEND_IPTABLES_LEGACY);
}

static void test_moved(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(moves); i++) {
		struct legacy *before __cleanup(cleanup_legacy) = NULL;
		struct legacy *after __cleanup(cleanup_legacy) = NULL;
		char *text __free = read_data();
		struct rule rule = { 0 };
		int err;

		assert_int_equal(legacy_parse(text, AF_INET, &before), 0);
		for (int k = 0; k < 3 && moves[i].lines[k]; k++)
			count(text, moves[i].lines[k]);
		assert_int_equal(legacy_parse(text, AF_INET, &after), 0);
		err = legacy_moved(before, after, moves[i].hook, moves[i].table, NULL, &rule);
		check_moved(&moves[i], err, &rule);
	}
}

/* Rules that changed between the snapshots say nothing; chains may jump in circles. */
static void test_moved_odd(void **state)
{
	static const struct {
		const char *before, *after;
		int err;
	} rows[] = {
		{ "*filter\n:INPUT ACCEPT [0:0]\n[0:0] -A INPUT -j DROP\nCOMMIT\n",
		  "*filter\n:INPUT ACCEPT [0:0]\n[7:7] -A INPUT -i eth0 -j DROP\nCOMMIT\n",
		  -ENOENT },
		{ "*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n",
		  "*filter\n:INPUT ACCEPT [0:0]\n[7:7] -A INPUT -j DROP\nCOMMIT\n", -ENOENT },
		{ "*raw\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n",
		  "*filter\n:INPUT DROP [9:9]\n[7:7] -A INPUT -j DROP\nCOMMIT\n", -ENOENT },
		{ "*filter\n:A - [0:0]\n:INPUT ACCEPT [0:0]\n[0:0] -A INPUT -j A\n[0:0] -A A -g A\n"
		  "[0:0] -A A -j NFQUEUE --queue-num 3\nCOMMIT\n",
		  "*filter\n:A - [0:0]\n:INPUT ACCEPT [0:0]\n[0:0] -A INPUT -j A\n[0:0] -A A -g A\n"
		  "[1:0] -A A -j NFQUEUE --queue-num 3\nCOMMIT\n",
		  0 },
		{ "*filter\n:INPUT DROP [5:5]\nCOMMIT\n", "*filter\n:INPUT DROP [4:4]\nCOMMIT\n",
		  -ENOENT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct legacy *before __cleanup(cleanup_legacy) = NULL;
		struct legacy *after __cleanup(cleanup_legacy) = NULL;
		struct rule rule;

		assert_int_equal(legacy_parse(rows[i].before, AF_INET, &before), 0);
		assert_int_equal(legacy_parse(rows[i].after, AF_INET, &after), 0);
		assert_int_equal(legacy_moved(before, after, NF_INET_LOCAL_IN, "", NULL, &rule),
				 rows[i].err);
	}
}

static void test_parse_refused(void **state)
{
	static const char *const rows[] = {
		"", "\n", "# only a comment\n", "*filter\n", "COMMIT\n", ":INPUT ACCEPT [0:0]\n",
		"*filter\n*raw\nCOMMIT\n", "*filter\nCOMMIT\n*filter\nCOMMIT\n",
		"*filter\n:INPUT ACCEPT\nCOMMIT\n", "*filter\n:INPUT ACCEPT [x:0]\nCOMMIT\n",
		"*filter\n-A INPUT -j DROP\nCOMMIT\n", "*filter\n[0:0] -A INPUT -j DROP\nCOMMIT\n",
		"*filter\n:A - [0:0]\n[0:0] -I A -j DROP\nCOMMIT\n",
		"*filter\n:A - [0:0]\n:B - [0:0]\n[0:0] -A A\n[0:0] -A B\n[0:0] -A A\nCOMMIT\n",
		"*filter\n:A - [0:0]\n[0:0] -A A --comment \"open\nCOMMIT\n",
		"iptables-save v1.8.9: Cannot initialize\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct legacy *l = NULL;

		assert_int_equal(legacy_parse(rows[i], AF_INET, &l), -EPROTO);
		assert_null(l);
	}
}

static int occurrences(const char *text, const char *what)
{
	int n = 0;

	for (const char *at = strstr(text, what); at; at = strstr(at + 1, what))
		n++;
	return n;
}

/* Cut anywhere, the text gives fewer tables or none; it never gives half of one. */
static void test_parse_cut(void **state)
{
	char *text __free = read_data();

	(void)state;
	for (size_t len = strlen(text); len--;) {
		struct legacy *l __cleanup(cleanup_legacy) = NULL;
		int whole, begun;

		text[len] = '\0';
		whole = occurrences(text, "\nCOMMIT");
		begun = occurrences(text, "\n*");
		assert_int_equal(legacy_parse(text, AF_INET, &l), whole && whole == begun ? 0 : -EPROTO);
	}
}

static void send_to_loopback(int netns)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int back __leave_netns = netns_enter(netns);
	int fd __close = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)); /* EPERM: that is the rule */
}

static void test_snapshot(void **state)
{
	struct legacy *before __cleanup(cleanup_legacy) = NULL;
	struct legacy *after __cleanup(cleanup_legacy) = NULL;
	int netns __close = -1;
	struct rule rule;

	(void)state;
	netlab_or_skip();
	netns = netlab_new();
	assert_int_equal(legacy_snapshot(netns, AF_INET, &before), -ENODATA);
	assert_int_not_equal(netlab_try(netns, "grep . /proc/net/ip_tables_names"), 0);
	if (netlab_try(netns,
		       "iptables-legacy -N out; iptables-legacy -A out -p tcp -j DROP;"
		       "iptables-legacy -A out -p udp -j DROP; iptables-legacy -A OUTPUT -g out")) {
		print_message("needs iptables-legacy\n");
		skip();
	}
	assert_int_equal(legacy_snapshot(netns, AF_INET, &before), 0);
	assert_true(legacy_has_rules(before) && legacy_has_chain(before, "out"));
	assert_false(legacy_has_chain(before, "DOCKER"));
	send_to_loopback(netns);
	assert_int_equal(legacy_snapshot(netns, AF_INET, &after), 0);
	assert_int_equal(legacy_moved(before, after, NF_INET_LOCAL_OUT, "", NULL, &rule), 0);
	assert_string_equal(rule.table, "filter");
	assert_string_equal(rule.chain, "out");
	assert_int_equal(rule.index, 2);
	assert_string_equal(rule.text, "-A out -p udp -j DROP");
	assert_false(rule.ambiguous);
	assert_int_equal(netlab_try(netns, "test \"$(cat /proc/net/ip_tables_names)\" = filter"),
			 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_moved),	      cmocka_unit_test(test_moved_odd),
	cmocka_unit_test(test_parse_refused), cmocka_unit_test(test_parse_cut),
	cmocka_unit_test(test_snapshot),
};

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
