/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The engine's containers as they come and go, and what the drops between them mean: the same
 * analysis as of a trace, of one packet that somebody else sent.
 */
#ifndef DD_STAGE_H
#define DD_STAGE_H

#include "cmd/scene.h"
#include "core/cast.h"
#include "incident.h"
#include "source/ksym.h"
#include "source/reason.h"

struct stage;

/* What the user is told of the engine: that it went, that it is back. */
typedef void (*stage_note)(void *ctx, const char *text);

/* About to change who is who: what was counted so far belongs to those who are there now. */
typedef void (*stage_change)(void *ctx);

struct stage_ops {
	stage_note note;
	stage_change change;
	stage_change changed; /* it has, of itself: what is not counted yet is whose it is now */
	void *ctx;
};

/* Finds the engine and everybody there. Logs what is missing. Everything given is borrowed. */
int stage_open(const char *url, const struct ksym *ksym, const struct reason *reasons,
	       const struct stage_ops *ops, struct stage **out);
void stage_close(struct stage *s);
void cleanup_stage(struct stage **s);

/* To be called often: takes in what the engine tells, without waiting long. Returns whether there is more. */
bool stage_update(struct stage *s);

/* To poll for POLLIN, for what the engine tells; -1: it is away. It changes. */
int stage_fd(const struct stage *s);

/* Before anything is named: takes in what the kernel tells of bridges and their ports. */
void stage_ports(struct stage *s);

const struct cast *stage_cast(const struct stage *s);
uint32_t stage_host_netns(const struct stage *s);

/* Tool, kernel and engine; the rest is empty. */
const struct scene *stage_scene(const struct stage *s);

/* The engine's own namespace, a descriptor. */
int stage_host(const struct stage *s);

/* How often the engine was lost, so far. */
int stage_restarts(const struct stage *s);

/* loss_explain(), on this stage. */
int stage_explain(struct stage *s, const struct dd_sample *sample, const struct dd_flow *flow,
		  struct loss *loss);

#endif
