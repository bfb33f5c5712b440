/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Traffic that is there already, followed until the first packet of it that dies. What was seen
 * last is kept; when a packet is lost, its part of that becomes a session, as if it had been a probe,
 * and that draws the verdict. No I/O, no clock.
 */
#ifndef DD_PASSIVE_H
#define DD_PASSIVE_H

#include "core/session.h"

struct passive;

/* As session_open(); scene.attach may be filled in later. */
int passive_open(const struct scene *scene, const struct ksym *ksym, const struct reason *reasons,
		 const struct session_ops *ops, struct passive **out);
void passive_close(struct passive *p);

void passive_event(struct passive *p, const void *data, size_t len);
void passive_hit(struct passive *p, const struct hit *hit);

/* As session_lost(); thinned: records that the kernel side left out. */
void passive_lost(struct passive *p, uint64_t lost, uint64_t missed, uint64_t thinned);

/* Whether a packet was lost, and what belongs to it has had the time to come in. */
bool passive_settled(struct passive *p, uint64_t now_ns);

/*
 * The verdict, as of now, and the scene that it is of: the one that passive_open() was given, or
 * that of the exchange whose packet was lost, where its destination has become the source if it was
 * who began. Both are borrowed.
 */
void passive_verdict(struct passive *p, struct verdict *out, const struct scene **scene);

#endif
