/* SPDX-License-Identifier: GPL-2.0 */
#include "source/http.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "fake_engine.h"

#define TIMEOUT_MS 300
#define LONG_BODY "0123456789012345678901234567890123456789012345678901234567890123456789"

static const struct fake_route routes[] = {
	{ "/ok", FAKE_ANSWER, 200, "aPI-version:  1.51 \r\nServer: Docker/28.5.2 (linux)\r\n",
	  "body" },
	{ "/plain", FAKE_ANSWER, 200, NULL, "" },
	{ "/long-header", FAKE_ANSWER, 200, "Api-Version: 1.234567890123456789\r\n", "x" },
	{ "/error", FAKE_ANSWER, 500, NULL, "{\"message\":\"no\"}" },
	{ "/moved", FAKE_ANSWER, 301, "Location: http://localhost/ok\r\n", "" },
	{ "/a/../b", FAKE_ANSWER, 200, NULL, "as it is" },
	{ "/cut", FAKE_CUT, 200, NULL, "0123456789" },
	{ "/slow", FAKE_SLOW, 200, NULL, LONG_BODY },
	{ "/huge", FAKE_HUGE, 200, NULL, NULL },
	{ "/headers", FAKE_HEADERS, 200, NULL, "" },
	{ "/garbage", FAKE_RAW, 0, NULL, "\x16\x03\x01 this is not HTTP\n\n" },
	{ "/http09", FAKE_RAW, 0, NULL, "<html>\n" },
	{ "/empty-line", FAKE_RAW, 0, NULL, "\r\n\r\n" },
	{ "/bad-length", FAKE_RAW, 0, NULL, "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nx" },
	{ "/bad-chunk", FAKE_RAW, 0, NULL,
	  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc" },
	{ "/hang", FAKE_HANG, 200, NULL, NULL },
	{ "/close", FAKE_CLOSE, 200, NULL, NULL },
	{ 0 },
};

static int start(void **state)
{
	static struct fake_engine fake;

	*state = &fake;
	return fake_start(&fake, routes);
}

static int stop(void **state)
{
	fake_stop(*state);
	return 0;
}

static void test_answers(void **state)
{
	static const struct {
		const char *path;
		int err;
		long status;
		const char *body, *api_version, *server;
	} rows[] = {
		{ "/ok", 0, 200, "body", "1.51", "Docker/28.5.2 (linux)" },
		{ "/plain", 0, 200, "", "", "" },
		{ "/long-header", 0, 200, "x", "1.2345678901234", "" },
		{ "/error", 0, 500, "{\"message\":\"no\"}", "", "" },
		{ "/nothing", 0, 404, "{\"message\":\"page not found\"}\n", "", "" },
		{ "/moved", 0, 301, "", "", "" },
		{ "/a/../b", 0, 200, "as it is", "", "" },
		{ "/cut", -EPROTO, 0, NULL, NULL, NULL },
		{ "/huge", -EMSGSIZE, 0, NULL, NULL, NULL },
		{ "/headers", -EPROTO, 0, NULL, NULL, NULL },
		{ "/garbage", -EPROTO, 0, NULL, NULL, NULL },
		{ "/http09", -EPROTO, 0, NULL, NULL, NULL },
		{ "/empty-line", -EPROTO, 0, NULL, NULL, NULL },
		{ "/bad-length", -EPROTO, 0, NULL, NULL, NULL },
		{ "/bad-chunk", -EPROTO, 0, NULL, NULL, NULL },
		{ "/close", -EPROTO, 0, NULL, NULL, NULL },
		{ "/con\ntrol", -EINVAL, 0, NULL, NULL, NULL },
		{ "/ok", 0, 200, "body", "1.51", "Docker/28.5.2 (linux)" },
	};
	struct fake_engine *fake = *state;
	struct http *h __cleanup(cleanup_http) = NULL;

	setenv("http_proxy", "http://127.0.0.1:9", 1);
	setenv("all_proxy", "http://127.0.0.1:9", 1);
	assert_int_equal(http_open(fake->socket, 10000, &h), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct http_answer a __cleanup(http_answer_free) = { .status = -1 };
		int err = http_get(h, rows[i].path, &a);

		if (err != rows[i].err)
			print_message("GET %s\n", rows[i].path);
		assert_int_equal(err, rows[i].err);
		if (rows[i].err) {
			assert_int_equal(a.status, -1);
			assert_null(a.body);
			continue;
		}
		assert_int_equal(a.status, rows[i].status);
		assert_string_equal(a.body, rows[i].body);
		assert_int_equal(a.len, strlen(rows[i].body));
		assert_string_equal(a.api_version, rows[i].api_version);
		assert_string_equal(a.server, rows[i].server);
	}
}

static int64_t now_ms(void)
{
	return clock_now_ns() / 1000000;
}

/* The deadline is for the whole answer: one that trickles in is late, too. */
static void test_deadline(void **state)
{
	static const char *const paths[] = { "/slow", "/hang" };
	struct fake_engine *fake = *state;
	struct http *h __cleanup(cleanup_http) = NULL;

	assert_int_equal(http_open(fake->socket, TIMEOUT_MS, &h), 0);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		struct http_answer a = { 0 };
		int64_t start_ms = now_ms();

		assert_int_equal(http_get(h, paths[i], &a), -ETIMEDOUT);
		assert_in_range(now_ms() - start_ms, TIMEOUT_MS - 50, 10 * TIMEOUT_MS);
	}
}

static int get_from(const char *socket_path)
{
	struct http *h __cleanup(cleanup_http) = NULL;
	struct http_answer a __cleanup(http_answer_free) = { 0 };
	int err = http_open(socket_path, TIMEOUT_MS, &h);

	return err ? err : http_get(h, "/ok", &a);
}

static int bound(const char *path, int backlog)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(addr.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	if (backlog >= 0)
		assert_int_equal(listen(fd, backlog), 0);
	return fd;
}

static void test_unreachable(void **state)
{
	struct fake_engine *fake = *state;
	char path[128], too_long[256];
	int fd __close = -1;

	memset(too_long, 'x', sizeof(too_long) - 1);
	too_long[sizeof(too_long) - 1] = '\0';
	assert_int_equal(get_from(""), -ENAMETOOLONG);
	assert_int_equal(get_from(too_long), -ENAMETOOLONG);
	assert_int_equal(get_from("/nonexistent/docker.sock"), -ENOENT);
	assert_int_equal(get_from("/dev/null"), -ECONNREFUSED);
	assert_int_equal(get_from("/dev/null/docker.sock"), -ENOTDIR);

	snprintf(path, sizeof(path), "%s/stale", fake->dir);
	fd = bound(path, -1);
	assert_int_equal(get_from(path), -ECONNREFUSED);
	assert_int_equal(http_peer_pid(path), 0);
	unlink(path);
}

static void test_full_backlog(void **state)
{
	struct fake_engine *fake = *state;
	char path[128];
	int fd __close = -1;

	snprintf(path, sizeof(path), "%s/full", fake->dir);
	fd = bound(path, 0);
	assert_int_equal(http_peer_pid(path), getpid()); /* fills it */
	assert_int_equal(http_peer_pid(path), 0);
	assert_int_equal(get_from(path), -ETIMEDOUT);
	unlink(path);
}

static void test_permission(void **state)
{
	struct fake_engine *fake = *state;
	bool root = !geteuid();

	assert_int_equal(chmod(fake->dir, 0), 0);
	if (root)
		assert_int_equal(seteuid(65534), 0);
	assert_int_equal(get_from(fake->socket), -EACCES);
	assert_int_equal(http_peer_pid(fake->socket), 0);
	if (root)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(chmod(fake->dir, 0700), 0);
}

static void test_escape(void **state)
{
	static const char *const rows[][2] = {
		{ "web", "web" },
		{ "", "" },
		{ "a/b?c#d%e f", "a%2Fb%3Fc%23d%25e%20f" },
		{ "\xc3\xa9\n", "%C3%A9%0A" },
	};
	struct fake_engine *fake = *state;
	struct http *h __cleanup(cleanup_http) = NULL;

	assert_int_equal(http_open(fake->socket, TIMEOUT_MS, &h), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *escaped __free = http_escape(h, rows[i][0]);

		assert_string_equal(escaped, rows[i][1]);
	}
}

static void test_peer_pid(void **state)
{
	struct fake_engine *fake = *state;

	assert_int_equal(http_peer_pid(fake->socket), fake->pid);
	assert_int_equal(http_peer_pid("/nonexistent/docker.sock"), 0);
	assert_int_equal(http_peer_pid(""), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_answers, start, stop),
		cmocka_unit_test_setup_teardown(test_deadline, start, stop),
		cmocka_unit_test_setup_teardown(test_unreachable, start, stop),
		cmocka_unit_test_setup_teardown(test_full_backlog, start, stop),
		cmocka_unit_test_setup_teardown(test_permission, start, stop),
		cmocka_unit_test_setup_teardown(test_escape, start, stop),
		cmocka_unit_test_setup_teardown(test_peer_pid, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
