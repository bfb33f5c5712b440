/* SPDX-License-Identifier: GPL-2.0 */
#include "view/recording.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "core/loss.h"
#include "view/loss_parse.h"

#define NS_PER_S 1000000000ull

static void loss_free(struct loss *loss)
{
	if (loss)
		loss_clear(loss);
	free(loss);
}

void recording_free(struct recording *r)
{
	for (size_t i = 0; i < r->n_by_n; i++)
		loss_free(r->by_n[i]);
	free(r->by_n);
	free(r->timeline);
	free(r->notes);
	*r = (struct recording){ 0 };
}

static int kinds_grow(struct recording *r, uint32_t n)
{
	size_t room = n + n / 2 + 64;
	struct loss **all = reallocarray(r->by_n, room, sizeof(*all));

	if (!all)
		return -ENOMEM;
	memset(all + r->n_by_n, 0, (room - r->n_by_n) * sizeof(*all));
	r->by_n = all;
	r->n_by_n = room;
	return 0;
}

/* What is known of a kind may be told again, better; what was counted of it stays. */
static int take_kind(struct recording *r, const char *line)
{
	struct loss *loss __free = calloc(1, sizeof(*loss)), *old;
	uint32_t n;

	if (!loss)
		return -ENOMEM;
	if (loss_parse_kind(line, loss))
		return -EPROTO;
	if (loss->n >= RECORDING_KINDS_MAX) {
		loss_clear(loss);
		return -EPROTO;
	}
	if (loss->n >= r->n_by_n && kinds_grow(r, loss->n)) {
		loss_clear(loss);
		return -ENOMEM;
	}
	old = r->by_n[loss->n];
	loss->total = old ? old->total : 0;
	loss->sampled = old ? old->sampled : 0;
	loss->first_ns = old ? old->first_ns : 0;
	loss->last_ns = old ? old->last_ns : 0;
	loss_free(old);
	n = loss->n;
	r->by_n[n] = take_ptr(loss);
	return 0;
}

/* The second a tick ends in; a clock that was set makes no gigabytes of a timeline. */
static int timeline_add(struct recording *r, uint64_t time_ns, uint64_t n)
{
	uint64_t second = time_ns > r->from_ns ? (time_ns - r->from_ns) / NS_PER_S : 0;

	if (second >= RECORDING_SECONDS_MAX)
		return 0;
	if (second >= r->seconds) {
		uint64_t *all = reallocarray(r->timeline, second + 1, sizeof(*all));

		if (!all)
			return -ENOMEM;
		memset(all + r->seconds, 0, (second + 1 - r->seconds) * sizeof(*all));
		r->timeline = all;
		r->seconds = second + 1;
	}
	r->timeline[second] += n;
	return 0;
}

static void count(struct recording *r, const struct loss_tick *tick, size_t i, uint64_t *shown)
{
	uint32_t n = tick->counts[i].loss;
	struct loss *loss = n < r->n_by_n ? r->by_n[n] : NULL;

	if (!loss) {
		r->orphans += tick->counts[i].count;
		return;
	}
	if (!loss->total)
		loss->first_ns = tick->time_ns;
	loss->total += tick->counts[i].count;
	loss->last_ns = tick->time_ns;
	if (loss->class == LOSS_SHOWN)
		*shown += tick->counts[i].count;
}

static int take_tick(struct recording *r, const char *line)
{
	struct loss_tick tick __cleanup(loss_tick_clear) = { 0 };
	uint64_t shown = 0;
	int err = loss_parse_tick(line, &tick);

	if (err)
		return err;
	if (!r->has_base) {
		r->has_base = true;
		r->base = tick.totals;
		r->from_ns = tick.time_ns;
	}
	for (size_t i = 0; i < tick.n; i++)
		count(r, &tick, i, &shown);
	r->last = tick.totals;
	if (tick.time_ns > r->to_ns) /* nothing ends before it begins, whatever a file says */
		r->to_ns = tick.time_ns;
	return tick.n ? timeline_add(r, tick.time_ns, shown) : 0;
}

static int take_head(struct recording *r, const char *line)
{
	uint64_t began_ns;
	int err = loss_parse_head(line, &r->scene, &began_ns, &r->redacted);

	r->has_head |= !err;
	return err;
}

static int take_note(struct recording *r, const char *line)
{
	struct loss_note note, *all;
	int err = loss_parse_note(line, &note);

	if (err || r->n_notes == RECORDING_NOTES_MAX)
		return err;
	all = reallocarray(r->notes, r->n_notes + 1, sizeof(*all));
	if (!all)
		return -ENOMEM;
	r->notes = all;
	all[r->n_notes++] = note;
	return 0;
}

static int take_end(struct recording *r, const char *line)
{
	(void)line;
	r->ended = true;
	return 0;
}

static const struct {
	const char *type;
	int (*take)(struct recording *r, const char *line);
} takers[] = {
	{ "head", take_head },
	{ "kind", take_kind },
	{ "tick", take_tick },
	{ "note", take_note },
	{ "end", take_end },
};

int recording_line(struct recording *r, const char *line)
{
	char type[16];
	int err = 0;

	loss_parse_type(line, type, sizeof(type));
	for (size_t i = 0; i < ARRAY_SIZE(takers); i++)
		if (!strcmp(takers[i].type, type))
			err = takers[i].take(r, line);
	r->malformed += !type[0] || (err && err != -ENOMEM);
	return err == -ENOMEM ? err : 0;
}

static int by_total(const void *a, const void *b)
{
	const struct loss *x = *(const struct loss *const *)a, *y = *(const struct loss *const *)b;

	if (x->total != y->total)
		return x->total < y->total ? 1 : -1;
	return x->n < y->n ? -1 : x->n > y->n;
}

long recording_sorted(const struct recording *r, enum loss_class class, const struct loss ***out)
{
	const struct loss **all = calloc(r->n_by_n + 1, sizeof(*all));
	long n = 0;

	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < r->n_by_n; i++)
		if (r->by_n[i] && r->by_n[i]->class == class && r->by_n[i]->total)
			all[n++] = r->by_n[i];
	qsort(all, n, sizeof(*all), by_total);
	*out = all;
	return n;
}

void recording_totals(const struct recording *r, struct loss_totals *out)
{
	*out = (struct loss_totals){
		.other = r->last.other - r->base.other,
		.missed = r->last.missed - r->base.missed,
		.filtered = r->last.filtered - r->base.filtered,
		.local = r->last.local - r->base.local,
		.unsampled = r->last.unsampled - r->base.unsampled,
		.malformed = r->last.malformed - r->base.malformed,
	};
	out->other += r->orphans;
	for (size_t i = 0; i < r->n_by_n; i++)
		if (r->by_n[i])
			out->by_class[r->by_n[i]->class] += r->by_n[i]->total;
}
