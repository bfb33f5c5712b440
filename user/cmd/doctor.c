/* SPDX-License-Identifier: GPL-2.0 */
#include "cmd/doctor.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "cmd/checkup.h"
#include "cmd/compare.h"
#include "cmd/terminal.h"
#include "core/doctor.h"
#include "source/caps.h"
#include "view/doctor.h"
#include "view/doctor_json.h"

static int show(const struct options *o, const struct checkup *c, const struct diagnosis *d)
{
	const struct text_style style = { .colour = terminal_colour(o->colour), .verbose = o->verbose,
					  .width = terminal_width(TERMINAL_COLUMNS) };

	if (o->json)
		return doctor_json(stdout, c, d);
	doctor_text(stdout, c, d, &style);
	return 0;
}

static int examine(const struct options *o, const struct places *p, const struct engine *engine,
		   const struct scene *scene)
{
	struct checkup c = { 0 };
	struct diagnosis d = { 0 };
	int status = EXIT_CANNOT_RUN;

	if (!checkup_read(p, engine, scene, CHECKUP_ALL, &c)) {
		doctor_examine(&c, &d);
		if (d.failed)
			log_error("out of memory");
		else if (!show(o, &c, &d))
			status = doctor_is_broken(&d) ? EXIT_NOT_DELIVERED : EXIT_DELIVERED;
	}
	doctor_free(&d);
	checkup_free(&c);
	return status;
}

int doctor_of_scene(const struct places *p, const struct scene *scene, struct diagnosis *out)
{
	struct checkup c = { 0 };
	int err = checkup_read(p, &scene->engine, scene, CHECKUP_ALL, &c);

	if (!err)
		doctor_examine(&c, out);
	checkup_free(&c);
	return err;
}

const char *doctor_of_cause(const struct places *p, const struct scene *scene,
			    const struct verdict *v)
{
	unsigned int needs = doctor_needs(v);
	struct checkup c = { 0 };
	const char *check = NULL;

	if (needs && !checkup_read(p, &scene->engine, scene, needs, &c))
		check = doctor_check_of(&c, v);
	checkup_free(&c);
	return check;
}

int cmd_doctor(const struct options *o)
{
	struct scene *scene __free = calloc(1, sizeof(*scene));
	struct places places = PLACES_NONE;
	int status = EXIT_CANNOT_RUN;

	if (o->compare)
		return cmd_compare(o);
	if (!scene || caps_check())
		return EXIT_CANNOT_RUN;
	if (o->src && !scene_build(o, scene, &places))
		status = examine(o, &places, &scene->engine, scene);
	if (!o->src && !scene_engine(o->engine, scene, &places)) {
		scene_firewall(scene, &places);
		status = examine(o, &places, &scene->engine, NULL);
	}
	places_close(&places);
	return status;
}
