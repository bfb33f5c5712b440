/* SPDX-License-Identifier: GPL-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "source/jail.h"

/* What fails, by number, within a child that is jailed; 0: nothing. */
static int child(void)
{
	char *const argv[] = { "sh", "-c", "exit 0", NULL };
	int ns = open("/proc/self/ns/net", O_RDONLY), status;
	struct iovec local = { &status, sizeof(status) };
	pid_t pid;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || jail_enter())
		return 1;
	if (!mount("none", "/nowhere", "tmpfs", 0, NULL) || errno != EPERM)
		return 2;
	if (process_vm_readv(getpid(), &local, 1, &local, 1, 0) != -1 || errno != EPERM)
		return 3;
	if (!geteuid() && setns(ns, CLONE_NEWNET)) /* into where we are */
		return 4;
	pid = fork();
	if (!pid) {
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		return 5;
	return 0;
}

static void test_jail(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (!pid)
		_exit(child());
	assert_return_code(waitpid(pid, &status, 0), errno);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_jail) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
