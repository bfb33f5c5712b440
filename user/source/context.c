/* SPDX-License-Identifier: GPL-2.0 */
#include "source/context.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "source/docker_json.h"

#define FILE_MAX (1 << 20)
#define DIRS_MAX 2

/* Where the Docker client's configuration may be, most important first. */
struct config {
	char dirs[DIRS_MAX][PATH_MAX];
	int n;
};

static const char *env(const char *name)
{
	const char *value = getenv(name);

	return value ? value : "";
}

static bool is_remote(const char *url)
{
	static const char *const schemes[] = { "tcp:", "ssh:", "http:", "https:", "npipe:" };

	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++)
		if (!strncasecmp(url, schemes[i], strlen(schemes[i])))
			return true;
	return false;
}

/* source says in messages who named the engine. The URL of a remote one may hold a password. */
static int socket_of_url(const char *source, const char *url, char *out, size_t out_len)
{
	static const char scheme[] = "unix://";
	const char *path = url + strlen(scheme);

	if (is_remote(url)) {
		log_error("%s names an engine behind %.*s: dockdrop must run on the engine's own "
			  "kernel; run it on that machine and name the socket, --host unix:///PATH",
			  source, (int)strcspn(url, ":"), url);
		return -EREMOTE;
	}
	if (strncmp(url, scheme, strlen(scheme)) || *path != '/') {
		log_error("%s: \"%s\" is no engine's URL; it should be unix:///PATH", source, url);
		return -EINVAL;
	}
	if (strlen(path) >= sizeof(((struct sockaddr_un *)0)->sun_path) ||
	    !text_copy(out, out_len, path)) {
		log_error("%s names a path too long for a unix socket", source);
		return -EINVAL;
	}
	return 0;
}

static void add_dir(struct config *c, const char *dir, const char *below)
{
	int len = snprintf(c->dirs[c->n], PATH_MAX, "%s%s", dir, below);

	if (*dir && len < PATH_MAX)
		c->n++;
}

/* Under sudo HOME is often root's, who seldom has a configuration. */
static void find_config(struct config *c)
{
	const struct passwd *user = *env("SUDO_USER") ? getpwnam(env("SUDO_USER")) : NULL;

	c->n = 0;
	if (*env("DOCKER_CONFIG")) {
		add_dir(c, env("DOCKER_CONFIG"), "");
		return;
	}
	add_dir(c, env("HOME"), "/.docker");
	if (user)
		add_dir(c, user->pw_dir, "/.docker");
}

static int read_file(const char *path, struct strbuf *out)
{
	/* O_NONBLOCK: whatever lies there must not hold us up. */
	int fd __close = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	char chunk[4096];
	ssize_t len;

	if (fd < 0 || fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	while ((len = read(fd, chunk, sizeof(chunk))) > 0) {
		strbuf_add(out, chunk, len);
		if (out->failed || out->len > FILE_MAX)
			return -EFBIG;
	}
	return len < 0 ? -errno : 0;
}

/* "" if no configuration names a context. */
static int current_context(const struct config *c, char *out, size_t out_len)
{
	*out = '\0';
	for (int i = 0; i < c->n; i++) {
		struct strbuf text __cleanup(strbuf_free) = { 0 };
		char path[PATH_MAX + 16];
		int err;

		snprintf(path, sizeof(path), "%s/config.json", c->dirs[i]);
		err = read_file(path, &text);
		if (err == -ENOENT || err == -ENOTDIR)
			continue;
		if (!err)
			err = docker_parse_config(strbuf_str(&text), out, out_len);
		if (!err)
			return 0;
		log_error("cannot read %s (%s): repair it, or name the engine with --host "
			  "unix:///PATH", path, err == -EPROTO ? "not JSON" : strerror(-err));
		return -EINVAL;
	}
	return 0;
}

/* The directories are named after the SHA-256 of the context's name; the name is inside, too. */
static int search_store(const char *dir, const char *name, char *url, size_t url_len)
{
	char path[PATH_MAX + NAME_MAX + 64];
	DIR *store __closedir = NULL;
	struct dirent *entry;

	snprintf(path, sizeof(path), "%s/contexts/meta", dir);
	store = opendir(path);
	while (store && (entry = readdir(store))) {
		struct strbuf text __cleanup(strbuf_free) = { 0 };

		snprintf(path, sizeof(path), "%s/contexts/meta/%s/meta.json", dir, entry->d_name);
		if (!read_file(path, &text) &&
		    !docker_parse_context(strbuf_str(&text), name, url, url_len))
			return 0;
	}
	return -ENOENT;
}

static int socket_of_context(const struct config *c, const char *name, char *out, size_t out_len)
{
	char source[NAME_LEN + 32];
	char url[PATH_MAX];

	for (int i = 0; i < c->n; i++) {
		if (search_store(c->dirs[i], name, url, sizeof(url)))
			continue;
		snprintf(source, sizeof(source), "the Docker context \"%s\"", name);
		return socket_of_url(source, url, out, out_len);
	}
	log_error("there is no Docker context \"%s\" (\"docker context ls\" lists them): choose "
		  "another, or name the engine with --host unix:///PATH", name);
	return -ENOENT;
}

/* Where engines listen: Docker's before Podman's, root's before a user's. False: there is no row n. */
static bool usual_socket(size_t n, char path[PATH_MAX])
{
	const char *const uid = env("SUDO_UID"), *const runtime = env("XDG_RUNTIME_DIR");
	const char *const user = *uid ? "/run/user/" : "";
	const char *const parts[][3] = {
		{ "/var/run/docker.sock", "", "" },
		{ runtime, "", "/docker.sock" },
		{ user, uid, "/docker.sock" },
		{ "/run/podman/podman.sock", "", "" },
		{ runtime, "", "/podman/podman.sock" },
		{ user, uid, "/podman/podman.sock" },
	};

	if (n >= ARRAY_SIZE(parts))
		return false;
	*path = '\0';
	if (*parts[n][0])
		snprintf(path, PATH_MAX, "%s%s%s", parts[n][0], parts[n][1], parts[n][2]);
	return true;
}

static bool is_socket(const char *path, struct stat *st)
{
	return *path && !stat(path, st) && S_ISSOCK(st->st_mode);
}

/* The first of the usual ones that is there, else the first. */
static int default_socket(char *out, size_t out_len)
{
	char path[PATH_MAX];
	struct stat st;

	for (size_t i = 0; usual_socket(i, path); i++)
		if (is_socket(path, &st) && text_copy(out, out_len, path))
			return 0;
	usual_socket(0, path);
	return text_copy(out, out_len, path) ? 0 : -EINVAL;
}

void context_others(const char *socket, struct strbuf *out)
{
	struct stat own = { 0 }, st;
	char path[PATH_MAX];

	stat(socket, &own);
	for (size_t i = 0; usual_socket(i, path); i++) {
		if (!is_socket(path, &st) || (st.st_ino == own.st_ino && st.st_dev == own.st_dev) ||
		    strstr(strbuf_str(out), path))
			continue;
		strbuf_addf(out, out->len ? ", unix://" : "unix://");
		strbuf_add_safe(out, path);
	}
}

int context_socket(const char *url, char *out, size_t out_len)
{
	char name[NAME_LEN];
	struct config c;
	int err;

	if (url)
		return socket_of_url("--host", url, out, out_len);
	if (*env("DOCKER_HOST"))
		return socket_of_url("DOCKER_HOST", env("DOCKER_HOST"), out, out_len);
	find_config(&c);
	text_copy(name, sizeof(name), env("DOCKER_CONTEXT"));
	err = *name ? 0 : current_context(&c, name, sizeof(name));
	if (err)
		return err;
	if (!*name || !strcmp(name, "default"))
		return default_socket(out, out_len);
	return socket_of_context(&c, name, out, out_len);
}
