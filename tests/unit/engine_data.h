/* SPDX-License-Identifier: GPL-2.0 */
/* What engines of several versions answered. */
#ifndef DD_TEST_ENGINE_DATA_H
#define DD_TEST_ENGINE_DATA_H

#include <stdio.h>
#include <stdlib.h>

#define ENGINE_DATA_MAX (64 << 10)

/* tests/data/engine/<name>.json, to be freed. Tests run in the project's top directory. */
static inline char *engine_data(const char *name)
{
	char *text = calloc(1, ENGINE_DATA_MAX);
	char path[128];
	FILE *in;

	snprintf(path, sizeof(path), "tests/data/engine/%s.json", name);
	in = fopen(path, "re");
	if (!text || !in || !fread(text, 1, ENGINE_DATA_MAX - 1, in)) {
		perror(path);
		abort();
	}
	fclose(in);
	return text;
}

#endif
