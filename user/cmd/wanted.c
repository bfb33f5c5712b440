/* SPDX-License-Identifier: GPL-2.0 */
#include "cmd/wanted.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"

static bool is_party(const char *wanted, const char *name, const char *id)
{
	return !strcmp(wanted, name) || (strlen(wanted) >= 4 && !strncmp(wanted, id, strlen(wanted)));
}

bool wanted_is(const struct options *o, const struct loss *loss)
{
	const struct watch_options *w = &o->watch;

	if (w->container && !is_party(w->container, loss->src.name, loss->src.id) &&
	    !is_party(w->container, loss->dst.name, loss->dst.id) &&
	    strcmp(w->container, loss->netns))
		return false;
	if (o->network && strcmp(o->network, loss->network))
		return false;
	if (w->reason && strcasecmp(w->reason, loss->reason))
		return false;
	if (w->cause && strcmp(w->cause, loss->class == LOSS_NOISE ? "noise" : loss->cause.id))
		return false;
	return true;
}

int wanted_reason(const struct options *o, const struct reason *reasons)
{
	if (!o->watch.reason || reason_exists(reasons, o->watch.reason))
		return 0;
	log_error("this kernel has no drop reason '%s': bpftool btf dump file /sys/kernel/btf/vmlinux | "
		  "grep SKB_DROP_REASON lists those that it has", o->watch.reason);
	return -EINVAL;
}

static bool has_container(const struct cast *cast, const char *wanted)
{
	const struct member *m;

	for (size_t i = 0; (m = cast_member(cast, i)); i++)
		if (is_party(wanted, m->name, m->id))
			return true;
	return false;
}

static bool has_network(const struct cast *cast, const char *wanted)
{
	for (size_t i = 0; cast_network_at(cast, i); i++)
		if (!strcmp(wanted, cast_network_at(cast, i)->net.name))
			return true;
	return false;
}

void wanted_missing(const struct options *o, const struct cast *cast,
		    void (*note)(void *ctx, const char *text), void *ctx)
{
	char text[2 * NAME_LEN];

	if (o->watch.container && !has_container(cast, o->watch.container)) {
		snprintf(text, sizeof(text), "no container runs by the name or ID '%s' so far",
			 o->watch.container);
		note(ctx, text);
	}
	if (o->network && !has_network(cast, o->network)) {
		snprintf(text, sizeof(text), "no container is on a network '%s' so far", o->network);
		note(ctx, text);
	}
}
