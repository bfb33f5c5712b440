/* SPDX-License-Identifier: GPL-2.0 */
#include "core/rules.h"

#include <linux/netfilter.h>
#include <stdio.h>

#include "core_scene.h"

#define FAR "br-ba9876543210"
#define GONE "br-000000000000"

/* What a rule is taken for: R reject, I isolation, S stale, O outdated. */
static const struct row {
	const char *table, *chain, *text;
	bool routed;
	enum owner owner;
	enum purpose purpose;
	const char *is;
} rows[] = {
#define USERS(table, chain, text, is) { table, chain, text, false, OWNER_USER, PURPOSE_NONE, is }
#define THEIRS(owner, table, chain, text) { table, chain, text, false, owner, PURPOSE_NONE, "" }
#define DOCKERS(table, chain, text, purpose, is) { table, chain, text, false, OWNER_DOCKER, purpose, is }
#define ROUTED(table, chain, text, purpose, is) { table, chain, text, true, OWNER_DOCKER, purpose, is }
	USERS("filter", "DOCKER-USER", "-A DOCKER-USER -p icmp -j DROP", ""),
	USERS("filter", "FORWARD", "-A FORWARD -j REJECT --reject-with icmp-host-prohibited", "R"),
	USERS("mine", "forward", "ip protocol icmp reject", "R"),
	USERS("mine", "forward", "ip protocol icmp drop comment \"no rejections\"", ""),
	USERS("mine", "forward", "ip protocol icmp jump reject", ""),
	USERS("mine", "forward", "counter drop comment \"UNPUBLISHED PORT DROP\"", ""),
	USERS("mine", "forward", "iifname \"" BRIDGE "\" drop comment \"ICC\"", ""),
	USERS("filter", "INPUT", "-A INPUT -m comment --comment \"a -j REJECT\" -j DROP", ""),
	USERS("filter", "INPUT", "-A INPUT -m comment --comment -j -j REJECT", "R"),
	USERS("filter", "INPUT", "-A INPUT -m comment --comment \"! -i " BRIDGE "\" -j DROP", ""),
	/* like Docker's, but not quite */
	USERS("raw", "PREROUTING", "-A PREROUTING -d 172.18.0.3/32 ! -i eth7 -j DROP", ""),
	USERS("raw", "PREROUTING", "-A PREROUTING -d 172.18.0.3/32 ! -i br-lan -j DROP", ""),
	USERS("raw", "PREROUTING", "-A PREROUTING -d 172.18.0.0/16 ! -i " GONE " -j DROP", ""),
	USERS("raw", "PREROUTING", "-A PREROUTING ! -d 172.18.0.3/32 ! -i " GONE " -j DROP", ""),
	USERS("raw", "PREROUTING", "-A PREROUTING -d 172.18.0.3/32 -i " GONE " -j DROP", ""),
	USERS("raw", "PREROUTING", "-A PREROUTING -d 172.18.0.3/32 ! -i " GONE " -p icmp -j DROP", ""),
	USERS("raw", "PREROUTING", "-A PREROUTING -d 172.18.0.3/32 ! -i " GONE " -j CT --notrack", ""),
	USERS("mangle", "PREROUTING", "-A PREROUTING -d 172.18.0.3/32 ! -i " GONE " -j DROP", ""),
	USERS("filter", "FORWARD", "-A FORWARD -i " BRIDGE " ! -o " BRIDGE " -j DROP", ""),
	USERS("filter", "FORWARD", "-A FORWARD -i " BRIDGE " -o " BRIDGE " -p icmp -j DROP", ""),
	USERS("filter", "FORWARD", "-A FORWARD -i " BRIDGE " -o " BRIDGE " -m mark --mark 0x1 -j DROP", ""),
	USERS("filter", "FORWARD",
	      "-A FORWARD -i " BRIDGE " -o " BRIDGE " -m comment --comment mine -j DROP", ""),
	USERS("filter", "FORWARD", "-A FORWARD -i eth0 -o eth0 -j DROP", ""),
	/* in Docker's chains, and none of its forms */
	THEIRS(OWNER_UNKNOWN, "filter", "DOCKER", "-A DOCKER -s 10.0.0.1/32 -j DROP"),
	THEIRS(OWNER_UNKNOWN, "filter", "DOCKER-FORWARD", "-A DOCKER-FORWARD -p icmp -j DROP"),
	THEIRS(OWNER_UFW, "filter", "ufw-user-forward", "-A ufw-user-forward -j DROP"),
	THEIRS(OWNER_UFW, "filter", "ufw6-reject-forward", "-A ufw6-reject-forward -j DROP"),
	THEIRS(OWNER_KUBERNETES, "filter", "KUBE-FORWARD",
	       "-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP"),
	THEIRS(OWNER_KUBERNETES, "filter", "cali-FORWARD", "-A cali-FORWARD -j DROP"),
	THEIRS(OWNER_FIREWALLD, "firewalld", "filter_FORWARD", "drop"),
	THEIRS(OWNER_FIREWALLD, "filter", "FWDI_docker", "-A FWDI_docker -j DROP"),
	THEIRS(OWNER_FAIL2BAN, "filter", "f2b-sshd", "-A f2b-sshd -s 172.18.0.2/32 -j DROP"),
	THEIRS(OWNER_FAIL2BAN, "f2b-table", "f2b-chain", "ip saddr @addr-set-sshd drop"),
	THEIRS(OWNER_TAILSCALE, "filter", "ts-forward",
	       "-A ts-forward -s 100.64.0.0/10 -o tailscale0 -j DROP"),
	THEIRS(OWNER_LIBVIRT, "filter", "LIBVIRT_FWI", "-A LIBVIRT_FWI -o virbr0 -j DROP"),
	THEIRS(OWNER_PODMAN, "filter", "NETAVARK_FORWARD", "-A NETAVARK_FORWARD -j DROP"),
	THEIRS(OWNER_LXD, "incus", "fwd.incusbr0", "drop"),
	/* wg-quick's looks like Docker's, but for the comment */
	THEIRS(OWNER_WIREGUARD, "raw", "PREROUTING",
	       "-A PREROUTING -d 10.8.0.2/32 ! -i wg0 -m addrtype ! --src-type LOCAL -m comment "
	       "--comment \"wg-quick(8) rule for wg0\" -j DROP"),
	THEIRS(OWNER_WIREGUARD, "wg-quick-wg0", "preraw", "iifname != \"wg0\" ip daddr 10.8.0.2 drop"),
	ROUTED("filter", "DOCKER-ISOLATION-STAGE-2", "-A DOCKER-ISOLATION-STAGE-2 -o " FAR " -j DROP",
	       PURPOSE_ISOLATION, "I"),
	ROUTED("raw", "PREROUTING", "-A PREROUTING -d 172.19.0.3/32 ! -i " FAR " -j DROP",
	       PURPOSE_DIRECT, "I"),
	ROUTED("raw", "PREROUTING", "-A PREROUTING -d 172.19.0.3/32 ! -i " GONE " -j DROP",
	       PURPOSE_DIRECT, "S"),
	DOCKERS("raw", "PREROUTING", "-A PREROUTING -d 172.18.0.3/32 ! -i " BRIDGE " -j DROP",
		PURPOSE_DIRECT, ""),
	DOCKERS("raw", "PREROUTING", "-A PREROUTING -d 172.18.0.3/32 ! -i " GONE " -j DROP",
		PURPOSE_DIRECT, "S"),
	DOCKERS("raw", "PREROUTING",
		"-A PREROUTING -d 172.18.0.3/32 ! -i " GONE " -p tcp -m tcp --dport 80 -j DROP",
		PURPOSE_DIRECT_PORT, "S"),
	DOCKERS("docker-bridges", "raw-PREROUTING",
		"ip daddr 172.18.0.3 iifname != \"" GONE "\" counter packets 1 bytes 84 drop comment "
		"\"DROP DIRECT ACCESS\"", PURPOSE_DIRECT, "S"),
	DOCKERS("filter", "FORWARD", "-A FORWARD -i docker0 -o docker0 -j DROP", PURPOSE_ICC, ""),
	/* of this network, which is neither internal nor without icc */
	DOCKERS("filter", "FORWARD", "-A FORWARD -i " BRIDGE " -o " BRIDGE " -j DROP", PURPOSE_ICC, "O"),
	DOCKERS("filter", "DOCKER-FORWARD", "-A DOCKER-FORWARD -i " BRIDGE " -o " BRIDGE " -j DROP",
		PURPOSE_ICC, "O"),
	DOCKERS("filter", "DOCKER-INTERNAL", "-A DOCKER-INTERNAL ! -s 172.20.0.0/16 -o " BRIDGE " -j DROP",
		PURPOSE_INTERNAL, "O"),
	DOCKERS("docker-bridges", "filter-forward-in__" BRIDGE,
		"counter packets 1 bytes 84 drop comment \"ICC\"", PURPOSE_ICC, "O"),
};

static struct rule rule_make(const char *table, const char *chain, const char *text)
{
	struct rule rule = { .family = NFPROTO_IPV4,
			     .backend = text[0] == '-' ? BACKEND_IPTABLES_NFT : BACKEND_NFTABLES };

	text_copy(rule.table, sizeof(rule.table), table);
	text_copy(rule.chain, sizeof(rule.chain), chain);
	text_copy(rule.text, sizeof(rule.text), text);
	return rule;
}

static void test_owner_and_purpose(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		const struct scene scene = row->routed ? scene_make_routed() : scene_make();
		struct rule rule = rule_make(row->table, row->chain, row->text);
		char is[8];

		snprintf(is, sizeof(is), "%s%s%s%s", rules_is_reject(&rule) ? "R" : "",
			 rules_is_isolation(&rule, &scene) ? "I" : "",
			 rules_is_stale(&rule, &scene) ? "S" : "",
			 rules_is_outdated(&rule, &scene) ? "O" : "");
		print_message("%s %s\n", row->chain, row->text);
		assert_int_equal(rules_owner(&rule, &scene), row->owner);
		assert_int_equal(rules_purpose(&rule, &scene), row->purpose);
		assert_string_equal(is, row->is);
	}
}

static void test_policy(void **state)
{
	const struct scene scene = scene_make();
	struct rule rule = rule_make("filter", "FORWARD", "-P FORWARD DROP");

	(void)state;
	rule.policy = true;
	assert_int_equal(rules_owner(&rule, &scene), OWNER_UNKNOWN);
	assert_int_equal(rules_purpose(&rule, &scene), PURPOSE_NONE);
	text_copy(rule.table, sizeof(rule.table), "firewalld");
	assert_int_equal(rules_owner(&rule, &scene), OWNER_FIREWALLD);
}

/* The rules as engines make them, and what their DROPs are for, in the files' order. */
static const struct {
	const char *file, *purposes;
} eras[] = {
	/* these were printed by tests/lab/rules.sh on that engine */
	{ "20.10", "icc icc internal internal internal internal isolation isolation isolation " },
	{ "26.1", "icc icc internal internal internal internal isolation isolation isolation " },
	{ "28.5", "direct-access direct-access loopback-port unpublished-port unpublished-port "
		  "unpublished-port icc icc internal internal internal internal isolation isolation "
		  "isolation " },
	/* and these rebuilt by hand */
	{ "17.06", "icc internal internal isolation isolation " },
	{ "28.0.0", "direct-access-port loopback-port icc unpublished-port unpublished-port internal "
		    "internal isolation isolation " },
	{ "28.1", "direct-access-port loopback-port unpublished-port unpublished-port icc internal "
		  "internal isolation isolation " },
	{ "29", "direct-access direct-access loopback-port unpublished-port unpublished-port icc internal "
		"internal " },
	{ "29-nftables", "direct-access loopback-port unpublished-port icc unpublished-port internal "
			 "internal internal icc direct-access " },
};

/* ---- every row of the tables is in one of those files ------------------------------------- */

static const struct form {
	const char *table, *chain, *shape; /* chain NULL: shape is a comment of the backend nftables */
} forms[] = {
#define FORM(id, table, chain, shape) { table, chain, shape },
#define COMMENT(id, comment) { "docker-bridges", NULL, comment },
#include "core/docker_rules.def"
};

#define N_FORMS (sizeof(forms) / sizeof(forms[0]))

static bool form_seen[N_FORMS];

/* Whether the line has the option, negated or not as wanted: "!-d/" of "! -d 172.20.0.0/16". */
static bool has_part(const char *line, const char *part)
{
	bool not = *part == '!';
	char option[16], value[64] = "";
	const char *at;
	bool network;

	snprintf(option, sizeof(option), " %.*s ", (int)strcspn(part + not, "/"), part + not);
	network = part[strlen(part) - 1] == '/';
	at = strstr(line, option);
	if (!at || sscanf(at + strlen(option), "%63s", value) != 1)
		return false;
	if (!strcmp(option, " -s ") || !strcmp(option, " -d "))
		if (network != (strchr(value, '/') && !strstr(value, "/32") && !strstr(value, "/128")))
			return false;
	return not == (at > line + 1 && at[-1] == '!');
}

/* The words of a shape but the devices' own, X, Y and lo, each of which follows on its option. */
static int parts_of(const char *shape, const char *line, int *present)
{
	char part[16], device[32];
	int n = 0, len;

	for (*present = 0; sscanf(shape, " %15s%n", part, &len) == 1; shape += len) {
		if (!strcmp(part, "X") || !strcmp(part, "Y"))
			continue;
		snprintf(device, sizeof(device), "-i %s ", part);
		if (!strcmp(part, "lo")) {
			*present += strstr(line, device) != NULL;
			n++;
			continue;
		}
		*present += has_part(line, part);
		n++;
	}
	return n;
}

static int options_of(const char *line)
{
	static const char *const options[] = { " -i ", " -o ", " -s ", " -d ", " -p ", " --dport " };
	int n = 0;

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		n += strstr(line, options[i]) != NULL;
	return n + (strstr(line, " -i lo ") != NULL);
}

static void form_note(const struct rule *at, const char *line)
{
	for (size_t i = 0; i < N_FORMS; i++) {
		const struct form *f = &forms[i];
		int present, n;

		if (strcmp(at->table, f->table) || (f->chain && strcmp(at->chain, f->chain)))
			continue;
		n = f->chain ? parts_of(f->shape, line, &present) : 0;
		form_seen[i] |= f->chain ? n == present && n == options_of(line) :
					   strstr(line, f->shape) && strstr(line, " drop");
	}
}

static void test_every_form_is_tried(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_FORMS; i++)
		if (!form_seen[i])
			fail_msg("no engine's rules have %s %s %s", forms[i].table,
				 forms[i].chain ? forms[i].chain : "comment", forms[i].shape);
}

/* No row of owners.def is hidden behind another. */
static void test_every_owner(void **state)
{
	static const struct {
		enum owner owner;
		const char *table, *chain;
	} makes[] = {
#define MAKES(id, table, chain) { id, table, chain },
#include "core/owners.def"
	};
	const struct scene scene = scene_make();

	(void)state;
	for (size_t i = 0; i < sizeof(makes) / sizeof(makes[0]); i++) {
		const char *table = makes[i].table[0] ? makes[i].table : "filter";
		const char *chain = makes[i].chain[0] ? makes[i].chain : "forward";
		const struct rule rule = rule_make(table, chain, "counter drop");
		/* in a chain of Docker's only what has its form is its own */
		bool any = makes[i].owner == OWNER_DOCKER && !makes[i].table[0];

		print_message("%s %s\n", table, chain);
		assert_int_equal(rules_owner(&rule, &scene), any ? OWNER_UNKNOWN : makes[i].owner);
	}
}

/* One line of a file: remembers where it is, and takes what drops to out. */
static void era_line(const char *line, struct rule *at, struct strbuf *out)
{
	const struct scene scene = scene_make();
	struct rule rule;
	enum purpose purpose;

	line += strspn(line, "\t");
	if (sscanf(line, "*%31s", at->table) == 1 || sscanf(line, "table %*s %31s", at->table) == 1 ||
	    sscanf(line, "chain %63s", at->chain) == 1 || *line == '#')
		return;
	if (sscanf(line, "-A %63s", at->chain) != 1 && at->table[0] != 'd')
		return;
	if (!strstr(line, "-j DROP") && !strstr(line, " drop"))
		return;
	rule = rule_make(at->table, at->chain, line);
	purpose = rules_purpose(&rule, &scene);
	if (!purpose || rules_owner(&rule, &scene) != OWNER_DOCKER)
		fail_msg("not attributed: %s", line);
	assert_non_null(rules_purpose_words(purpose));
	form_note(at, line);
	strbuf_addf(out, "%s ", rules_purpose_name(purpose));
}

static void test_every_drop_of_every_era(void **state)
{
	char path[64], line[512];

	(void)state;
	for (size_t i = 0; i < sizeof(eras) / sizeof(eras[0]); i++) {
		struct strbuf found = { 0 };
		struct rule at = { 0 };
		FILE *f;

		snprintf(path, sizeof(path), "tests/data/rules/docker/%s.txt", eras[i].file);
		print_message("%s\n", path);
		f = fopen(path, "r");
		assert_non_null(f);
		while (fgets(line, sizeof(line), f)) {
			line[strcspn(line, "\n")] = '\0';
			era_line(line, &at, &found);
		}
		fclose(f);
		assert_string_equal(strbuf_str(&found), eras[i].purposes);
		strbuf_free(&found);
	}
}

static void test_tables_are_whole(void **state)
{
	(void)state;
	assert_null(rules_owner_name(OWNER_UNKNOWN));
	assert_null(rules_purpose_name(PURPOSE_NONE));
	for (int i = OWNER_UNKNOWN + 1; i < N_OWNERS; i++) {
		assert_non_null(rules_owner_name(i));
		assert_non_null(rules_owner_whose(i));
	}
	for (int i = PURPOSE_NONE + 1; i < N_PURPOSES; i++) {
		assert_non_null(rules_purpose_name(i));
		assert_non_null(rules_purpose_words(i));
	}
}

static void test_bridge_of_a_rule(void **state)
{
	static const struct {
		const char *chain, *text, *bridge;
	} cases[] = {
		{ "DOCKER", "-A DOCKER ! -i br-1 -o br-1 -j DROP", "br-1" },
		{ "DOCKER-ISOLATION-STAGE-2", "-A DOCKER-ISOLATION-STAGE-2 -o br-2 -j DROP", "br-2" },
		{ "filter-forward-in__br-3", "counter drop comment \"UNPUBLISHED PORT DROP\"", "br-3" },
		{ "filter-forward-in__br-3", "iifname \"br-4\" drop", "br-4" },
		{ "FORWARD", "-A FORWARD -j DROP", "" },
	};
	char bridge[DD_IFNAME_LEN];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rule rule = rule_make("t", cases[i].chain, cases[i].text);

		assert_int_equal(rules_bridge(&rule, bridge), cases[i].bridge[0] != 0);
		assert_string_equal(bridge, cases[i].bridge);
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
	assert_string_equal(w.protocol, "tcp");
	assert_string_equal(w.comment, "a");
	assert_string_equal(w.target, "DROP");
	assert_false(w.more);
	rules_parse("ip saddr 10.0.0.1 iifname != \"br0\" tcp dport 80 counter packets 1 bytes 2 drop", &w);
	assert_string_equal(w.src, "10.0.0.1");
	assert_string_equal(w.in, "br0");
	assert_true(w.in_not);
	assert_string_equal(w.port, "80");
	assert_string_equal(w.target, "drop");
	assert_false(w.more);
	rules_parse("ct state invalid drop", &w);
	assert_true(w.more);
	rules_parse("-A X -i", &w);
	assert_string_equal(w.in, "");
	rules_parse("-A X -i aDeviceNameThatIsFarTooLongForTheKernel -j DROP", &w);
	assert_int_equal(strlen(w.in), DD_IFNAME_LEN - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_owner_and_purpose),
		cmocka_unit_test(test_policy),
		cmocka_unit_test(test_every_drop_of_every_era),
		cmocka_unit_test(test_every_form_is_tried),
		cmocka_unit_test(test_every_owner),
		cmocka_unit_test(test_tables_are_whole),
		cmocka_unit_test(test_bridge_of_a_rule),
		cmocka_unit_test(test_words_of_a_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
