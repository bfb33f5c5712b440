/* SPDX-License-Identifier: GPL-2.0 */
/* The same exchange as its other end sees it: for one that the destination began. */
#ifndef DD_MIRROR_H
#define DD_MIRROR_H

#include "model.h"

/* Source and destination change places, with all that the scene knows of either. */
void mirror_scene(const struct scene *scene, struct scene *out);

enum role mirror_role(enum role role);

#endif
