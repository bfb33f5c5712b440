/* SPDX-License-Identifier: GPL-2.0 */
#include "core/mirror.h"

#include <string.h>

enum role mirror_role(enum role role)
{
	return role == ROLE_SRC ? ROLE_DST : role == ROLE_DST ? ROLE_SRC : role;
}

void mirror_scene(const struct scene *scene, struct scene *out)
{
	struct scene *m = out;

	*m = *scene;
	for (int r = ROLE_SRC; r <= ROLE_DST; r++) {
		m->ends[r] = scene->ends[!r];
		m->neighbours[r] = scene->neighbours[!r];
		m->next_hop[r] = scene->next_hop[!r];
		m->bridge_link_local[r] = scene->bridge_link_local[!r];
		m->vlans[r] = scene->vlans[!r];
		m->fdb[r] = scene->fdb[!r];
		m->fdb_after[r] = scene->fdb_after[!r];
		memcpy(m->cgroups[r], scene->cgroups[!r], sizeof(m->cgroups[r]));
	}
	for (int r = ROLE_SRC; r <= ROLE_HOST; r++)
		for (int dir = 0; dir < 2; dir++)
			m->routes[r][dir] = scene->routes[mirror_role(r)][!dir];
	m->choice = CHOICE_ONLY; /* that was about the other one */
	if (scene->shared || !scene->dst_network.id[0])
		return;
	m->network = scene->dst_network;
	m->dst_network = scene->network;
	m->bridge = scene->dst_bridge;
	m->dst_bridge = scene->bridge;
}
