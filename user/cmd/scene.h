/* SPDX-License-Identifier: GPL-2.0 */
/* Two names on the command line into the scene: who they are, and what lies between them. */
#ifndef DD_SCENE_H
#define DD_SCENE_H

#include "cmd/options.h"
#include "model.h"
#include "source/docker.h"

/* Where things are: namespace descriptors by role; -1: outside this host. */
struct places {
	struct docker *docker;
	int netns[N_ROLES];
	int cgroups[2]; /* [role]: of a container that is not paused; -1: none */
	int counting; /* topo_count(); -1: not on */
	/* of scene_checksums() */
	struct {
		bool known;
		uint64_t n;
	} bad_checksums[N_ROLES];
};

#define PLACES_NONE \
	((struct places){ .netns = { -1, -1, -1, -1 }, .cgroups = { -1, -1 }, .counting = -1 })

/*
 * Asks the engine and the kernel. Everything that is missing is logged, one line, with what to do.
 * 0 or a negative errno. places is to be released with places_close() in either case.
 */
int scene_build(const struct options *o, struct scene *scene, struct places *places);
void places_close(struct places *p);

/* Reads again how things are, but for who talks to whom; for a trace that takes its time. */
void scene_reread(struct scene *scene, struct places *p);

/* Reads, before the first packet, how many the stacks found spoilt: for kernels that give no reason for a drop. */
void scene_checksums(struct places *p);

/* Reads once more what the probes may have changed, before the verdict is drawn. */
void scene_refresh(struct scene *scene, const struct places *p);

/*
 * The parts of it, for whoever knows already who the two are: tool, kernel; the engine and its
 * namespace (logged if that fails); devices, routes, neighbours and programs between the two; the
 * firewall. Each fills what it can.
 */
int scene_host(struct scene *scene);
int scene_engine(const char *url, struct scene *scene, struct places *places);
void scene_way(struct scene *scene, const struct places *places);
void scene_firewall(struct scene *scene, const struct places *places);

/* What the kernel side is to report: all but what the probes choose for themselves. */
void scene_filter(const struct scene *scene, struct dd_filter *out);

/* The cgroup that the probes' sockets must be of to meet what the container's own meet; -1: any will do. */
int scene_sender(const struct scene *scene, const struct places *p);

/* Whether the containers of the scene still run as they did; logs which one does not. */
bool scene_still_there(const struct scene *scene, const struct places *p);

#endif
