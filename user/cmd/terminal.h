/* SPDX-License-Identifier: GPL-2.0 */
/* What standard output is: a terminal of some width and colour, or none. */
#ifndef DD_TERMINAL_H
#define DD_TERMINAL_H

#include <stdbool.h>

#include "cmd/options.h"

#define TERMINAL_COLUMNS 80 /* of one that does not say */

/* Whether it gets colour: the choice, else a terminal without NO_COLOR. */
bool terminal_colour(enum colour choice);

/* Its columns; none where it is no terminal, or one that is narrower than 60. */
int terminal_width(int none);

#endif
