/* SPDX-License-Identifier: GPL-2.0 */
/* A probe's way through the containers and the host, one line a hop. */
#ifndef DD_PATH_H
#define DD_PATH_H

#include <stdio.h>

#include "model.h"
#include "view/text.h"

/*
 * Prints the way of the probe whose drop explains the verdict, else of the first that failed. Hops
 * that add nothing are folded, unless the style is verbose. Returns how many lines it printed.
 */
int path_print(FILE *out, const struct scene *scene, const struct verdict *v,
	       const struct text_style *style);

/* The last hop of that probe, NULL if none was seen. Borrowed from v. */
const struct hop *path_last(const struct verdict *v);

#endif
