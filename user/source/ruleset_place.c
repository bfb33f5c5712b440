/* SPDX-License-Identifier: GPL-2.0 */
#include "source/ruleset.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <string.h>

#include "base/strbuf.h"

/* What is known of a rule or chain, and what was found that fits. */
struct place {
	const struct hit *hit;
	struct ruleset_object found;
	int n;
};

static bool is_on_hook(uint8_t family, uint8_t hook_pf)
{
	if (family == NFPROTO_INET)
		return hook_pf == NFPROTO_IPV4 || hook_pf == NFPROTO_IPV6 || hook_pf == NFPROTO_NETDEV;
	return family == hook_pf;
}

static void note_fitting(void *ctx, const struct ruleset_object *object)
{
	struct place *place = ctx;
	const struct hit *hit = place->hit;
	uint64_t handle = hit->type == HIT_RULE ? hit->handle : hit->chain_handle;

	if (object->handle != handle || !is_on_hook(object->family, hit->hook_pf) ||
	    (hit->family && hit->family != object->family) ||
	    (hit->table[0] && strcmp(hit->table, object->table) != 0) ||
	    (hit->chain[0] && strcmp(hit->chain, object->chain) != 0))
		return;
	place->found = *object;
	place->n++;
}

int ruleset_place(int netns, struct hit *hit)
{
	struct place place = { .hit = hit };
	int err;

	if (hit->family && hit->table[0] && hit->chain[0])
		return 0;
	err = ruleset_list(netns, RULESET_ALL(hit->type == HIT_RULE ? RULESET_RULES : RULESET_CHAINS),
			   note_fitting, &place);
	if (err || place.n != 1)
		return err ? err : place.n ? -EMLINK : -ENOENT;
	hit->family = place.found.family;
	text_copy(hit->table, sizeof(hit->table), place.found.table);
	text_copy(hit->chain, sizeof(hit->chain), place.found.chain);
	return 0;
}
