/* SPDX-License-Identifier: GPL-2.0 */
#include "cmd/compare.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "cmd/checkup.h"
#include "cmd/scene.h"
#include "cmd/terminal.h"
#include "core/compare.h"
#include "source/caps.h"
#include "source/netns.h"
#include "source/topo_dump.h"
#include "view/compare.h"

#define ATTRIBUTES_MAX 64

static const struct net_view *network_find(const struct places *p, const struct checkup *c,
					   const char *name)
{
	struct network network;

	/* the engine knows what a name or a part of an ID means, and says so where there is none */
	if (docker_network(p->docker, name, &network))
		return NULL;
	for (size_t i = 0; i < c->n_networks; i++)
		if (!strcmp(c->networks[i].network.id, network.id))
			return &c->networks[i];
	return NULL;
}

static void sysctls_read(int netns, const char *device, struct sysctl *out, size_t *n)
{
	int back __leave_netns = netns_enter(netns);
	const char *path;

	for (size_t i = 0; back >= 0 && (path = compare_sysctl(i)) && *n < ATTRIBUTES_MAX; i++) {
		char name[NAME_LEN], general[NAME_LEN];
		size_t before = strcspn(path, "%");

		snprintf(name, sizeof(name), "%.*s%s%s", (int)before, path, device, path + before + 2);
		snprintf(general, sizeof(general), "%.*sBRIDGE%s", (int)before, path,
			 path + before + 2);
		if (netns_sysctl(name, &out[*n].value))
			continue;
		text_copy(out[(*n)++].name, NAME_LEN, general);
	}
}

static void attributes_read(int netns, struct comparison *cmp)
{
	for (int r = 0; r < 2; r++) {
		const struct net_view *n = cmp->nets[r];
		struct sysctl *all = calloc(ATTRIBUTES_MAX, sizeof(*all));
		int found;

		cmp->attributes[r] = all;
		cmp->failed |= !all;
		if (!all || !n->bridge)
			continue;
		found = topo_bridge_attributes(netns, n->bridge->link.ifindex, all, ATTRIBUTES_MAX);
		cmp->n_attributes[r] = found > 0 ? found : 0;
		sysctls_read(netns, n->network.bridge, all, &cmp->n_attributes[r]);
	}
}

static int compare(const struct options *o, const struct places *p, const struct checkup *c)
{
	struct comparison cmp = { .nets = { network_find(p, c, o->src), NULL } };
	const struct text_style style = { .colour = terminal_colour(o->colour), .width = terminal_width(TERMINAL_COLUMNS) };
	int err = 0;

	if (cmp.nets[0])
		cmp.nets[1] = network_find(p, c, o->dst);
	if (!cmp.nets[0] || !cmp.nets[1])
		return EXIT_CANNOT_RUN;
	attributes_read(p->netns[ROLE_HOST], &cmp);
	if (!cmp.failed)
		compare_networks(c, &cmp);
	if (cmp.failed) {
		log_error("out of memory");
		err = -ENOMEM;
	} else if (o->json) {
		err = compare_json(stdout, c, cmp.nets, cmp.differences, cmp.n);
	} else {
		compare_text(stdout, c, cmp.nets, cmp.differences, cmp.n, &style);
	}
	free(cmp.attributes[0]);
	free(cmp.attributes[1]);
	free(cmp.differences);
	return err ? EXIT_CANNOT_RUN : cmp.n ? EXIT_NOT_DELIVERED : EXIT_DELIVERED;
}

int cmd_compare(const struct options *o)
{
	struct scene *scene __free = calloc(1, sizeof(*scene));
	struct places places = PLACES_NONE;
	struct checkup c = { 0 };
	int status = EXIT_CANNOT_RUN;

	if (!scene || caps_check())
		return EXIT_CANNOT_RUN;
	if (!scene_engine(o->engine, scene, &places) &&
	    !checkup_read(&places, &scene->engine, NULL, CHECKUP_ALL, &c))
		status = compare(o, &places, &c);
	checkup_free(&c);
	places_close(&places);
	return status;
}
