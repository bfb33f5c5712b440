/* SPDX-License-Identifier: GPL-2.0 */
#include "source/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/clock.h"

#define RUN_DEADLINE_MS 10000
#define RUN_OUTPUT_MAX (8u << 20)
#define PIPE_LEN 65536 /* what a pipe holds */

enum { EXIT_CANNOT = 126, EXIT_NOT_FOUND = 127 };

static int64_t now_ms(void)
{
	return clock_now_ns() / 1000000;
}

/* Waits until fd has something to say. 0, or -ETIMEDOUT, or another negative errno. */
static int wait_for(int fd, int64_t deadline_ms)
{
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t left = deadline_ms - now_ms();
		int n = poll(&p, 1, left > 0 ? left : 0);

		if (n > 0)
			return 0;
		if (!n)
			return -ETIMEDOUT;
		if (errno != EINTR)
			return -errno;
	}
}

/*
 * The child's side. Its own process group: Ctrl-C is for the parent, which still wants the answer.
 * Every descriptor is closed, since an nftables socket that outlived the parent in here would keep
 * its table alive.
 */
static _Noreturn void become(int netns, int out, char *const argv[], char *const env[],
			     pid_t parent)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;

	sigemptyset(&none);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent || setpgid(0, 0) ||
	    sigprocmask(SIG_SETMASK, &none, NULL) || setns(netns, CLONE_NEWNET) || null < 0 ||
	    dup2(null, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    dup2(null, STDERR_FILENO) < 0 || close_range(STDERR_FILENO + 1, ~0U, 0))
		_exit(EXIT_CANNOT);
	signal(SIGPIPE, SIG_DFL);
	environ = (char **)env;
	execvp(argv[0], argv);
	_exit(errno == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT);
}

static int collect(int fd, int64_t deadline_ms, struct strbuf *sb)
{
	char buf[PIPE_LEN];

	for (;;) {
		int err = wait_for(fd, deadline_ms);
		ssize_t n;

		if (err)
			return err;
		n = read(fd, buf, sizeof(buf));
		if (n < 0)
			return -errno;
		if (!n)
			return sb->failed ? -ENOMEM : 0;
		if (sb->len + n > RUN_OUTPUT_MAX)
			return -EMSGSIZE;
		strbuf_add(sb, buf, n);
	}
}

/* Waits for the child, not beyond the deadline, and buries it in any case. */
static int reap(pid_t pid, int64_t deadline_ms)
{
	int pidfd __close = syscall(SYS_pidfd_open, pid, 0);
	int err = pidfd < 0 ? -errno : wait_for(pidfd, deadline_ms);
	int status;

	if (err)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (err)
		return err;
	if (!WIFEXITED(status))
		return -EIO;
	return WEXITSTATUS(status) == 0			  ? 0 :
	       WEXITSTATUS(status) == EXIT_NOT_FOUND ? -ENOENT : -EIO;
}

/* The child's process ID, with the end of its standard output in *fd, or a negative errno. */
static pid_t start(int netns, const char *const argv[], const char *path, int *fd)
{
	char *env[] = { (char *)path, "LC_ALL=C", NULL };
	pid_t parent = getpid(), pid;
	int pipes[2], out __close = -1;

	if (pipe2(pipes, O_CLOEXEC))
		return -errno;
	*fd = pipes[0];
	out = pipes[1];
	pid = fork();
	if (!pid)
		become(netns, out, (char *const *)argv, env, parent);
	return pid < 0 ? -errno : pid;
}

int run_capture(int netns, const char *const argv[], struct strbuf *out)
{
	const char *path = getenv("PATH");
	struct strbuf env __cleanup(strbuf_free) = { 0 };
	struct strbuf sb __cleanup(strbuf_free) = { 0 };
	int64_t deadline_ms = now_ms() + RUN_DEADLINE_MS;
	int fd __close = -1;
	int err, status;
	pid_t pid;

	strbuf_addf(&env, "PATH=%s:/usr/local/sbin:/usr/sbin:/sbin", path ? path : "/usr/bin:/bin");
	if (env.failed)
		return -ENOMEM;
	pid = start(netns, argv, env.text, &fd);
	if (pid < 0)
		return pid;
	err = collect(fd, deadline_ms, &sb);
	if (err)
		kill(pid, SIGKILL);
	status = reap(pid, deadline_ms);
	if (err || status)
		return err ? err : status;
	*out = sb;
	sb = (struct strbuf){ 0 };
	return 0;
}

static bool is_that(int netns, const struct run_program *program)
{
	const char *argv[] = { program->common, "-V", NULL };
	struct strbuf sb __cleanup(strbuf_free) = { 0 };

	return !run_capture(netns, argv, &sb) && strstr(strbuf_str(&sb), program->mark);
}

int run_program(int netns, const struct run_program *program, const char *const args[],
		struct strbuf *out)
{
	const char *argv[RUN_ARGS_MAX + 1] = { program->name };
	int err;

	for (int i = 0; args[i] && i < RUN_ARGS_MAX - 1; i++)
		argv[i + 1] = args[i];
	err = run_capture(netns, argv, out);
	if (err != -ENOENT)
		return err;
	if (!is_that(netns, program))
		return -ENOENT;
	argv[0] = program->common;
	return run_capture(netns, argv, out);
}

const char *run_line(const char **text, bool escapes, size_t *len)
{
	const char *line = *text, *end = line;
	bool quoted = false;

	if (!*line)
		return NULL;
	for (; *end && (quoted || *end != '\n'); end++) {
		if (*end == '"')
			quoted = !quoted;
		else if (escapes && quoted && *end == '\\' && end[1])
			end++;
	}
	*len = end - line;
	*text = *end ? end + 1 : end;
	return line;
}
