/* SPDX-License-Identifier: GPL-2.0 */
/* What only a packet shows: programs and filters on devices, rules that nobody reads here. */
#include "core/judge.h"

#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"

struct programs {
	const struct program *all;
	size_t n;
};

static struct programs programs_of(const struct checkup *c)
{
	if (c->scene)
		return (struct programs){ c->scene->programs, (size_t)c->scene->n_programs };
	return (struct programs){ c->programs, c->n_programs };
}

static const char *way_of(const struct program *p)
{
	return p->ingress ? "ingress" : "egress";
}

static const struct place *place_of(const struct checkup *c, const struct program *p)
{
	for (int r = 0; r < 2; r++)
		if (c->ends[r] && c->ends[r]->place && !strcmp(c->ends[r]->name, p->netns))
			return c->ends[r]->place;
	return &c->host;
}

/* ---- a filter that says what it does ----------------------------------------------------- */

static void found_filter(struct judging *j, const struct program *p)
{
	const struct place *place = place_of(j->c, p);
	char priority[16], in[IN_LEN];

	snprintf(priority, sizeof(priority), "%u", p->priority);
	judge_found(j, "tc-filter", STAGE_HOST, "kind", p->kind, "priority", priority, "device",
		    p->device, "place", place->id[0] ? place->name : "the host", "way", way_of(p), "in",
		    judge_in(place, in, sizeof(in)), NULL);
}

/* ---- a program, which does not ------------------------------------------------------------ */

/* One program may be on every device. */
static bool is_same(const struct program *a, const struct program *b)
{
	return a->place == b->place && a->id == b->id && a->ingress == b->ingress &&
	       !strcmp(a->kind, b->kind) && !strcmp(a->name, b->name) && !a->drops == !b->drops;
}

static const char *check_of(enum program_place place)
{
	return place == PLACE_CGROUP ? "cgroup-bpf-drop" : place == PLACE_TC ? "tc-drop" : "xdp-drop";
}

static void tell_program(struct judging *j, const struct program *p, size_t devices)
{
	struct strbuf sb = { 0 };

	strbuf_addf(&sb, "what %s program %.64s", p->place == PLACE_CGROUP ? "cgroup" : p->kind,
		    p->name[0] ? p->name : "without a name");
	if (p->id)
		strbuf_addf(&sb, " (id %u)", p->id);
	if (p->place == PLACE_CGROUP)
		strbuf_addf(&sb, " of %.256s", p->netns);
	else
		strbuf_addf(&sb, " on %s of %.256s", p->device,
			    strcmp(p->netns, "host") ? p->netns : "the host");
	if (devices > 1)
		strbuf_addf(&sb, " and %zu other devices", devices - 1);
	strbuf_addf(&sb, " lets pass, only a packet shows");
	judge_unsure(j, check_of(p->place), strbuf_str(&sb));
	strbuf_free(&sb);
}

static void check_program(struct judging *j, const struct programs *of, size_t n)
{
	size_t first = 0, devices = 0;

	while (!is_same(&of->all[first], &of->all[n]))
		first++;
	for (size_t i = n; i < of->n; i++)
		devices += is_same(&of->all[i], &of->all[n]);
	if (of->all[n].drops)
		found_filter(j, &of->all[n]);
	else if (first == n)
		tell_program(j, &of->all[n], devices);
}

/* ---- rules that are not read ------------------------------------------------------------------ */

static void check_arptables(struct judging *j, const struct place *p)
{
	char why[RULE_LEN], in[IN_LEN];

	if (!p || !p->rules.has_arptables)
		return;
	snprintf(why, sizeof(why), "tables of arptables-legacy in %.64s are not read: %.512sarptables-legacy -L",
		 p->id[0] ? p->name : "the host", judge_in(p, in, sizeof(in)));
	judge_unsure(j, p->id[0] ? "container-firewall" : "nf-rule-drop", why);
}

void judge_programs(struct judging *j)
{
	const struct checkup *c = j->c;
	const struct programs all = programs_of(c);

	for (size_t i = 0; i < all.n; i++)
		check_program(j, &all, i);
	check_arptables(j, &c->host);
	for (size_t i = 0; i < c->n_places; i++)
		check_arptables(j, &c->places[i]);
	if (c->host.rules.has_ebtables)
		judge_unsure(j, "nf-rule-drop",
			     "tables of ebtables-legacy are loaded, and cannot be read: ebtables-legacy -L");
}
