/* SPDX-License-Identifier: GPL-2.0 */
#include "source/docker.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/utsname.h>

#include <cmocka.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "capture.h"
#include "fake_engine.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define ID "f1ec75f77a1efc6c401046dcb68bd2c6d7fccbb926999e35086897e574d3c526"
#define NETWORK "{\"Id\":\"" ID "\",\"Name\":\"n\",\"Driver\":\"bridge\"}"

static void test_negotiate(void **state)
{
	static const struct {
		const char *max, *min;
		int err;
		const char *use;
	} rows[] = {
		{ "1.41", "1.12", 0, "1.41" }, /* 20.10 */
		{ "1.44", "1.24", 0, "1.44" }, /* 25.0 */
		{ "1.51", "1.24", 0, "1.51" }, /* 28.5 */
		{ "1.52", "1.44", 0, "1.51" }, /* 29.0 */
		{ "1.55", "1.40", 0, "1.51" }, /* 29.7 */
		{ "1.41", "", 0, "1.41" },
		{ "2.0", "1.44", 0, "1.51" },
		{ "1.9", "1.5", -EPROTONOSUPPORT, NULL },
		{ "1.60", "1.52", -EPROTONOSUPPORT, NULL },
		{ "1.41", "1.42", -EPROTONOSUPPORT, NULL },
		{ "", "", -EPROTO, NULL },
		{ "1", "1.24", -EPROTO, NULL },
		{ "1.", "1.24", -EPROTO, NULL },
		{ "1.41x", "1.24", -EPROTO, NULL },
		{ "1.41", "x", -EPROTO, NULL },
		{ "-1.41", "1.24", -EPROTO, NULL },
		{ "1.-41", "1.24", -EPROTO, NULL },
		{ "99999999999.1", "", -EPROTO, NULL },
		{ "1.99999999999", "", -EPROTO, NULL },
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		char use[16] = "untouched";

		assert_int_equal(docker_negotiate(rows[i].max, rows[i].min, use), rows[i].err);
		assert_string_equal(use, rows[i].err ? "untouched" : rows[i].use);
	}
}

static char version_here[512], version_elsewhere[512];

#define VERSION "{\"Version\":\"28.5.2\",\"ApiVersion\":\"1.51\",\"MinAPIVersion\":\"1.24\"}"
#define PING { "/_ping", FAKE_ANSWER, 200, "Api-Version: 1.51\r\n", "OK" }
#define WEB "{\"Id\":\"" ID "\",\"Name\":\"/web\",\"State\":{\"Running\":true,\"Pid\":7}}"
#define LIST                                                                                      \
	"[{\"Id\":\"" ID "\",\"Names\":[\"/web\"],\"State\":\"running\"},"                         \
	"{\"Id\":\"f1ff\",\"Names\":[\"/d\\u0007b\"],\"State\":\"running\"},"                      \
	"{\"Id\":\"f100\",\"Names\":[\"/old\"],\"State\":\"exited\"}]"

/* Connecting fails, with one line that holds these words. */
static void test_connect_errors(void **state)
{
	static const struct {
		struct fake_route routes[3];
		int err;
		const char *says;
	} rows[] = {
		{ { { "/_ping", FAKE_HANG, 200, NULL, NULL } }, -ETIMEDOUT, "not answer in time" },
		{ { PING, { "/version", FAKE_HANG, 200, NULL, NULL } }, -ETIMEDOUT, "in time" },
		{ { PING, { "/version", FAKE_SLOW, 200, NULL, VERSION } }, -ETIMEDOUT, "in time" },
		{ { PING, { "/version", FAKE_CUT, 200, NULL, VERSION } }, -EPROTO, "cut short" },
		{ { PING, { "/version", FAKE_HUGE, 200, NULL, NULL } }, -EMSGSIZE, "16 MiB" },
		{ { PING, { "/version", FAKE_CLOSE, 200, NULL, NULL } }, -EPROTO, "cut short" },
		{ { PING, { "/version", FAKE_ANSWER, 200, NULL, "{\"Version\":" } }, -EPROTO,
		  "answer to GET /version is malformed" },
		{ { PING, { "/version", FAKE_ANSWER, 200, NULL, "{}" } }, -EPROTO, "malformed" },
		{ { PING, { "/version", FAKE_RAW, 0, NULL, "HTTP/1.1 200 OK\r\nContent-Le" } },
		  -EPROTO, "cut short" },
		{ { { "/_ping", FAKE_ANSWER, 200, "Api-Version: x\r\n", "OK" },
		    { "/version", FAKE_ANSWER, 200, NULL, VERSION } }, -EPROTO, "malformed" },
		{ { { "/_ping", FAKE_RAW, 0, NULL, "SSH-2.0-OpenSSH_9.2\r\n" } }, -EPROTO,
		  "not HTTP" },
		{ { { "/_ping", FAKE_ANSWER, 404, "Server: nginx\r\n", "<html>" } }, -EPROTO,
		  "HTTP 404 from nginx" },
		{ { { "/_ping", FAKE_ANSWER, 500, NULL, "{\"message\":\"no \\u001b[2J disk\"}" } },
		  -EPROTO, "HTTP 500 from an unnamed server: no \\x1b[2J disk" },
		{ { { "/_ping", FAKE_ANSWER, 403, NULL, "Forbidden" } }, -EACCES, "HTTP 403" },
		{ { { "/_ping", FAKE_ANSWER, 301, "Location: /x\r\n", "" } }, -EPROTO, "HTTP 301" },
		{ { { "/_ping", FAKE_ANSWER, 200, "Api-Version: 1.20\r\n", "OK" },
		    { "/version", FAKE_ANSWER, 200, NULL, "{\"ApiVersion\":\"1.20\"}" } },
		  -EPROTONOSUPPORT, "API versions ? to 1.20, dockdrop 1.24 to" },
		{ { PING, { "/version", FAKE_ANSWER, 200, NULL, version_elsewhere } }, -EREMOTE,
		  "kernel 5.0.0-elsewhere" },
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		struct fake_engine fake;
		struct docker *d = NULL;
		struct capture log;
		int err, lines;

		assert_int_equal(fake_start(&fake, rows[i].routes), 0);
		capture_begin(&log);
		err = docker_connect(fake.socket, 300, &d);
		lines = capture_end(&log);
		fake_stop(&fake);
		if (err != rows[i].err || lines != 1 || !strstr(log.text, rows[i].says))
			print_message("wanted %d \"%s\", got %d: %s", rows[i].err, rows[i].says,
				      err, log.text);
		assert_int_equal(err, rows[i].err);
		assert_int_equal(lines, 1);
		assert_non_null(strstr(log.text, rows[i].says));
		assert_null(d);
	}
}

static void test_unreachable(void **state)
{
	static const struct {
		const char *url;
		int err;
		const char *says;
	} rows[] = {
		{ "unix:///nonexistent/docker.sock", -ENOENT, "start the engine" },
		{ "unix:///dev/null", -ECONNREFUSED, "nobody listens" },
		{ "unix:///dev/null/docker.sock", -ENOTDIR, "Not a directory" },
		{ "tcp://localhost:2375", -EREMOTE, "own kernel" },
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		struct docker *d = NULL;
		struct capture log;
		int err;

		capture_begin(&log);
		err = docker_open(rows[i].url, &d);
		assert_int_equal(capture_end(&log), 1);
		assert_int_equal(err, rows[i].err);
		assert_non_null(strstr(log.text, rows[i].says));
		assert_null(d);
	}
}

static const struct fake_route engine_routes[] = {
	PING,
	{ "/version", FAKE_ANSWER, 200, NULL, version_here },
	{ "/v1.51/info", FAKE_ANSWER, 200, NULL,
	  "{\"FirewallBackend\":{\"Driver\":\"nftables\"},"
	  "\"SecurityOptions\":[\"name=rootless\"]}" },
	{ "/v1.51/containers/web/json", FAKE_ANSWER, 200, NULL, WEB },
	{ "/v1.51/containers/" ID "/json", FAKE_ANSWER, 200, NULL, WEB },
	{ "/v1.51/containers/garbled/json", FAKE_ANSWER, 200, NULL, "{\"Id\":\"x\"}" },
	{ "/v1.51/containers/broken/json", FAKE_ANSWER, 500, NULL,
	  "{\"message\":\"disk\\nfull\"}" },
	{ "/v1.51/containers/bad/json", FAKE_ANSWER, 400, NULL, "{\"message\":\"bad name\"}" },
	{ "/v1.51/containers/f1/json", FAKE_ANSWER, 400, NULL, "{\"message\":\"multiple IDs\"}" },
	{ "/v1.51/containers/f/json", FAKE_ANSWER, 500, NULL, "{\"message\":\"Multiple IDs\"}" },
	{ "/v1.51/containers/slow/json", FAKE_SLOW, 200, NULL, WEB },
	{ "/v1.51/containers/json?all=1", FAKE_ANSWER, 200, NULL, LIST },
	{ "/v1.51/containers/json", FAKE_ANSWER, 200, NULL,
	  "[{\"Id\":\"" ID "\","
	  "\"NetworkSettings\":{\"Networks\":{\"n\":{\"IPAddress\":\"10.0.0.2\"}}}}]" },
	{ "/v1.51/networks/my%20net", FAKE_ANSWER, 200, NULL, NETWORK },
	{ "/v1.51/networks/garbled", FAKE_ANSWER, 200, NULL, "[]" },
	{ "/v1.51/networks/a", FAKE_ANSWER, 400, NULL, "{\"message\":\"network a is ambiguous\"}" },
	{ 0 },
};

static int open_engine(struct fake_engine *fake, struct docker **d)
{
	assert_int_equal(fake_start(fake, engine_routes), 0);
	return docker_connect(fake->socket, 500, d);
}

static void test_engine(void **state)
{
	struct docker *d __cleanup(cleanup_docker) = NULL;
	struct ip owned = addr_v4("\x0a\x00\x00\x02"), free_ip = addr_v4("\x0a\x00\x00\x03");
	struct fake_engine fake;
	struct container c;
	struct engine e;
	struct network n;

	(void)state;
	assert_int_equal(open_engine(&fake, &d), 0);
	assert_int_equal(docker_pid(d), fake.pid);
	assert_int_equal(docker_engine(d, &e), 0);
	assert_string_equal(e.version, "28.5.2");
	assert_string_equal(e.firewall_backend, "nftables");
	assert_true(e.rootless);
	assert_int_equal(docker_container(d, "web", &c), 0);
	assert_int_equal(c.pid, 7);
	assert_int_equal(docker_container_by_ip(d, &owned, &c), 0);
	assert_string_equal(c.name, "web");
	assert_int_equal(docker_container_by_ip(d, &free_ip, &c), -ENOENT);
	assert_int_equal(docker_network(d, "my net", &n), 0);
	assert_string_equal(n.bridge, "br-f1ec75f77a1e");
	fake_stop(&fake);
}

/* Podman does not tell the bridge's name, and derives none from the ID. */
static void test_podman(void **state)
{
	static const struct fake_route routes[] = {
		{ "/_ping", FAKE_ANSWER, 200, NULL, "OK" },
		{ "/version", FAKE_ANSWER, 200, NULL,
		  "{\"ApiVersion\":\"1.41\",\"Components\":[{\"Name\":\"Podman Engine\"}]}" },
		{ "/v1.41/networks/n", FAKE_ANSWER, 200, NULL, NETWORK },
		{ "/v1.41/networks/named", FAKE_ANSWER, 200, NULL,
		  "{\"Id\":\"" ID "\",\"network_interface\":\"podman1\"}" },
		{ 0 },
	};
	struct docker *d __cleanup(cleanup_docker) = NULL;
	struct fake_engine fake;
	struct network n;

	(void)state;
	assert_int_equal(fake_start(&fake, routes), 0);
	assert_int_equal(docker_connect(fake.socket, 500, &d), 0);
	assert_int_equal(docker_network(d, "n", &n), 0);
	assert_string_equal(n.bridge, "");
	assert_int_equal(docker_network(d, "named", &n), 0);
	assert_string_equal(n.bridge, "podman1");
	fake_stop(&fake);
}

static void test_container_errors(void **state)
{
	static const struct {
		const char *ref;
		int err;
		const char *says;
	} rows[] = {
		{ "foo", -ENOENT, "no container \"foo\" on this engine; running: web, d\\x07b\n" },
		{ "f1", -EEXIST,
		  "\"f1\" fits 3 containers: web (f1ec75f77a1e), d\\x07b (f1ff), old (f100);" },
		{ "f", -EEXIST, "\"f\" fits 3 containers" }, /* 20.10 says 500, later ones 400 */
		{ "bad", -EPROTO, "HTTP 400 from an unnamed server: bad name" },
		{ "broken", -EPROTO, "disk\\x0afull" },
		{ "garbled", -EPROTO, "malformed" },
		{ "slow", -ETIMEDOUT, "in time" },
		{ "\x1b[31m\n", -ENOENT, "no container \"\\x1b[31m\\x0a\"" },
	};
	struct docker *d __cleanup(cleanup_docker) = NULL;
	struct fake_engine fake;

	(void)state;
	assert_int_equal(open_engine(&fake, &d), 0);
	for (size_t i = 0; i < N(rows); i++) {
		struct container c = { .pid = -1 };
		struct capture log;
		int err;

		capture_begin(&log);
		err = docker_container(d, rows[i].ref, &c);
		assert_int_equal(capture_end(&log), 1);
		if (!strstr(log.text, rows[i].says))
			print_message("%s: %s", rows[i].ref, log.text);
		assert_int_equal(err, rows[i].err);
		assert_non_null(strstr(log.text, rows[i].says));
		assert_int_equal(c.pid, -1);
	}
	fake_stop(&fake);
}

static void test_network_errors(void **state)
{
	static const struct {
		const char *ref;
		int err;
		const char *says;
	} rows[] = {
		{ "foo", -ENOENT, "no network \"foo\"" },
		{ "", -ENOENT, "no network \"\"" },
		{ "a", -EPROTO, "network a is ambiguous" },
		{ "garbled", -EPROTO, "malformed" },
	};
	struct docker *d __cleanup(cleanup_docker) = NULL;
	struct fake_engine fake;

	(void)state;
	assert_int_equal(open_engine(&fake, &d), 0);
	for (size_t i = 0; i < N(rows); i++) {
		struct capture log;
		struct network n;
		int err;

		capture_begin(&log);
		err = docker_network(d, rows[i].ref, &n);
		assert_int_equal(capture_end(&log), 1);
		assert_int_equal(err, rows[i].err);
		assert_non_null(strstr(log.text, rows[i].says));
	}
	fake_stop(&fake);
}

/* No reference leads to another endpoint than the one that is meant. */
static void test_hostile_references(void **state)
{
	static const char *const refs[] = {
		"", ".", "..", "/", "../../info", "a/../../../info", "web/json?", "a\nb", "a\x7f",
		"?x=1", "#", "%2e%2e", "web%2f..", "a b", "\xc3\xa9", "\xff",
	};
	static const char wanted[] =
		"\n/_ping\n/version\n"
		"/v1.51/containers/%3Fx%3D1/json\n/v1.51/networks/%3Fx%3D1\n"
		"/v1.51/containers/%23/json\n/v1.51/networks/%23\n"
		"/v1.51/containers/%252e%252e/json\n/v1.51/networks/%252e%252e\n"
		"/v1.51/containers/web%252f../json\n/v1.51/networks/web%252f..\n"
		"/v1.51/containers/a%20b/json\n/v1.51/networks/a%20b\n"
		"/v1.51/containers/%C3%A9/json\n/v1.51/networks/%C3%A9\n"
		"/v1.51/containers/%FF/json\n/v1.51/networks/%FF\n";
	struct docker *d __cleanup(cleanup_docker) = NULL;
	char too_long[NAME_LEN + 1], requests[8192];
	struct strbuf seen __cleanup(strbuf_free) = { 0 };
	struct fake_engine fake;
	struct container c;
	struct network n;
	struct capture log;

	(void)state;
	memset(too_long, 'a', NAME_LEN);
	too_long[NAME_LEN] = '\0';
	assert_int_equal(open_engine(&fake, &d), 0);
	capture_begin(&log);
	assert_int_equal(docker_container(d, too_long, &c), -ENOENT);
	for (size_t i = 0; i < N(refs); i++) {
		assert_int_equal(docker_container(d, refs[i], &c), -ENOENT);
		assert_int_equal(docker_network(d, refs[i], &n), -ENOENT);
	}
	assert_int_equal(capture_end(&log), 1 + 2 * N(refs));
	fake_requests(&fake, requests, sizeof(requests));
	fake_stop(&fake);
	/* The list for the message apart, these were all. */
	for (char *line = requests, *next; *line; line = next) {
		next = strchr(line, '\n') + 1;
		if (strncmp(line, "/v1.51/containers/json?all=1\n", next - line))
			strbuf_add(&seen, line, next - line);
	}
	assert_string_equal(strbuf_str(&seen), wanted);
}

static int fill_versions(void **state)
{
	struct utsname here;

	(void)state;
	if (uname(&here))
		return -1;
	snprintf(version_here, sizeof(version_here),
		 "{\"Version\":\"28.5.2\",\"ApiVersion\":\"1.51\",\"MinAPIVersion\":\"1.24\","
		 "\"KernelVersion\":\"%s\"}", here.release);
	snprintf(version_elsewhere, sizeof(version_elsewhere),
		 "{\"ApiVersion\":\"1.51\",\"KernelVersion\":\"5.0.0-elsewhere\"}");
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_negotiate),
		cmocka_unit_test(test_connect_errors),
		cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_engine),
		cmocka_unit_test(test_podman),
		cmocka_unit_test(test_container_errors),
		cmocka_unit_test(test_network_errors),
		cmocka_unit_test(test_hostile_references),
	};

	return cmocka_run_group_tests(tests, fill_versions, NULL);
}
