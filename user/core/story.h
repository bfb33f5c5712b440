/* SPDX-License-Identifier: GPL-2.0 */
/* The packet that was lost, with what belongs to it, told to a session as if it had been a probe. */
#ifndef DD_STORY_H
#define DD_STORY_H

#include "core/kept.h"
#include "core/session.h"

/*
 * The session's scene is that of whoever began, see mirror.h. Everything told is probe 1. -ENOMEM, or 0.
 */
int story_tell(const struct kept *k, const struct death *d, struct session *s);

/* An event as the other end sees it. */
void story_mirror(struct dd_event *ev);

#endif
