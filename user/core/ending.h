/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Drops without a reason: the kernel has none, or not for this. The function alone says less then, since
 * compilers inline what ends a packet for a program into what frees for other causes as well.
 */
#ifndef DD_ENDING_H
#define DD_ENDING_H

#include "model.h"

bool ending_is_unnamed(const struct hop *drop);

/* A function in which what is attached to a device may have ended a packet, besides others that do. */
struct ending {
	const char *function;
	enum program_place place;
	bool ingress;
	enum layer layer;
};

/* What the drop is then, if something is attached there; NULL: the function tells it, or a reason. */
const struct ending *ending_of(const struct hop *drop);

/* Its layer, given what is attached; LAYER_UNKNOWN: nothing of that kind is. */
enum layer ending_layer(const struct scene *scene, const struct hop *drop);

/* Whose namespace a role's is, as programs and queues have it. Borrowed from the scene. */
const char *ending_netns(const struct scene *scene, enum role role);

#endif
