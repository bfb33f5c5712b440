/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "netlab.h"

#include "base/array.h"
#include "base/cleanup.h"

static uint32_t inum_of_path(const char *path)
{
	struct stat st;

	assert_return_code(stat(path, &st), errno);
	return st.st_ino;
}

static uint32_t inum_of(int fd)
{
	uint32_t inum = 0;

	assert_int_equal(netns_inum(fd, &inum), 0);
	return inum;
}

static void test_own(void **state)
{
	int fds[] = {
		netns_open(0),
		netns_open(getpid()),
		netns_open_in(0, getpid()),
		netns_open_in(getpid(), getpid()),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		int fd __close = fds[i];

		assert_true(fd >= 0);
		assert_int_equal(inum_of(fd), inum_of_path("/proc/self/ns/net"));
		assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	}
}

/* A process that has ended and waits to be reaped has no namespaces any more. */
static pid_t zombie(void)
{
	siginfo_t info;
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	assert_return_code(waitid(P_PID, pid, &info, WEXITED | WNOWAIT), errno);
	return pid;
}

static void test_gone(void **state)
{
	pid_t dead = zombie();

	(void)state;
	assert_int_equal(netns_open(dead), -ESRCH);
	assert_int_equal(netns_open_in(getpid(), dead), -ESRCH);
	waitpid(dead, NULL, 0);
	assert_int_equal(netns_open(dead), -ESRCH);
	assert_int_equal(netns_open(-1), -ESRCH);
	assert_int_equal(netns_open_in(0, 0), -ESRCH);
	assert_int_equal(netns_open_in(getpid(), 0), -ESRCH);
	assert_int_equal(netns_open_in(getpid(), dead), -ESRCH);
	assert_int_equal(netns_open_in(dead, 1), -ESRCH);
}

static void test_wrong_descriptor(void **state)
{
	int file __close = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int uts __close = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
	uint32_t before = inum_of_path("/proc/self/ns/net");
	const struct {
		int fd, inum_err, enter_err;
	} rows[] = {
		{ -1, -EBADF, -EBADF },
		{ file, -ENOTTY, -EINVAL },
		{ uts, -EINVAL, -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint32_t inum = 7;

		assert_int_equal(netns_inum(rows[i].fd, &inum), rows[i].inum_err);
		assert_int_equal(inum, 7);
		if (!geteuid())
			assert_int_equal(netns_enter(rows[i].fd), rows[i].enter_err);
		assert_int_equal(inum_of_path("/proc/self/ns/net"), before);
	}
}

static void test_enter_and_leave(void **state)
{
	uint32_t before = inum_of_path("/proc/self/ns/net");

	(void)state;
	netlab_or_skip();
	{
		int ns __close = netlab_new();
		int back __leave_netns = netns_enter(ns);

		assert_true(back >= 0);
		assert_true(fcntl(back, F_GETFD) & FD_CLOEXEC);
		assert_int_not_equal(inum_of(ns), before);
		assert_int_equal(inum_of_path("/proc/self/ns/net"), inum_of(ns));
	}
	assert_int_equal(inum_of_path("/proc/self/ns/net"), before);
}

/* In its own PID, mount and network namespace: pid 1 there, with its own /proc. */
static void live_in_container(int ready)
{
	if (unshare(CLONE_NEWNS | CLONE_NEWNET) ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("proc", "/proc", "proc", 0, NULL) || write(ready, "x", 1) != 1)
		_exit(1);
	alarm(10);
	pause();
	_exit(0);
}

static pid_t container_start(int *ready)
{
	int pipe_fds[2];
	int back __close = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
	pid_t pid;

	assert_return_code(pipe2(pipe_fds, O_CLOEXEC), errno);
	assert_return_code(unshare(CLONE_NEWPID), errno);
	pid = fork();
	if (!pid)
		live_in_container(pipe_fds[1]);
	assert_return_code(setns(back, CLONE_NEWPID), errno);
	close(pipe_fds[1]);
	*ready = pipe_fds[0];
	return pid;
}

static void test_engine_in_its_own_pid_namespace(void **state)
{
	char path[64];
	int ready __close = -1;
	int ns __close = -1;
	pid_t pid;

	(void)state;
	netlab_or_skip();
	pid = container_start(&ready);
	assert_int_equal(poll(&(struct pollfd){ .fd = ready, .events = POLLIN }, 1, 5000), 1);
	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	ns = netns_open_in(pid, 1);
	assert_true(ns >= 0);
	assert_int_equal(inum_of(ns), inum_of_path(path));
	assert_int_not_equal(inum_of(ns), inum_of_path("/proc/self/ns/net"));
	assert_int_equal(netns_open_in(pid, 2), -ESRCH);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static int sysctl_in(int ns, const char *name, int *out)
{
	int back __leave_netns = netns_enter(ns);

	return back < 0 ? back : netns_sysctl(name, out);
}

static void test_sysctl(void **state)
{
	char too_long[8192];
	int value = 7;

	(void)state;
	netlab_or_skip();
	memset(too_long, 'a', sizeof(too_long) - 1);
	too_long[sizeof(too_long) - 1] = '\0';
	int a __close = netlab_new();
	int b __close = netlab_new();

	netlab_run(a, "echo 1 > /proc/sys/net/ipv4/ip_forward");
	netlab_run(b, "echo 0 > /proc/sys/net/ipv4/ip_forward");
	assert_int_equal(sysctl_in(a, "ipv4/no_such_thing", &value), -ENOENT);
	assert_int_equal(sysctl_in(a, "ipv4/tcp_congestion_control", &value), -EINVAL);
	assert_int_equal(sysctl_in(a, "ipv4", &value), -EINVAL);
	assert_int_equal(sysctl_in(a, too_long, &value), -ENAMETOOLONG);
	assert_int_equal(value, 7);
	assert_int_equal(sysctl_in(a, "ipv4/ip_forward", &value), 0);
	assert_int_equal(value, 1);
	assert_int_equal(sysctl_in(b, "ipv4/ip_forward", &value), 0);
	assert_int_equal(value, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_wrong_descriptor),
		cmocka_unit_test(test_enter_and_leave),
		cmocka_unit_test(test_engine_in_its_own_pid_namespace),
		cmocka_unit_test(test_sysctl),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
