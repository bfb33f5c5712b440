/* SPDX-License-Identifier: GPL-2.0 */
#include "view/traffic.h"

#include <inttypes.h>

#include "base/array.h"
#include "view/names.h"
#include "view/words.h"

static void add_count(struct strbuf *sb, uint64_t n, const char *one, const char *many)
{
	if (n)
		words_add(sb, ", ", "%" PRIu64 " %s", n, n == 1 ? one : many);
}

void traffic_add(struct strbuf *sb, const struct following *f)
{
	if (!f->flows) {
		words_add(sb, "", "no traffic between the two was seen");
		return;
	}
	add_count(sb, f->flows, "flow", "flows");
	words_add(sb, ", ", "%" PRIu64 " answered", f->whole);
	add_count(sb, f->packets, "packet", "packets");
	add_count(sb, f->again, "TCP segment sent again", "TCP segments sent again");
	add_count(sb, f->zero_windows, "zero window", "zero windows");
	add_count(sb, f->thinned, "step not recorded", "steps not recorded");
	add_count(sb, f->forgotten, "packet not watched", "packets not watched");
}

/* Each ends where the port follows. */
static const char *const reasons[] = {
	[RESET_BY_APPLICATION] = "the application ended the connection to",
	[RESET_BY_NO_LISTENER] = "nobody listens on",
	[RESET_BY_KERNEL] = "its kernel does not know the connection to",
	[RESET_BY_RULE] = "a firewall rule rejected",
	[RESET_BY_HOST] = "by something on the way, for the connection to",
};
_Static_assert(ARRAY_SIZE(reasons) == N_RESETTERS, "a reason for each");

void traffic_add_resets(struct strbuf *sb, const struct scene *scene, const struct following *f)
{
	for (int i = 0; i < f->n_resets; i++) {
		const struct reset *r = &f->resets[i];

		words_add(sb, "; ", "%" PRIu64 " from %s", r->count,
			  name_netns(scene, r->role) ?: "elsewhere");
		words_add(sb, "", ": %s port %u", r->by < N_RESETTERS ? reasons[r->by] : "?", r->port);
	}
}
