/* SPDX-License-Identifier: GPL-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/socket.h>

#include "cmd/help.h"
#include "cmd/options.h"
#include "cmd/terminal.h"
#include "view_story.h"

#define ARGS_MAX 16

/* Splits at blanks; _ stands for an empty word. Returns argc. */
static int split(char *line, char **argv)
{
	int n = 0;

	argv[n++] = (char *)"dockdrop";
	for (char *word = strtok(line, " "); word; word = strtok(NULL, " "))
		argv[n++] = strcmp(word, "_") ? word : (char *)"";
	argv[n] = NULL;
	return n;
}

/* Words of out point into line. */
static int parse(char *line, struct options *out)
{
	char *argv[ARGS_MAX];

	return options_parse(split(line, argv), argv, out);
}

static void assert_same(const char *a, const char *b)
{
	assert_string_equal(a ?: "(null)", b ?: "(null)");
}

static const struct options defaults = {
	.command = COMMAND_TRACE,
	.src = "web",
	.dst = "db",
	.request = { .protocol = IPPROTO_ICMP, .count = 3, .size = 56, .timeout_ms = 4000 },
};

/* The defaults with one change. */
#define WITH(...)                            \
	({                                   \
		struct options o = defaults; \
		__VA_ARGS__;                 \
		o;                           \
	})

static void test_understood(void **state)
{
	const struct {
		const char *line;
		struct options expected;
	} rows[] = {
		{ "trace web db", defaults },
		{ "trace -- web db", defaults },
		{ "trace web -- db", defaults },
		{ "trace web db --icmp", defaults },
		{ "trace --tcp 1 web db",
		  WITH(o.request.protocol = IPPROTO_TCP, o.request.port = 1) },
		{ "trace web --tcp=65535 db",
		  WITH(o.request.protocol = IPPROTO_TCP, o.request.port = 65535) },
		{ "trace web db --udp 53",
		  WITH(o.request.protocol = IPPROTO_UDP, o.request.port = 53) },
		{ "trace web db --tcp 1 --tcp 2",
		  WITH(o.request.protocol = IPPROTO_TCP, o.request.port = 2) },
		{ "--count 1 trace web db", WITH(o.request.count = 1) },
		{ "trace web db --count 64", WITH(o.request.count = 64) },
		{ "trace web db --size 16", WITH(o.request.size = 16) },
		{ "trace web db --size 65000 --udp 9",
		  WITH(o.request.size = 65000, o.request.protocol = IPPROTO_UDP,
		       o.request.port = 9) },
		{ "trace web db --timeout 0.1", WITH(o.request.timeout_ms = 100) },
		{ "trace web db --timeout .5", WITH(o.request.timeout_ms = 500) },
		{ "trace web db --timeout 60", WITH(o.request.timeout_ms = 60000) },
		{ "trace web db --passive", WITH(o.request.passive = true, o.request.protocol = 0,
						 o.request.timeout_ms = 0) },
		{ "trace --tcp 80 web db --passive --timeout 600",
		  WITH(o.request.passive = true, o.request.protocol = IPPROTO_TCP,
		       o.request.port = 80, o.request.timeout_ms = 600000) },
		{ "trace --icmp --passive web db",
		  WITH(o.request.passive = true, o.request.timeout_ms = 0) },
		{ "trace web db --df", WITH(o.request.df = true) },
		{ "trace web db -4", WITH(o.family = AF_INET) },
		{ "trace web db -6", WITH(o.family = AF_INET6) },
		{ "trace web db --ipv6 -6", WITH(o.family = AF_INET6) },
		{ "trace web db -v", WITH(o.verbose = true) },
		{ "trace web db --verbose -4v", WITH(o.verbose = true, o.family = AF_INET) },
		{ "trace web db --json", WITH(o.json = true) },
		{ "trace web db --no-nftrace", WITH(o.no_nftrace = true) },
		{ "trace web db --color never", WITH(o.colour = COLOUR_NEVER) },
		{ "trace web db --color always", WITH(o.colour = COLOUR_ALWAYS) },
		{ "trace web db --color auto", defaults },
		{ "trace web db --network shop", WITH(o.network = "shop") },
		{ "trace web db --host unix:///x.sock", WITH(o.engine = "unix:///x.sock") },
		{ "trace web db --evidence f", WITH(o.evidence = "f") },
		{ "trace web db --help", WITH(o.show = SHOW_HELP) },
		{ "trace web web -h", WITH(o.show = SHOW_HELP, o.dst = "web") },
		{ "trace --help", WITH(o.show = SHOW_HELP, o.src = o.dst = NULL) },
		{ "--version",
		  WITH(o.show = SHOW_VERSION, o.command = COMMAND_NONE, o.src = o.dst = NULL) },
		{ "-h", WITH(o.show = SHOW_HELP, o.command = COMMAND_NONE, o.src = o.dst = NULL) },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct options *e = &rows[i].expected;
		char line[256];
		struct options o;

		strcpy(line, rows[i].line);
		if (parse(line, &o))
			fail_msg("refused: %s", rows[i].line);
		assert_same(o.src, e->src);
		assert_same(o.dst, e->dst);
		assert_same(o.network, e->network);
		assert_same(o.engine, e->engine);
		assert_same(o.evidence, e->evidence);
		assert_int_equal(o.command, e->command);
		assert_int_equal(o.show, e->show);
		assert_int_equal(o.family, e->family);
		assert_int_equal(o.colour, e->colour);
		assert_int_equal(o.json << 2 | o.verbose << 1 | o.no_nftrace,
				 e->json << 2 | e->verbose << 1 | e->no_nftrace);
		assert_int_equal(o.request.protocol, e->request.protocol);
		assert_int_equal(o.request.port, e->request.port);
		assert_int_equal(o.request.count, e->request.count);
		assert_int_equal(o.request.size, e->request.size);
		assert_int_equal(o.request.timeout_ms, e->request.timeout_ms);
		assert_int_equal(o.request.df, e->request.df);
		assert_int_equal(o.request.passive, e->request.passive);
	}
}

/* Parses line, and returns what was logged meanwhile; the caller frees it. */
static char *refusal(char *line)
{
	FILE *saved = stderr;
	struct options o = { .src = "untouched" };
	char *text = NULL;
	size_t len;
	int err;

	stderr = open_memstream(&text, &len);
	err = parse(line, &o);
	fclose(stderr);
	stderr = saved;
	assert_int_equal(err, -EINVAL);
	assert_string_equal(o.src, "untouched");
	return text;
}

static void test_refused(void **state)
{
#define WATCH "; try: dockdrop watch --help"
	static const char trace[] = "; try: dockdrop trace --help",
			  all[] = "; try: dockdrop --help";
	static const struct {
		const char *line, *why, *hint;
	} rows[] = {
		{ "", "a command is missing", all },
		{ "_", "unknown command ''", all },
		{ "frob", "unknown command 'frob'", all },
		{ "frob --help", "unknown command 'frob'", all },
		{ "watch --count 2", "--count has no meaning with watch", WATCH },
		{ "watch tcp port", "watch takes one operand: put it between quotes", WATCH },
		{ "watch --top --json", "--top and --json exclude each other", WATCH },
		{ "watch --port 80 --proto icmp", "--port has no meaning with --proto icmp", WATCH },
		{ "watch --cause nosuch", "--cause: 'nosuch' is no cause", WATCH },
		{ "watch --duration 1e9", "--duration: '1e9' is not a number of seconds from 0.1 to 2000000", WATCH },
		{ "watch --port 0", "--port: '0' is not a number from 1 to 65535", WATCH },
		{ "watch --proto sctp", "--proto: 'sctp' is not icmp, tcp or udp", WATCH },
		{ "watch -o x", "--output has no meaning with watch", WATCH },
		{ "record", "-o FILE is missing", "; try: dockdrop record --help" },
		{ "record -o x --top", "--top has no meaning with record",
		  "; try: dockdrop record --help" },
		{ "report", "FILE is missing", "; try: dockdrop report --help" },
		{ "report a b", "report takes one operand: put it between quotes",
		  "; try: dockdrop report --help" },
		{ "--bogus", "unknown or ambiguous option '--bogus'", all },
		{ "trace", "SRC and DST are missing", trace },
		{ "trace web", "DST is missing", trace },
		{ "trace web _", "DST is empty", trace },
		{ "trace _ db", "SRC is empty", trace },
		{ "trace web db x", "'x' is too much after SRC and DST", trace },
		{ "trace web web", "SRC and DST are both 'web'", trace },
		{ "trace web db --bogus", "unknown or ambiguous option '--bogus'", trace },
		{ "trace web db --ver", "unknown or ambiguous option '--ver'", trace },
		{ "trace web db -46", "--ipv4 and --ipv6 exclude each other", trace },
		{ "trace web db --ipv6 -4", "--ipv4 and --ipv6 exclude each other", trace },
		{ "trace web db -7", "unknown option '-7'", trace },
		{ "trace web db -vx", "unknown option '-x'", trace },
		{ "trace web db --json=1", "--json takes no value", trace },
		{ "trace web db --verbose=1", "--verbose takes no value", trace },
		{ "trace web db --tcp", "--tcp needs PORT", trace },
		{ "trace web db --tcp 0", "--tcp: '0' is not a number from 1 to 65535", trace },
		{ "trace web db --tcp 65536", "--tcp: '65536' is not a number from 1 to 65535",
		  trace },
		{ "trace web db --tcp http", "--tcp: 'http' is not a number from 1 to 65535",
		  trace },
		{ "trace web db --tcp 80x", "--tcp: '80x' is not a number from 1 to 65535", trace },
		{ "trace web db --tcp -1", "--tcp: '-1' is not a number from 1 to 65535", trace },
		{ "trace web db --udp _", "--udp: '' is not a number from 1 to 65535", trace },
		{ "trace web db --udp 99999999999999999999",
		  "--udp: '99999999999999999999' is not a number from 1 to 65535", trace },
		{ "trace web db --tcp 1 --udp 1", "--tcp and --udp exclude each other", trace },
		{ "trace web db --icmp --tcp 1", "--icmp and --tcp exclude each other", trace },
		{ "trace web db --udp 1 --icmp", "--udp and --icmp exclude each other", trace },
		{ "trace web db --count 0", "--count: '0' is not a number from 1 to 64", trace },
		{ "trace web db --count 65", "--count: '65' is not a number from 1 to 64", trace },
		{ "trace web db --size 15", "--size: '15' is not a number from 16 to 65000",
		  trace },
		{ "trace web db --size 65001", "--size: '65001' is not a number from 16 to 65000",
		  trace },
		{ "trace web db --size 99 --tcp 1",
		  "--size has no meaning with --tcp: a SYN carries no payload", trace },
		{ "trace web db --timeout 0.05",
		  "--timeout: '0.05' is not a number of seconds from 0.1 to 86400", trace },
		{ "trace web db --timeout 61",
		  "--timeout: more than 60 seconds are for --passive", trace },
		{ "trace web db --passive --timeout 86401",
		  "--timeout: '86401' is not a number of seconds from 0.1 to 86400", trace },
		{ "trace web db --passive --count 2",
		  "--count has no meaning with --passive: nothing is sent", trace },
		{ "trace web db --df --passive",
		  "--df has no meaning with --passive: nothing is sent", trace },
		{ "trace web db --passive --evidence x",
		  "--evidence has no meaning with --passive", trace },
		{ "advisories 28.0.0", "advisories takes no operand",
		  "; try: dockdrop advisories --help" },
		{ "advisories --tcp 80", "--tcp has no meaning with advisories",
		  "; try: dockdrop advisories --help" },
		{ "features --engine 28.0.0", "--engine has no meaning with features",
		  "; try: dockdrop features --help" },
		{ "trace web db --engine 28.0.0", "--engine has no meaning with trace", trace },
		{ "features --passive", "--passive has no meaning with features",
		  "; try: dockdrop features --help" },
		{ "trace web db --timeout nan",
		  "--timeout: 'nan' is not a number of seconds from 0.1 to 86400", trace },
		{ "trace web db --timeout 1.2.3",
		  "--timeout: '1.2.3' is not a number of seconds from 0.1 to 86400", trace },
		{ "trace web db --timeout .",
		  "--timeout: '.' is not a number of seconds from 0.1 to 86400", trace },
		{ "trace web db --color red", "--color: 'red' is not auto, always or never",
		  trace },
		{ "trace web db --host _", "--host: URL is empty", trace },
		{ "trace web db --rules guess", "--rules: 'guess' is not expression, trace or nftrace",
		  trace },
		{ "features web", "features takes no operand", "; try: dockdrop features --help" },
		{ "features --count 2", "--count has no meaning with features",
		  "; try: dockdrop features --help" },
		{ "features --probes all", "--probes: 'all' is not tracepoint, kprobe or fentry",
		  "; try: dockdrop features --help" },
		{ "trace web db --network", "--network needs NET", trace },
		{ "trace \x1b[31m \x1b[31m", "SRC and DST are both '\\x1b[31m'", trace },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char line[256], expected[512], *got;

		strcpy(line, rows[i].line);
		got = refusal(line);
		snprintf(expected, sizeof(expected), "dockdrop: %s%s\n", rows[i].why, rows[i].hint);
		assert_string_equal(got, expected);
		free(got);
	}
}

/* What is said stays one line, and keeps its end, however long the word that was refused is. */
static void test_long_word(void **state)
{
	static char line[4096];
	char *got;

	(void)state;
	strcpy(line, "trace web db ");
	memset(line + strlen(line), 'x', 3000);
	got = refusal(line);
	assert_ptr_equal(strchr(got, '\n'), got + strlen(got) - 1);
	assert_non_null(strstr(got, "; try: dockdrop trace --help\n"));
	free(got);
}

/* Operands keep their place among the options, as POSIX programs do not let them. */
static void test_posixly_correct(void **state)
{
	char line[] = "trace web --json db -v";
	struct options o;

	(void)state;
	setenv("POSIXLY_CORRECT", "1", 1);
	assert_int_equal(parse(line, &o), 0);
	unsetenv("POSIXLY_CORRECT");
	assert_true(o.json && o.verbose);
	assert_string_equal(o.dst, "db");
}

static void test_help(void **state)
{
	static const char *const names[] = {
		[COMMAND_NONE] = "help", [COMMAND_TRACE] = "help-trace",
		[COMMAND_DOCTOR] = "help-doctor", [COMMAND_FEATURES] = "help-features",
		[COMMAND_ADVISORIES] = "help-advisories", [COMMAND_WATCH] = "help-watch",
		[COMMAND_RECORD] = "help-record", [COMMAND_REPORT] = "help-report",
	};
	_Static_assert(sizeof(names) / sizeof(names[0]) == N_COMMANDS, "a text for each command");

	(void)state;
	for (int i = 0; i < N_COMMANDS; i++) {
		char *got = NULL, *expected;
		size_t len;
		FILE *f = open_memstream(&got, &len);

		help_print(f, (enum command)i);
		fclose(f);
		expected = story_expected(names[i], "txt", got);
		assert_string_equal(got, expected);
		for (char *line = strtok(got, "\n"); line; line = strtok(NULL, "\n")) {
			if (strlen(line) > 80)
				fail_msg("wider than 80: %s", line);
			for (char *c = line; *c; c++)
				assert_in_range(*c, 0x20, 0x7e);
		}
		free(expected);
		free(got);
	}
}

/* Standard output is no terminal here, unless somebody looks; then NO_COLOR decides. */
static void test_colour(void **state)
{
	struct options o = defaults;

	(void)state;
	setenv("NO_COLOR", "1", 1);
	assert_false(terminal_colour(o.colour));
	o.colour = COLOUR_ALWAYS;
	assert_true(terminal_colour(o.colour));
	o.colour = COLOUR_NEVER;
	unsetenv("NO_COLOR");
	assert_false(terminal_colour(o.colour));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_understood), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_long_word),  cmocka_unit_test(test_posixly_correct),
		cmocka_unit_test(test_help),	   cmocka_unit_test(test_colour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
