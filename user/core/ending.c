/* SPDX-License-Identifier: GPL-2.0 */
#include "core/ending.h"

#include <string.h>

#include "base/array.h"

bool ending_is_unnamed(const struct hop *drop)
{
	return !drop->reason_name[0] || !strcmp(drop->reason_name, "NOT_SPECIFIED");
}

const char *ending_netns(const struct scene *scene, enum role role)
{
	return role <= ROLE_DST ? scene->ends[role].name : "host";
}

static const struct ending endings[] = {
	{ "__netif_receive_skb_core", PLACE_TC, true, LAYER_TC },
	{ "__dev_queue_xmit", PLACE_TC, false, LAYER_TC },
	{ "veth_poll", PLACE_XDP, true, LAYER_XDP },
};

const struct ending *ending_of(const struct hop *drop)
{
	if (!ending_is_unnamed(drop))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(endings); i++)
		if (!strcmp(drop->where.function, endings[i].function))
			return &endings[i];
	return NULL;
}

enum layer ending_layer(const struct scene *scene, const struct hop *drop)
{
	const struct ending *ending = ending_of(drop);

	for (int i = 0; ending && i < scene->n_programs; i++) {
		const struct program *p = &scene->programs[i];

		if (p->place == ending->place && p->ingress == ending->ingress &&
		    !strcmp(p->device, drop->device) &&
		    !strcmp(p->netns, ending_netns(scene, drop->role)))
			return ending->layer;
	}
	return LAYER_UNKNOWN;
}
