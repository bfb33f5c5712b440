/* SPDX-License-Identifier: GPL-2.0 */
#include "source/context.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "capture.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define CONFIG(name) "{\"auths\":{},\"currentContext\":\"" name "\"}"
#define META(name, host)                                                                          \
	"{\"Name\":\"" name "\",\"Metadata\":{},\"Endpoints\":{\"docker\":{\"Host\":\"" host       \
	"\",\"SkipTLSVerify\":false}}}"

static char home[64];

static const char *const variables[] = {
	"DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "HOME",
	"XDG_RUNTIME_DIR", "SUDO_USER", "SUDO_UID",
};

static int make_home(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(variables); i++)
		unsetenv(variables[i]);
	strcpy(home, "/tmp/dockdrop-test.XXXXXX");
	return mkdtemp(home) && !setenv("HOME", home, 1) ? 0 : -1;
}

static int remove_home(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", home);
	return system(command);
}

/* A file below home, with its directories. */
static void put(const char *name, const char *text)
{
	char path[512];
	FILE *out __fclose = NULL;

	snprintf(path, sizeof(path), "%s/%s", home, name);
	for (char *slash = path + strlen(home) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
	out = fopen(path, "we");
	assert_non_null(out);
	fputs(text, out);
}

/* The result, with the message in log. */
static int ask(const char *url, char *out, size_t out_len, struct capture *log)
{
	int err;

	strcpy(out, "untouched");
	capture_begin(log);
	err = context_socket(url, out, out_len);
	assert_int_equal(capture_end(log), err ? 1 : 0);
	return err;
}

#define LONG_PATH                                                                                 \
	"/0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567" \
	"89012345678901234567890123456789"

static void test_url(void **state)
{
	static const struct {
		const char *url;
		int err;
		const char *path, *says;
	} rows[] = {
		{ "unix:///var/run/docker.sock", 0, "/var/run/docker.sock", NULL },
		{ "unix:///a b", 0, "/a b", NULL },
		{ "tcp://localhost:2375", -EREMOTE, NULL, "behind tcp: dockdrop must run on" },
		{ "TCP://127.0.0.1:2375", -EREMOTE, NULL, "own kernel" },
		{ "tcp:", -EREMOTE, NULL, "own kernel" },
		{ "ssh://user:secret@far", -EREMOTE, NULL, "behind ssh:" },
		{ "https://far:2376", -EREMOTE, NULL, "behind https:" },
		{ "http://far", -EREMOTE, NULL, "behind http:" },
		{ "npipe:////./pipe/docker_engine", -EREMOTE, NULL, "behind npipe:" },
		{ "unix://", -EINVAL, NULL, "no engine's URL" },
		{ "unix:/var/run/docker.sock", -EINVAL, NULL, "unix:///PATH" },
		{ "unix://relative", -EINVAL, NULL, "no engine's URL" },
		{ "/var/run/docker.sock", -EINVAL, NULL, "unix:///PATH" },
		{ "fd://", -EINVAL, NULL, "no engine's URL" },
		{ "", -EINVAL, NULL, "\"\" is no engine's URL" },
		{ "\x1b[31m", -EINVAL, NULL, "\\x1b[31m" },
		{ "unix://" LONG_PATH, -EINVAL, NULL, "too long" },
	};
	/* --host goes before DOCKER_HOST, and says who it was. */
	static const char *const sources[] = { "--host", "DOCKER_HOST" };

	(void)state;
	setenv("DOCKER_CONTEXT", "none", 1);
	for (size_t i = 0; i < N(rows); i++) {
		for (size_t from = 0; from < N(sources); from++) {
			bool unset = from && !*rows[i].url;
			struct capture log;
			char out[128];
			int err;

			setenv("DOCKER_HOST", from ? rows[i].url : "unix:///other", 1);
			err = ask(from ? NULL : rows[i].url, out, sizeof(out), &log);
			if (unset) {
				assert_int_equal(err, -ENOENT);
				continue;
			}
			assert_int_equal(err, rows[i].err);
			assert_string_equal(out, err ? "untouched" : rows[i].path);
			assert_null(strstr(log.text, "secret"));
			if (err) {
				assert_non_null(strstr(log.text, rows[i].says));
				assert_non_null(strstr(log.text, sources[from]));
			}
		}
	}
	unsetenv("DOCKER_HOST");
	unsetenv("DOCKER_CONTEXT");
}

static void test_small_buffer(void **state)
{
	struct capture log;
	char out[10];

	(void)state;
	assert_int_equal(ask("unix:///123456789", out, sizeof(out), &log), -EINVAL);
	assert_int_equal(ask("unix:///12345678", out, sizeof(out), &log), 0);
	assert_string_equal(out, "/12345678");
}

static void put_contexts(const char *config)
{
	static const struct {
		const char *dir, *meta;
	} rows[] = {
		{ "aa", META("local", "unix:///local.sock") },
		{ "bb", META("far", "ssh://far") },
		{ "cc", META("empty", "") },
		{ "dd", "{\"Name\":\"kube\",\"Endpoints\":{\"kubernetes\":{}}}" },
		{ "ee", "{\"Name\":\"odd\",\"Endpoints\":{\"docker\":{\"Host\":7}}}" },
		{ "ff", "not JSON" },
	};

	for (size_t i = 0; i < N(rows); i++) {
		char name[128];

		snprintf(name, sizeof(name), "%s/contexts/meta/%s/meta.json", config, rows[i].dir);
		put(name, rows[i].meta);
	}
}

static void test_context(void **state)
{
	static const struct {
		const char *variable, *config;
		int err;
		const char *path, *says;
	} rows[] = {
		{ "local", NULL, 0, "/local.sock", NULL },
		{ "local", CONFIG("far"), 0, "/local.sock", NULL },
		{ "", CONFIG("local"), 0, "/local.sock", NULL },
		{ NULL, CONFIG("local"), 0, "/local.sock", NULL },
		{ NULL, CONFIG("far"), -EREMOTE, NULL, "the Docker context \"far\" names an engine" },
		{ "far", CONFIG("local"), -EREMOTE, NULL, "behind ssh" },
		{ "empty", NULL, -EINVAL, NULL, "the Docker context \"empty\"" },
		{ "kube", NULL, -EINVAL, NULL, "no engine's URL" },
		{ "odd", NULL, -EINVAL, NULL, "no engine's URL" },
		{ "none", CONFIG("local"), -ENOENT, NULL, "no Docker context \"none\"" },
		{ "../aa", NULL, -ENOENT, NULL, "no Docker context" },
		{ NULL, CONFIG("none"), -ENOENT, NULL, "no Docker context \"none\"" },
		{ NULL, "{\"currentContext\":", -EINVAL, NULL, "config.json (not JSON)" },
		{ NULL, "[]", -EINVAL, NULL, "not JSON" },
		{ NULL, "", -EINVAL, NULL, "not JSON" },
		{ "local", "[]", 0, "/local.sock", NULL },
	};
	char path[128];

	(void)state;
	put_contexts(".docker");
	put_contexts("elsewhere");
	for (size_t i = 0; i < N(rows); i++) {
		for (int moved = 0; moved < 2; moved++) {
			struct capture log;
			char out[128];

			snprintf(path, sizeof(path), "%s/elsewhere", home);
			moved ? setenv("DOCKER_CONFIG", path, 1) : unsetenv("DOCKER_CONFIG");
			put(".docker/config.json", moved || !rows[i].config ? "{}" : rows[i].config);
			put("elsewhere/config.json", moved && rows[i].config ? rows[i].config : "{}");
			rows[i].variable ? setenv("DOCKER_CONTEXT", rows[i].variable, 1) :
					   unsetenv("DOCKER_CONTEXT");
			assert_int_equal(ask(NULL, out, sizeof(out), &log), rows[i].err);
			assert_string_equal(out, rows[i].err ? "untouched" : rows[i].path);
			if (rows[i].err)
				assert_non_null(strstr(log.text, rows[i].says));
		}
	}
	unsetenv("DOCKER_CONTEXT");
	unsetenv("DOCKER_CONFIG");
}

/* Neither a FIFO, nor a directory, nor an endless file holds us up. */
static void test_strange_files(void **state)
{
	struct capture log;
	char path[128], out[128];

	(void)state;
	put(".docker/x", "");
	snprintf(path, sizeof(path), "%s/.docker/config.json", home);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(ask(NULL, out, sizeof(out), &log), -EINVAL);
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(ask(NULL, out, sizeof(out), &log), -EINVAL);
	rmdir(path);
	assert_int_equal(symlink("/dev/zero", path), 0);
	assert_int_equal(ask(NULL, out, sizeof(out), &log), -EINVAL);
	unlink(path);
	put(".docker/config.json", "");
	assert_int_equal(truncate(path, 2 << 20), 0);
	assert_int_equal(ask(NULL, out, sizeof(out), &log), -EINVAL);
	assert_non_null(strstr(log.text, "File too large"));
}

static void make_socket(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd __close = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(addr.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
}

/* A private /run and /etc/passwd, so that the machine's own do not matter. */
static bool private_system(void)
{
	char passwd[128];

	put("passwd", "");
	snprintf(passwd, sizeof(passwd), "%s/passwd", home);
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", "/run", "tmpfs", 0, NULL) || mount(passwd, "/etc/passwd", NULL, MS_BIND, NULL))
		return false;
	return !mkdir("/run/user", 0755) && !mkdir("/run/user/4711", 0700) && !mkdir("/run/podman", 0700) &&
	       !mkdir("/run/user/4711/podman", 0700);
}

static void expect(const char *path)
{
	struct capture log;
	char out[128];

	assert_int_equal(ask(NULL, out, sizeof(out), &log), 0);
	assert_string_equal(out, path);
}

static void others(const char *socket, const char *expected)
{
	struct strbuf found = { 0 };

	context_others(socket, &found);
	assert_string_equal(strbuf_str(&found), expected);
	strbuf_free(&found);
}

static void test_system(void **state)
{
	char line[256];

	(void)state;
	if (!private_system()) {
		print_message("needs root, for a mount namespace\n");
		skip();
	}
	expect("/var/run/docker.sock");
	make_socket("/run/user/4711/docker.sock");
	expect("/var/run/docker.sock");
	setenv("SUDO_UID", "4711", 1);
	expect("/run/user/4711/docker.sock");
	setenv("XDG_RUNTIME_DIR", "/run", 1);
	expect("/run/user/4711/docker.sock");
	unsetenv("SUDO_UID");
	setenv("XDG_RUNTIME_DIR", "/run/user/4711", 1);
	expect("/run/user/4711/docker.sock");
	make_socket("/run/docker.sock"); /* /var/run is /run */
	expect("/var/run/docker.sock");
	setenv("DOCKER_CONTEXT", "default", 1);
	put(".docker/config.json", CONFIG("local"));
	expect("/var/run/docker.sock");
	unsetenv("DOCKER_CONTEXT");
	others("/run/user/4711/docker.sock", "unix:///var/run/docker.sock");
	others("/run/docker.sock", "unix:///run/user/4711/docker.sock");
	unlink("/run/docker.sock");
	unlink("/run/user/4711/docker.sock");
	unsetenv("DOCKER_CONTEXT");
	snprintf(line, sizeof(line), "%s/.docker/config.json", home);
	unlink(line);

	/* Podman's, where there is no other */
	make_socket("/run/podman/podman.sock");
	expect("/run/podman/podman.sock");
	make_socket("/run/user/4711/podman/podman.sock");
	expect("/run/podman/podman.sock");
	setenv("SUDO_UID", "4711", 1);
	others("/run/docker.sock", "unix:///run/podman/podman.sock, unix:///run/user/4711/podman/podman.sock");
	others("/run/podman/podman.sock", "unix:///run/user/4711/podman/podman.sock");
	unsetenv("SUDO_UID");
	unlink("/run/podman/podman.sock");
	expect("/run/user/4711/podman/podman.sock");
	unlink("/run/user/4711/podman/podman.sock");
	others("/run/docker.sock", "");
	make_socket("/run/user/4711/docker.sock");
	put(".docker/config.json", CONFIG("local"));

	/* The configuration of the user behind sudo, if HOME has none. */
	snprintf(line, sizeof(line), "tester:x:4711:4711::%s/user:/bin/sh\n", home);
	put("passwd", line);
	put("user/.docker/config.json", CONFIG("mine"));
	put("user/.docker/contexts/meta/0/meta.json", META("mine", "unix:///mine.sock"));
	unlink(strcat(strcpy(line, home), "/.docker/config.json"));
	expect("/run/user/4711/docker.sock");
	setenv("SUDO_USER", "tester", 1);
	expect("/mine.sock");
	put(".docker/config.json", "{}");
	expect("/run/user/4711/docker.sock");
	setenv("SUDO_USER", "nobody-knows", 1);
	expect("/run/user/4711/docker.sock");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_url, make_home, remove_home),
		cmocka_unit_test_setup_teardown(test_small_buffer, make_home, remove_home),
		cmocka_unit_test_setup_teardown(test_context, make_home, remove_home),
		cmocka_unit_test_setup_teardown(test_strange_files, make_home, remove_home),
		cmocka_unit_test_setup_teardown(test_system, make_home, remove_home),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
