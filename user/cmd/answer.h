/* SPDX-License-Identifier: GPL-2.0 */
/* What a trace ends with: a second opinion where the verdict needs one, the output, the exit status. */
#ifndef DD_ANSWER_H
#define DD_ANSWER_H

#include "cmd/options.h"
#include "cmd/scene.h"
#include "model.h"

/*
 * Sets v->check and v->doctor, unless the verdict was interrupted; the latter is gone when it returns.
 * Writes to standard output. Returns an exit status.
 */
int answer_give(const struct options *o, const struct scene *scene, const struct places *places,
		struct verdict *v);

#endif
