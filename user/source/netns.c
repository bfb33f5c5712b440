/* SPDX-License-Identifier: GPL-2.0 */
#include "source/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

#define OWN_NETNS "/proc/thread-self/ns/net"

static int open_path(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* A process that is gone, or that has ended and is not yet reaped, has no such file. */
static int open_process(const char *path)
{
	int fd = open_path(path);

	return fd == -ENOENT ? -ESRCH : fd;
}

int netns_open(int pid)
{
	return pid ? netns_open_in(0, pid) : open_path(OWN_NETNS);
}

int netns_open_in(int engine_pid, int pid)
{
	char path[64];

	if (engine_pid)
		snprintf(path, sizeof(path), "/proc/%d/root/proc/%d/ns/net", engine_pid, pid);
	else
		snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	return open_process(path);
}

int netns_new(void)
{
	int back = netns_open(0), fd;

	if (back < 0)
		return back;
	fd = unshare(CLONE_NEWNET) ? -errno : netns_open(0);
	netns_leave(&back);
	return fd;
}

int netns_inum(int fd, uint32_t *out)
{
	struct stat st;
	int type = ioctl(fd, NS_GET_NSTYPE);

	if (type < 0)
		return -errno;
	if (type != CLONE_NEWNET)
		return -EINVAL;
	if (fstat(fd, &st))
		return -errno;
	*out = st.st_ino;
	return 0;
}

int netns_cookie(int fd, uint64_t *out)
{
	int back __leave_netns = netns_enter(fd);
	int s __close = back < 0 ? -1 : socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(*out);

	if (back < 0)
		return back;
	return s < 0 || getsockopt(s, SOL_SOCKET, SO_NETNS_COOKIE, out, &len) ? -errno : 0;
}

int netns_enter(int fd)
{
	int back __close = open_path(OWN_NETNS);

	if (back < 0)
		return back;
	if (setns(fd, CLONE_NEWNET))
		return -errno;
	return take_fd(back);
}

void netns_leave(int *back)
{
	if (*back < 0)
		return;
	/* Going on in somebody else's namespace would give answers about the wrong host. */
	if (setns(*back, CLONE_NEWNET))
		abort();
	close(take_fd(*back));
}

int netns_sysctl(const char *name, int *out)
{
	FILE *f __fclose = NULL;
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "/proc/sys/net/%s", name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	f = fopen(path, "re");
	if (!f)
		return -errno;
	return fscanf(f, "%d", out) == 1 ? 0 : -EINVAL;
}
