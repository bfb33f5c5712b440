/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The words of the verdict document, one per value of an enum. All take any integer and return NULL
 * for a value that has no word: unknown, or out of range. The strings are static.
 */
#ifndef DD_NAMES_H
#define DD_NAMES_H

#include "model.h"

const char *name_verdict(enum verdict_kind kind);
const char *name_direction(enum direction direction);
const char *name_layer(enum layer layer);
const char *name_step(enum step step);
const char *name_confidence(enum confidence confidence);
const char *name_backend(enum backend backend);
const char *name_resetter(enum resetter by);
const char *name_choice(enum choice choice);

/* "host", or the container's name (untrusted); NULL: neither of the two and not the host. */
const char *name_netns(const struct scene *scene, enum role role);

#endif
