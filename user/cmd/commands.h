/* SPDX-License-Identifier: GPL-2.0 */
/* The commands' names and texts; what they do is in a file each. */
#ifndef DD_COMMANDS_H
#define DD_COMMANDS_H

enum command {
	COMMAND_NONE,
	COMMAND_TRACE,
	COMMAND_WATCH,
	COMMAND_RECORD,
	COMMAND_REPORT,
	COMMAND_DOCTOR,
	COMMAND_FEATURES,
	COMMAND_ADVISORIES,
	N_COMMANDS,
};

struct about {
	const char *name;
	const char *operands; /* "": none */
	const char *summary;
	const char *text;
	const char *end; /* exit status, examples */
};

/* NULL for COMMAND_NONE. Static. */
const struct about *command_about(enum command command);

/* COMMAND_NONE: no command is called so. */
enum command command_find(const char *name);

#endif
