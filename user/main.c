/* SPDX-License-Identifier: GPL-2.0 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "cmd/advisories.h"
#include "cmd/doctor.h"
#include "cmd/features.h"
#include "cmd/help.h"
#include "cmd/options.h"
#include "cmd/record.h"
#include "cmd/report.h"
#include "cmd/trace.h"
#include "cmd/watch.h"

static int (*const commands[])(const struct options *o) = {
	[COMMAND_TRACE] = cmd_trace,
	[COMMAND_WATCH] = cmd_watch,
	[COMMAND_RECORD] = cmd_record,
	[COMMAND_REPORT] = cmd_report,
	[COMMAND_DOCTOR] = cmd_doctor,
	[COMMAND_FEATURES] = cmd_features,
	[COMMAND_ADVISORIES] = cmd_advisories,
};
_Static_assert(sizeof(commands) / sizeof(commands[0]) == N_COMMANDS, "a function for each command");

static int run(const struct options *o)
{
	if (o->show == SHOW_RESULT)
		return commands[o->command](o);
	if (o->show == SHOW_HELP)
		help_print(stdout, o->command);
	else
		puts("dockdrop " DOCKDROP_VERSION);
	return 0;
}

/* A pipe or a socket that nobody reads any more. */
static bool reader_gone(void)
{
	struct pollfd out = { .fd = STDOUT_FILENO };

	return poll(&out, 1, 0) == 1 && (out.revents & (POLLERR | POLLHUP));
}

/* A reader that has gone away has seen enough; a full disk has to be told. */
static int finish_output(int status)
{
	if ((!fflush(stdout) && !ferror(stdout)) || reader_gone())
		return status;
	log_error("the output could not be written, it is not whole");
	return EXIT_CANNOT_RUN;
}

/* A file that is opened later must not become the standard output. */
static void descriptors_fill(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	close(fd);
}

int main(int argc, char **argv)
{
	struct options o;

	descriptors_fill();

	/* A closed pipe shows as an error of the write; it does not end the program half-way. */
	signal(SIGPIPE, SIG_IGN);
	if (options_parse(argc, argv, &o))
		return EXIT_BAD_USAGE;
	log_set_verbose(o.verbose);
	return finish_output(run(&o));
}
