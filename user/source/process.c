/* SPDX-License-Identifier: GPL-2.0 */
#include "source/process.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/strbuf.h"

#define STAT_LEN 512
#define FIELDS_BEHIND_NAME 2 /* ") S": the name may hold blanks and brackets itself */

static int open_proc(int engine_pid)
{
	char path[64] = "/proc";

	if (engine_pid)
		snprintf(path, sizeof(path), "/proc/%d/root/proc", engine_pid);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool is_in_netns(int proc, const char *pid, uint32_t netns)
{
	char path[NAME_MAX + 16];
	struct stat st;

	snprintf(path, sizeof(path), "%s/ns/net", pid);
	return !fstatat(proc, path, &st, 0) && st.st_ino == netns;
}

static bool holds(int proc, const char *pid, uint32_t inode)
{
	char path[NAME_MAX + 16], link[64], wanted[64];
	DIR *dir __closedir = NULL;
	struct dirent *entry;
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "%s/fd", pid);
	snprintf(wanted, sizeof(wanted), "socket:[%u]", inode);
	fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir && fd >= 0)
		close(fd);
	while (dir && (entry = readdir(dir))) {
		len = readlinkat(fd, entry->d_name, link, sizeof(link) - 1);
		if (len < 0)
			continue;
		link[len] = '\0';
		if (!strcmp(link, wanted))
			return true;
	}
	return false;
}

static bool read_text(int proc, const char *pid, const char *name, char *out, size_t out_len)
{
	char path[NAME_MAX + 16];
	int fd __close = -1;
	ssize_t len;

	snprintf(path, sizeof(path), "%s/%s", pid, name);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	len = fd < 0 ? -1 : read(fd, out, out_len - 1);
	out[len > 0 ? len : 0] = '\0';
	return len > 0;
}

/* cgroup v1 and v2: __refrigerator() of kernel/freezer.c, do_freezer_trap() of kernel/signal.c. */
static bool is_frozen(int proc, const char *pid)
{
	char at[SHORT_LEN];

	return read_text(proc, pid, "wchan", at, sizeof(at)) &&
	       (strstr(at, "refrigerator") || strstr(at, "freezer_trap"));
}

static enum process_state state_of(int proc, const char *pid, char letter)
{
	if (letter == 'T')
		return PROCESS_STOPPED;
	if (letter == 't')
		return PROCESS_TRACED;
	return is_frozen(proc, pid) ? PROCESS_FROZEN : PROCESS_RUNS;
}

static void describe(int proc, const char *pid, struct service *service)
{
	char stat[STAT_LEN], *name, *end;

	service->pid = atoi(pid);
	if (!read_text(proc, pid, "stat", stat, sizeof(stat)))
		return;
	name = strchr(stat, '(');
	end = strrchr(stat, ')');
	if (!name || !end || end < name || strlen(end) <= FIELDS_BEHIND_NAME)
		return;
	*end = '\0';
	text_copy(service->process, sizeof(service->process), name + 1);
	service->state = state_of(proc, pid, end[FIELDS_BEHIND_NAME]);
}

int process_of_socket(int engine_pid, uint32_t netns, struct service *service)
{
	int proc = open_proc(engine_pid);
	DIR *dir __closedir = proc < 0 ? NULL : fdopendir(proc);
	struct dirent *entry;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		if (!isdigit((unsigned char)entry->d_name[0]) ||
		    !is_in_netns(proc, entry->d_name, netns) ||
		    !holds(proc, entry->d_name, service->inode))
			continue;
		describe(proc, entry->d_name, service);
		return 0;
	}
	return -ENOENT;
}
