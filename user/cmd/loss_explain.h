/* SPDX-License-Identifier: GPL-2.0 */
/* What a loss means: the same analysis as of a trace, of one packet that somebody else sent. */
#ifndef DD_LOSS_EXPLAIN_H
#define DD_LOSS_EXPLAIN_H

#include "cmd/moved.h"
#include "cmd/scene.h"
#include "core/cast.h"
#include "incident.h"
#include "source/ksym.h"
#include "source/reason.h"

/* What every explanation is drawn from; all of it is borrowed. */
struct backdrop {
	const struct scene *scene;   /* tool, kernel, engine */
	const struct places *places; /* the engine, and its namespace */
	const struct cast *cast;
	struct moved *moved;
	const struct ksym *ksym;       /* NULL: none */
	const struct reason *reasons;  /* NULL: none */
};

/*
 * Explains a loss by a sample of it, or without one (NULL) by the flow alone. -EAGAIN: it could be
 * said better with one more sample.
 */
int loss_explain(const struct backdrop *b, const struct dd_sample *sample,
		 const struct dd_flow *flow, struct loss *loss);

#endif
