/* SPDX-License-Identifier: GPL-2.0 */
/* Reads all that the doctor judges by. Nothing is sent, and nothing of the host is changed. */
#ifndef DD_CMD_CHECKUP_H
#define DD_CMD_CHECKUP_H

#include "checkup.h"
#include "cmd/scene.h"

#define CHECKUP_ALL (~0u)

/*
 * places: the engine and its namespace; with a scene also those of the two. needs: bits of enum need;
 * devices and the containers' inside are read in any case. What cannot be read is
 * noted in out->unread; the engine's answer alone has to be had: its errors are logged. The caller
 * frees out, which borrows the scene.
 */
int checkup_read(const struct places *p, const struct engine *engine, const struct scene *scene,
		 unsigned int needs, struct checkup *out);
void checkup_free(struct checkup *c);

/* Notes why something could not be read, an errno, unless that is known. */
void checkup_unread(struct checkup *c, enum need need, const char *what, int err);

#endif
