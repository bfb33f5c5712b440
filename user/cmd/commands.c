/* SPDX-License-Identifier: GPL-2.0 */
#include "cmd/commands.h"

#include <stddef.h>
#include <string.h>

#include "base/array.h"

static const struct about abouts[] = {
#include "cmd/commands.def"
};
_Static_assert(ARRAY_SIZE(abouts) == N_COMMANDS, "a text for each command");

const struct about *command_about(enum command command)
{
	return command == COMMAND_NONE ? NULL : &abouts[command];
}

enum command command_find(const char *name)
{
	for (int i = COMMAND_NONE + 1; i < N_COMMANDS; i++)
		if (!strcmp(abouts[i].name, name))
			return (enum command)i;
	return COMMAND_NONE;
}
