/* SPDX-License-Identifier: GPL-2.0 */
#include "source/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/bpf.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "source/bpfcall.h"

#define JOIN_MS 2000 /* some ten are usual */
#define IDS_MAX 64

/* ---- where it is -------------------------------------------------------------- */

/* The part of a line behind prefix, without its end; NULL: another line. */
static char *line_rest(char *line, const char *prefix)
{
	size_t len = strlen(prefix);

	if (strncmp(line, prefix, len))
		return NULL;
	line[strcspn(line, "\n")] = '\0';
	return line + len;
}

/* Of proc/PID/cgroup the line of version 2: "0::PATH", by the cgroup namespace of who reads it. */
static int path_read(int engine_pid, int pid, char *out, size_t out_len)
{
	FILE *f __fclose = NULL;
	char line[PATH_MAX], *rest = NULL, name[64];

	if (engine_pid)
		snprintf(name, sizeof(name), "/proc/%d/root/proc/%d/cgroup", engine_pid, pid);
	else
		snprintf(name, sizeof(name), "/proc/%d/cgroup", pid);
	f = fopen(name, "re");
	if (!f)
		return -errno;
	while (!rest && fgets(line, sizeof(line), f))
		rest = line_rest(line, "0::");
	return rest && text_copy(out, out_len, rest) ? 0 : -ENOENT;
}

/* Where cgroup2 is mounted here; "ID PARENT MAJOR:MINOR ROOT MOUNTPOINT ... - TYPE ..." */
static int mount_read(char *out, size_t out_len)
{
	FILE *f __fclose = fopen("/proc/self/mountinfo", "re");
	char line[PATH_MAX], point[1024];

	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f)) {
		if (!strstr(line, " - cgroup2 ") ||
		    sscanf(line, "%*s %*s %*s / %1023s", point) != 1)
			continue;
		return text_copy(out, out_len, point) ? 0 : -ENAMETOOLONG;
	}
	return -ENOENT;
}

int cgroup_open_in(int engine_pid, int pid, char *path, size_t path_len)
{
	char mount[1024], name[1024], whole[2048];
	int err = mount_read(mount, sizeof(mount)), fd;

	if (!err)
		err = path_read(engine_pid, pid, name, sizeof(name));
	if (err)
		return err;
	snprintf(whole, sizeof(whole), "%s%s", mount, name);
	fd = open(whole, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	text_copy(path, path_len, whole);
	return fd;
}

/* ---- what is attached ----------------------------------------------------------- */

static const struct {
	enum bpf_attach_type type;
	const char *kind;
	bool ingress;
} types[] = {
	{ BPF_CGROUP_INET_EGRESS, "cgroup egress", false },
	{ BPF_CGROUP_INET_INGRESS, "cgroup ingress", true },
	{ BPF_CGROUP_INET_SOCK_CREATE, "cgroup socket", false },
	{ BPF_CGROUP_INET4_CONNECT, "cgroup connect", false },
	{ BPF_CGROUP_INET6_CONNECT, "cgroup connect", false },
};

/* How many; a kernel that does not know the type has none. */
static int query(int cgroup, enum bpf_attach_type type, uint32_t ids[IDS_MAX])
{
	union bpf_attr attr = { 0 };
	int err;

	attr.query.target_fd = cgroup;
	attr.query.attach_type = type;
	attr.query.query_flags = BPF_F_QUERY_EFFECTIVE;
	attr.query.prog_ids = (uintptr_t)ids;
	attr.query.prog_cnt = IDS_MAX;
	err = bpfcall(BPF_PROG_QUERY, &attr, sizeof(attr));
	if (err)
		return err == -EINVAL ? 0 : err;
	return attr.query.prog_cnt < IDS_MAX ? attr.query.prog_cnt : IDS_MAX;
}

int cgroup_programs(int cgroup, struct program *out, int max)
{
	int found = 0;

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		uint32_t ids[IDS_MAX] = { 0 };
		int n = query(cgroup, types[i].type, ids);

		if (n < 0)
			return n;
		for (int k = 0; k < n && found < max; k++) {
			struct program *p = &out[found++];

			*p = (struct program){ .place = PLACE_CGROUP, .id = ids[k],
					       .ingress = types[i].ingress };
			text_copy(p->kind, sizeof(p->kind), types[i].kind);
			bpfcall_program_name(p->id, p->name, sizeof(p->name));
		}
	}
	return found;
}

/* ---- as one of its processes --------------------------------------------------- */

/* What the other process leaves; behind it the bytes of arg. */
struct outcome {
	bool joined;
	int result;
	char bytes[];
};

static void work_inside(int procs, int (*work)(void *arg), void *arg, size_t len,
			struct outcome *out)
{
	if (write(procs, "0", 1) != 1)
		_exit(1);
	out->result = work(arg);
	memcpy(out->bytes, arg, len);
	out->joined = true;
	_exit(0);
}

/* Ends it if it has not ended in time. */
static void wait_for(pid_t pid)
{
	int fd __close = syscall(SYS_pidfd_open, pid, 0);
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int n;

	do {
		n = fd < 0 ? 0 : poll(&pfd, 1, JOIN_MS);
	} while (n < 0 && errno == EINTR);
	if (n != 1)
		kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

int cgroup_run(int cgroup, int (*work)(void *arg), void *arg, size_t len, int *result)
{
	int procs __close = openat(cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	size_t size = sizeof(struct outcome) + len;
	struct outcome *out;
	int err = 0;
	pid_t pid;

	if (procs < 0)
		return -errno;
	out = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (out == MAP_FAILED)
		return -errno;
	pid = syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, 0);
	if (!pid)
		work_inside(procs, work, arg, len, out);
	if (pid > 0)
		wait_for(pid);
	else
		err = -errno;
	if (!err && !out->joined)
		err = -EBUSY;
	if (!err) {
		memcpy(arg, out->bytes, len);
		*result = out->result;
	}
	munmap(out, size);
	return err;
}
