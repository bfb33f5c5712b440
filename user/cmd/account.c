/* SPDX-License-Identifier: GPL-2.0 */
#include "cmd/account.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "cmd/terminal.h"
#include "view/losses.h"

void account_print(const struct options *o, const struct capture *c)
{
	const struct text_style style = { .colour = terminal_colour(o->colour), .width = terminal_width(0) };
	const struct loss **kinds __free = calloc(LEDGER_MAX, sizeof(*kinds));
	struct loss_totals totals;
	struct losses_sum sum = {
		.totals = &totals,
		.kinds = kinds,
		.from_ns = capture_from_ns(c),
		.to_ns = capture_now_ns(c),
		.engine_lost = stage_restarts(capture_stage(c)),
		.all = o->watch.all,
		.live = true,
	};
	char *json __free = NULL;

	if (!kinds)
		return;
	capture_totals(c, &totals);
	sum.n = capture_kinds(c, kinds);
	if (!o->json) {
		losses_summary(stdout, &sum, &style);
		return;
	}
	json = loss_json_summary(&totals, sum.from_ns, sum.to_ns, kinds, sum.n);
	printf("%s\n", json ? json : "");
}
