/* SPDX-License-Identifier: GPL-2.0 */
/* An event in terms of the two containers: whose namespace, which direction, what happened. */
#ifndef DD_CORRELATE_H
#define DD_CORRELATE_H

#include "model.h"

/* The namespace of a role, inode number; 0: none on this host. */
uint32_t correlate_netns(const struct scene *scene, enum role role);

/* Fills every member of hop that symbolise_hop() does not, but for the probe of an ARP message. */
void correlate_hop(const struct scene *scene, const struct dd_event *ev, struct hop *hop);

/* The same for a chain's decision, which is a step of the way and one through the rules. */
void correlate_chain(const struct scene *scene, const struct dd_chain_event *chain, struct hop *hop,
		     struct hit *hit);

/* The same for what dropped on a hook and is no rule. */
void correlate_dropper(const struct scene *scene, const struct dd_event *ev, struct hop *hop,
		       struct hit *hit);

/* The same for what is told of the socket that a packet was for. */
void correlate_socket(const struct scene *scene, const struct dd_event *ev, struct hop *hop);

/*
 * The layer that a drop belongs to, and the netfilter hook that its stack shows; needs the symbols.
 * What only looks like a drop, since our own socket has taken its copy, becomes STEP_CONSUMED.
 */
void correlate_drop(const struct scene *scene, struct hop *hop);

#endif
