/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DD_CMD_DOCTOR_H
#define DD_CMD_DOCTOR_H

#include "checkup.h"
#include "cmd/options.h"
#include "cmd/scene.h"

/* dockdrop doctor: returns the exit status. */
int cmd_doctor(const struct options *o);

/*
 * What is wrong with the two of a scene that was built, for a verdict that does not know. Errors are
 * logged. The caller frees out with doctor_free().
 */
int doctor_of_scene(const struct places *p, const struct scene *scene, struct diagnosis *out);

/* The check that finds the cause of a verdict on the scene, by making it; NULL: none does. */
const char *doctor_of_cause(const struct places *p, const struct scene *scene,
			    const struct verdict *v);

#endif
