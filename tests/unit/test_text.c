/* SPDX-License-Identifier: GPL-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>

#include "base/kernel_words.h"
#include "base/strbuf.h"
#include "core/rules.h"
#include "view/names.h"
#include "view/text.h"
#include "view/words.h"
#include "view_story.h"

/* In memory of the test's; the caller frees it. */
static char *render(const struct story *s, struct text_style style)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	text_verdict(f, &s->scene, &s->v, &style);
	fclose(f);
	return text;
}

/* Removes the two marks that the style may set. */
static void strip_colour(char *text)
{
	static const char *const marks[] = { TEXT_RED, TEXT_GREEN, TEXT_PLAIN };

	for (size_t i = 0; i < 3; i++) {
		char *at;

		while ((at = strstr(text, marks[i])))
			memmove(at, at + strlen(marks[i]), strlen(at + strlen(marks[i])) + 1);
	}
}

static bool is_remedy(const struct story *s, const char *line)
{
	for (int i = 0; i < s->v.cause.n_remedies; i++) {
		if (strlen(line) > 9 && !strcmp(line + 9, s->v.cause.remedy[i]))
			return true;
	}
	return false;
}

/* Every line fits, and has nothing in it that a terminal would act on. */
static void check_lines(const struct story *s, char *text, int width)
{
	char safe[4096];

	assert_true(text[0] && text[strlen(text) - 1] == '\n');
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		assert_string_equal(safe_text(safe, sizeof(safe), line), line);
		if (!is_remedy(s, line) && words_columns(line, strlen(line)) > width)
			fail_msg("wider than %d: %s", width, line);
		assert_false(isblank(line[strlen(line) - 1]));
	}
}

static void test_stories(void **state)
{
	static struct story s;

	(void)state;
	for (size_t i = 0; i < N_STORIES; i++) {
		char *got, *expected;

		stories[i].make(&s);
		got = render(&s, s.style);
		expected = story_expected(stories[i].name, "txt", got);
		if (strcmp(got, expected) != 0)
			fail_msg("%s: expected\n%s\ngot\n%s", stories[i].name, expected, got);
		strip_colour(got);
		check_lines(&s, got, 80);
		free(expected);
		free(got);
	}
}

/* Whatever the style, the text is the same but for the colour and the breaks between words. */
static void test_styles(void **state)
{
	static const int widths[] = { 1, 60, 61, 79, 100, 400 };
	static struct story s;

	(void)state;
	for (size_t i = 0; i < N_STORIES; i++) {
		for (size_t w = 0; w < sizeof(widths) / sizeof(widths[0]); w++) {
			struct text_style plain = { .width = widths[w] };
			struct text_style coloured = { .width = widths[w], .colour = true };
			char *a, *b;

			stories[i].make(&s);
			a = render(&s, plain);
			b = render(&s, coloured);
			assert_string_not_equal(a, b);
			strip_colour(b);
			assert_string_equal(a, b);
			check_lines(&s, a, widths[w] < 60 ? 60 : widths[w]);
			free(a);
			free(b);
		}
	}
}

/* Each verdict, with a drop and without, begins its answer with its word in capitals. */
static void test_verdicts(void **state)
{
	static struct story s;

	(void)state;
	for (int i = 0; i < N_VERDICTS * 4; i++) {
		char word[32] = "\n", *got;
		const char *name = name_verdict((enum verdict_kind)(i / 4));

		story_rule(&s);
		s.v.kind = (enum verdict_kind)(i / 4);
		s.v.drop.found = i & 1;
		if (i & 2)
			s.v.n_hops = s.v.n_probes = 0;
		for (size_t c = 0; name[c]; c++)
			word[c + 1] = (char)toupper(name[c]);
		got = render(&s, (struct text_style){ 0 });
		assert_non_null(strstr(got, word));
		check_lines(&s, got, 80);
		free(got);
	}
}

/* Each step, layer, hook and role of a hop, folded and not, can be said. */
static void test_hops(void **state)
{
	static struct story s;

	(void)state;
	for (int i = 0; i < N_STEPS * N_ROLES * DD_STAGE_MAX * 2; i++) {
		int step = i % N_STEPS, role = i / N_STEPS % N_ROLES;
		char *got;

		story_begin(&s, VERDICT_VANISHED);
		story_hook(&s, 5, (enum role)role, "eth0", (enum step)step, NFPROTO_BRIDGE, i % 7)
			->hook_stage = (uint8_t)(i / N_STEPS / N_ROLES % DD_STAGE_MAX);
		got = render(&s, (struct text_style){ .verbose = i & 1 });
		check_lines(&s, got, 80);
		free(got);
	}
}

/* As many hops as there can be, and a drop that is none of them. */
static void test_limit(void **state)
{
	static struct hop hops[HOPS_MAX];
	static struct story s;

	(void)state;
	for (int i = 0; i < HOPS_MAX * 2; i++)
		hops[i / 2] = (struct hop){ .probe = 1,
					    .ts_ns = T0 + (uint64_t)i,
					    .hook_pf = NFPROTO_IPV4,
					    .role = ROLE_HOST,
					    .hook_num = i / 2 % 5,
					    .step = STEP_ENTERED };
	for (int i = 0; i < 4; i++) {
		char *got;

		story_rule(&s);
		s.v.hops = hops;
		s.v.n_hops = HOPS_MAX;
		s.v.hops_left_out = 7;
		s.v.drop.hop.ts_ns = i & 1 ? 0 : T0 - 1;
		got = render(&s, (struct text_style){ .verbose = i & 2 });
		assert_non_null(strstr(got, "x dropped in FORWARD"));
		assert_non_null(strstr(got, "note     7 steps were left out\n"));
		check_lines(&s, got, 80);
		free(got);
	}
}

/* The engine's part: whose rule it was, or what else is known. */
static void test_engine_part(void **state)
{
	static const struct {
		const char *cause;
		bool netfilter, known, policy;
		enum owner owner;
		const char *part;
	} rows[] = {
		{ "nf-rule-drop", 1, 1, 0, OWNER_USER, "the rule is not its own\n" },
		{ "docker-isolation", 1, 1, 0, OWNER_DOCKER, "the rule is its own" },
		{ "nf-rule-reject", 1, 1, 0, OWNER_UFW, "its own but ufw's" },
		{ "nf-rule-drop", 1, 1, 0, OWNER_FIREWALLD, "its own but firewalld's" },
		{ "nf-rule-drop", 1, 1, 0, OWNER_KUBERNETES, "its own but Kubernetes'" },
		{ "nf-rule-drop", 1, 1, 0, OWNER_FAIL2BAN, "its own but fail2ban's" },
		{ "nf-rule-drop", 1, 1, 0, OWNER_UNKNOWN, "in a chain of its own, and none" },
		{ "nf-policy-drop", 1, 1, 1, OWNER_UNKNOWN, "who set the policy is not known" },
		{ "nf-policy-drop", 1, 1, 1, OWNER_DOCKER, "the rule is its own" },
		{ "nf-rule-drop", 1, 0, 0, OWNER_USER, "its part in this is not known" },
		{ "docker-icc-off", 0, 0, 0, OWNER_USER, "its own doing" },
		{ "no-listener", 0, 0, 0, OWNER_USER, "none of its rules has a part in this" },
		{ "unknown", 0, 0, 0, OWNER_USER, "its part in this is not known" },
		{ "", 0, 0, 0, OWNER_USER, "its part in this is not known" },
	};
	static struct story s;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *got;

		story_rule(&s);
		strcpy(s.v.cause.id, rows[i].cause);
		s.v.drop.in_netfilter = rows[i].netfilter;
		s.v.drop.rule_known = rows[i].known;
		s.v.drop.rule.policy = rows[i].policy;
		s.v.drop.owner = rows[i].owner;
		got = render(&s, (struct text_style){ 0 });
		assert_non_null(strstr(got, rows[i].part));
		free(got);
	}
}

/* Where lines break, and where they must not. */
static void test_print(void **state)
{
	static const struct {
		int width, at, hang;
		const char *text, *expected;
	} rows[] = {
		{ 10, 0, 0, "", "\n" },
		{ 10, 0, 0, "one two three", "one two\nthree\n" },
		{ 10, 0, 2, "one two three", "one two\n  three\n" },
		{ 10, 8, 2, "one", "\n  one\n" },
		{ 10, 0, 0, "0123456789", "0123456789\n" },
		{ 10, 0, 0, "0123456789ab c", "0123456789\nab c\n" },
		{ 10, 0, 0, "a  b", "a  b\n" },
		{ 10, 0, 0, "12345678  b", "12345678\nb\n" },
		{ 10, 0, 0, "   a   ", "a\n" },
		{ 10, 0, 2, "db ip", "db ip\n" },
		{ 10, 0, 2, "a\nb", "a\n  b\n" },
		{ 10, 0, 0, "see `a b c` d", "see\n`a b c` d\n" },
		{ 10, 0, 0, "see `a b c d e`", "see `a b c\nd e`\n" },
		{ 10, 0, 0, "rule -j DROP", "rule\n-j DROP\n" },
		{ 10, 0, 0, "rule -a -j DROP", "rule -a\n-j DROP\n" },
		{ 10, 0, 0, "r -j 0123456789", "r -j\n0123456789\n" },
		{ 10, 0, 0, "12345678 -", "12345678 -\n" },
		{ 10, 0, 0, "see `a b", "see `a b\n" },
		{ 4, 0, 0, "\xe7\xa6\x81\xe6\xad\xa2\xe7\xa6\x81",
		  "\xe7\xa6\x81\xe6\xad\xa2\n\xe7\xa6\x81\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *got = NULL;
		size_t len;
		FILE *f = open_memstream(&got, &len);

		words_print(f, rows[i].width, rows[i].at, rows[i].hang, rows[i].text);
		fclose(f);
		assert_string_equal(got, rows[i].expected);
		free(got);
	}
}

static const char *family(int i)
{
	return kernel_family((int[]){ NFPROTO_INET, NFPROTO_IPV4, NFPROTO_ARP, NFPROTO_NETDEV,
				    NFPROTO_BRIDGE, NFPROTO_IPV6 }[i]);
}

/* The lookups under one type: a number in, a word out. */
#define LOOKUP(name, expression)       \
	static const char *name(int i) \
	{                              \
		return expression;     \
	}

LOOKUP(verdict, name_verdict((enum verdict_kind)i))
LOOKUP(direction, name_direction((enum direction)i))
LOOKUP(layer, name_layer((enum layer)(i + 1)))
LOOKUP(step, name_step((enum step)i))
LOOKUP(confidence, name_confidence((enum confidence)i))
LOOKUP(backend, name_backend((enum backend)(i + 1)))
LOOKUP(owner, rules_owner_name((enum owner)(i + 1)))
LOOKUP(ip_hook, kernel_hook(NFPROTO_IPV4, i))
LOOKUP(arp_hook, kernel_hook(NFPROTO_ARP, i))
LOOKUP(netdev_hook, kernel_hook(NFPROTO_NETDEV, i))

/* Each value has a word of its own, in the order of the contract; what lies beyond has none. */
static void test_names(void **state)
{
	static const struct {
		const char *(*name)(int);
		const char *words;
	} rows[] = {
		{ verdict, "delivered,dropped,refused,unanswered,unsent,vanished,inconclusive," },
		{ direction, "request,reply," },
		{ layer,
		  "veth,bridge,netfilter,xdp,tc,qdisc,neigh,ip,transport,socket,cgroup,link," },
		{ step, "sent,queued,received,entered,passed,dropped,consumed,no route,"
			"reached,decided," },
		{ confidence, "exact,likely,possible," },
		{ backend, "iptables-nft,iptables-legacy,nftables,ebtables," },
		{ owner, "user,docker,ufw,firewalld,kubernetes,fail2ban,tailscale,wireguard,"
			 "libvirt,podman,lxd," },
		{ kernel_port_state, "disabled,listening,learning,forwarding,blocking," },
		{ ip_hook, "PREROUTING,INPUT,FORWARD,OUTPUT,POSTROUTING," },
		{ arp_hook, "INPUT,OUTPUT,FORWARD," },
		{ netdev_hook, "INGRESS,EGRESS," },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char words[512] = "";
		int n = 0;

		for (const char *word; (word = rows[i].name(n)); n++)
			strcat(strcat(words, word), ",");
		assert_string_equal(words, rows[i].words);
		assert_null(rows[i].name(1000));
		assert_null(rows[i].name(-1000));
	}
	for (int i = 0; i < 6; i++)
		assert_string_equal(family(i),
				    ((const char *const[]){ "inet", "ip", "arp", "netdev", "bridge",
							    "ip6" })[i]);
	assert_null(name_layer(LAYER_UNKNOWN));
	assert_null(name_backend(BACKEND_NONE));
	assert_null(kernel_family(NFPROTO_UNSPEC));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stories),	 cmocka_unit_test(test_styles),
		cmocka_unit_test(test_verdicts), cmocka_unit_test(test_hops),
		cmocka_unit_test(test_limit),	 cmocka_unit_test(test_engine_part),
		cmocka_unit_test(test_print),	 cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
