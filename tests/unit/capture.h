/* SPDX-License-Identifier: GPL-2.0 */
/* What is written to standard error meanwhile: the messages of base/log.h. */
#ifndef DD_TEST_CAPTURE_H
#define DD_TEST_CAPTURE_H

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct capture {
	FILE *file;
	int saved;
	char text[4096];
};

static inline void capture_begin(struct capture *c)
{
	fflush(stderr);
	c->file = tmpfile();
	c->saved = dup(STDERR_FILENO);
	dup2(fileno(c->file), STDERR_FILENO);
}

/* Returns how many lines there were; they are in text, cut if too long. */
static inline int capture_end(struct capture *c)
{
	size_t len;
	int lines = 0;

	fflush(stderr);
	dup2(c->saved, STDERR_FILENO);
	close(c->saved);
	rewind(c->file);
	len = fread(c->text, 1, sizeof(c->text) - 1, c->file);
	c->text[len] = '\0';
	fclose(c->file);
	for (const char *p = c->text; (p = strchr(p, '\n')); p++)
		lines++;
	return lines;
}

#endif
