/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DD_CMD_CHECKUP_FILES_H
#define DD_CMD_CHECKUP_FILES_H

#include "checkup.h"

/* Fills the lines that matter of files and logs; pid is the engine's, 0: none is known. */
void checkup_files(struct checkup *c, int pid);

#endif
