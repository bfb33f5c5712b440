/* SPDX-License-Identifier: GPL-2.0 */
/* What --help prints, made of the commands' texts and the options' rows. */
#ifndef DD_HELP_H
#define DD_HELP_H

#include <stdio.h>

#include "cmd/options.h"

/* The help for a command, or for COMMAND_NONE the overall one. */
void help_print(FILE *out, enum command command);

#endif
