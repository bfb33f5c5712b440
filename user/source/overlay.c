/* SPDX-License-Identifier: GPL-2.0 */
#include "source/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "source/netns.h"
#include "source/rootfile.h"

#define KEY_LEN 12 /* osl.GenerateKey(): what is longer is cut */

/* "1-iztwswm6pa": how often the engine has made it anew, and the beginning of the network's ID; 0: it is not one. */
static unsigned long number_of(const char *name, const char *network_id)
{
	char *end;
	unsigned long n = strtoul(name, &end, 10);

	if (*end != '-' || strlen(name) != KEY_LEN || strncmp(end + 1, network_id, strlen(end + 1)))
		return 0;
	return n;
}

static int find(DIR *d, const char *network_id, char *out, size_t out_len)
{
	unsigned long newest = 0, n;
	const struct dirent *e;

	while ((e = readdir(d)))
		if ((n = number_of(e->d_name, network_id)) > newest) {
			newest = n;
			snprintf(out, out_len, "%s", e->d_name);
		}
	return newest ? 0 : -ENOENT;
}

int overlay_open(int engine_pid, const char *sandbox, const char *network_id, char *path, size_t path_len)
{
	const char *slash = strrchr(sandbox, '/');
	char dir_path[PATH_MAX], name[KEY_LEN + 1];
	DIR *d __closedir = NULL;
	int fd __close = -1;
	uint32_t inum;
	int err;

	snprintf(dir_path, sizeof(dir_path), "%.*s", slash ? (int)(slash - sandbox) : 0, sandbox);
	fd = rootfile_open(engine_pid, dir_path);
	d = fd < 0 ? NULL : fdopendir(fd);
	if (!d)
		return fd < 0 ? fd : -errno;
	fd = -1; /* the directory's now */
	err = find(d, network_id, name, sizeof(name));
	if (err)
		return err;
	fd = openat(dirfd(d), name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	err = fd < 0 ? -errno : netns_inum(fd, &inum);
	if (err)
		return err;
	snprintf(path, path_len, "%s/%s", dir_path, name);
	return take_fd(fd);
}
