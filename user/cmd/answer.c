/* SPDX-License-Identifier: GPL-2.0 */
#include "cmd/answer.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cmd/doctor.h"
#include "cmd/terminal.h"
#include "core/doctor.h"
#include "view/json.h"
#include "view/text.h"

static int show(const struct options *o, const struct scene *scene, const struct verdict *v)
{
	const struct text_style style = {
		.colour = terminal_colour(o->colour),
		.width = terminal_width(TERMINAL_COLUMNS),
		.verbose = o->verbose,
	};
	int err = 0;

	if (o->json)
		err = json_verdict(stdout, scene, v);
	else
		text_verdict(stdout, scene, v, &style);
	/* now: the kernel takes its time to let go of probes on functions */
	fflush(stdout);
	return err;
}

static int exit_status(const struct verdict *v)
{
	if (v->kind == VERDICT_DELIVERED)
		return EXIT_DELIVERED;
	if (v->kind == VERDICT_INCONCLUSIVE || !strcmp(v->cause.id, "unknown") ||
	    !strcmp(v->cause.id, "vanished"))
		return EXIT_INCONCLUSIVE;
	return EXIT_NOT_DELIVERED;
}

static bool is_nameless(const struct drop *d)
{
	return d->found && d->in_netfilter && !d->rule_known && !d->culprit.kind;
}

/* Where there is no first: what is wrong with the two apart from any packet. */
static void second_opinion(const struct scene *scene, const struct places *places,
			   struct verdict *v, struct diagnosis *out)
{
	if (v->kind == VERDICT_DELIVERED || v->interrupted)
		return;
	v->check = doctor_of_cause(places, scene, v);
	if ((exit_status(v) == EXIT_INCONCLUSIVE || is_nameless(&v->drop)) &&
	    !doctor_of_scene(places, scene, out))
		v->doctor = out;
}

int answer_give(const struct options *o, const struct scene *scene, const struct places *places,
		struct verdict *v)
{
	struct diagnosis second = { 0 };
	int status;

	/* the verdict stands without it: an engine that is away by now is no fault of the exchange's */
	log_set_quiet(1);
	second_opinion(scene, places, v, &second);
	log_set_quiet(0);
	status = show(o, scene, v) ? EXIT_CANNOT_RUN : exit_status(v);
	v->doctor = NULL;
	doctor_free(&second);
	return status;
}
