/* SPDX-License-Identifier: GPL-2.0 */
#include "source/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "source/docker_json.h"
#include "source/rootfile.h"

#define FILE_MAX (1 << 20)

static int read_fd(int fd, struct strbuf *out)
{
	char chunk[4096];
	ssize_t len;

	if (fd < 0)
		return fd;
	while ((len = read(fd, chunk, sizeof(chunk))) > 0) {
		strbuf_add(out, chunk, len);
		if (out->failed || out->len > FILE_MAX)
			return -EFBIG;
	}
	return len < 0 ? -errno : 0;
}

static int command_line(int pid, struct strbuf *out)
{
	char path[64];
	int fd __close = -1;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : read_fd(fd, out);
}

static bool is_dockerd(const struct strbuf *words)
{
	const char *program = strbuf_str(words), *slash = strrchr(program, '/');

	return !strcmp(slash ? slash + 1 : program, "dockerd");
}

/* Under socket activation it is systemd that listened first; the engine's own number is in its file. */
static int find_dockerd(int pid, struct strbuf *words)
{
	struct strbuf text __cleanup(strbuf_free) = { 0 };
	int fd __close = -1;
	int err = command_line(pid, words);

	if (err || is_dockerd(words))
		return err ? err : pid;
	if (pid != 1)
		return -ESRCH;
	fd = rootfile_open(pid, "/run/docker.pid");
	err = read_fd(fd, &text);
	pid = err ? 0 : atoi(strbuf_str(&text));
	strbuf_free(words);
	err = pid > 0 ? command_line(pid, words) : -ESRCH;
	return err ? err : is_dockerd(words) ? pid : -ESRCH;
}

const char *daemon_value(const char *words, size_t len, const char *option)
{
	size_t option_len = strlen(option);

	for (const char *w = words; w < words + len; w += strlen(w) + 1) {
		if (strncmp(w, option, option_len))
			continue;
		if (w[option_len] == '=')
			return w + option_len + 1;
		if (!w[option_len] && w + option_len + 1 < words + len)
			return w + option_len + 1;
	}
	return NULL;
}

/* strconv.ParseBool, which is what the engine reads it with; alone it is true. */
enum says daemon_flag(const char *words, size_t len, const char *option)
{
	static const char *const no[] = { "0", "f", "false" };
	size_t option_len = strlen(option);
	enum says said = SAYS_NOTHING;

	for (const char *w = words; w < words + len; w += strlen(w) + 1) {
		if (strncmp(w, option, option_len) || (w[option_len] && w[option_len] != '='))
			continue;
		said = SAYS_YES;
		for (size_t i = 0; i < ARRAY_SIZE(no); i++)
			if (w[option_len] && !strcasecmp(w + option_len + 1, no[i]))
				said = SAYS_NO;
	}
	return said;
}

/* 0 also where there is no such file, which is the rule. */
static int read_config(int pid, const struct strbuf *words, struct engine *out)
{
	const char *path = daemon_value(words->text, words->len, "--config-file");
	struct strbuf json __cleanup(strbuf_free) = { 0 };
	int fd __close = rootfile_open(pid, path ? path : "/etc/docker/daemon.json");
	int err = read_fd(fd, &json);

	if (err == -ENOENT && !path)
		return 0;
	return err ? err : docker_parse_daemon(strbuf_str(&json), out);
}

static void by_flag(const struct strbuf *words, const char *option, enum says *to)
{
	enum says said = daemon_flag(words->text, words->len, option);

	if (said)
		*to = said;
}

void daemon_settings(int pid, struct engine *out)
{
	struct strbuf words __cleanup(strbuf_free) = { 0 };
	struct engine e = *out;

	e.userland_proxy = e.makes_rules = SAYS_YES; /* by default */
	e.makes_rules6 = SAYS_NOTHING;
	pid = pid > 0 ? find_dockerd(pid, &words) : -ESRCH;
	if (pid < 0 || read_config(pid, &words, &e))
		return;
	by_flag(&words, "--userland-proxy", &e.userland_proxy);
	by_flag(&words, "--iptables", &e.makes_rules);
	by_flag(&words, "--ip6tables", &e.makes_rules6);
	*out = e;
}
