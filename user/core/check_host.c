/* SPDX-License-Identifier: GPL-2.0 */
/* Tables of the kernel that fill up, what a boot brings back, what logs tell. */
#include "core/judge.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "core/doctor.h"

/* From here on a table that fills is told of before it is full. */
static bool nearly(uint64_t count, uint64_t max)
{
	return max && count >= max - max / 10;
}

static void check_conntrack(struct judging *j, const struct place *p, enum leg stage)
{
	char count[24], max[24], more[24];
	/* early drop makes room for a while: nf_conntrack_alloc() */
	bool full = p->ct_count >= p->ct_max - p->ct_max / 100;

	if (!p->has_ct || !nearly(p->ct_count, p->ct_max))
		return;
	snprintf(count, sizeof(count), "%" PRIu64, p->ct_count);
	snprintf(max, sizeof(max), "%" PRIu64, p->ct_max);
	snprintf(more, sizeof(more), "%" PRIu64, 2 * p->ct_max);
	judge_found_as(j, "ct-table-full", full ? SEVERITY_BROKEN : SEVERITY_RISK, stage, "place",
		       p->id[0] ? p->name : "the host", "count", count, "max", max, "more", more,
		       NULL);
}

void judge_conntrack(struct judging *j)
{
	check_conntrack(j, &j->c->host, STAGE_HOST);
	for (size_t i = 0; i < j->c->n_places; i++)
		check_conntrack(j, &j->c->places[i], STAGE_DST);
}

static void check_neigh_table(struct judging *j, int six, const char *sysctl)
{
	int max = j->c->neigh_max[six], n = j->c->neigh_count[six];
	char count[16], limit[16], more[16];

	if (max <= 0 || !nearly(n, max))
		return;
	snprintf(count, sizeof(count), "%d", n);
	snprintf(limit, sizeof(limit), "%d", max);
	snprintf(more, sizeof(more), "%d", 4 * max);
	judge_found_as(j, "neigh-table-full", n >= max ? SEVERITY_BROKEN : SEVERITY_RISK, STAGE_HOST,
		       "count", count, "max", limit, "sysctl", sysctl, "more", more, NULL);
}

void judge_neigh_table(struct judging *j)
{
	check_neigh_table(j, 0, "net.ipv4.neigh.default.gc_thresh3");
	check_neigh_table(j, 1, "net.ipv6.neigh.default.gc_thresh3");
}

static void check_lines(struct judging *j, const char *check, const struct found_line *lines,
			size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char count[16];

		snprintf(count, sizeof(count), "%d", lines[i].count);
		judge_found(j, check, STAGE_AROUND, "file", lines[i].where, "count", count, "line",
			    lines[i].text, "evidence", lines[i].text, NULL);
	}
}

void judge_boot(struct judging *j)
{
	check_lines(j, "boot-rules", j->c->boot, j->c->n_boot);
}

/* The kernel has one log for all: of a bridge or a veth that is not here it tells of another's. */
static bool is_of_others(const struct checkup *c, const char *line)
{
	static const char *const prefixes[] = { "br-", "veth" };

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		const char *at = strstr(line, prefixes[i]);
		char name[DD_IFNAME_LEN];

		if (!at)
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(at, ": ,"), at);
		if (!judge_device_by_name(&c->host, name))
			return true;
	}
	return false;
}

void judge_logs(struct judging *j)
{
	for (size_t i = 0; i < j->c->n_log; i++)
		if (!is_of_others(j->c, j->c->log[i].text))
			check_lines(j, "log", &j->c->log[i], 1);
	if (j->c->unread[NEED_ENGINE_LOG][0])
		judge_unsure(j, "log", j->c->unread[NEED_ENGINE_LOG]);
}

/* ---- which lines matter --------------------------------------------------------------------- */

static const char *any_of(const char *line, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strstr(line, words[i]))
			return words[i];
	return NULL;
}

const char *doctor_docker_rule(const char *line)
{
	static const char *const words[] = {
#define DOCKER_RULE(text) text,
#define OMINOUS(text)
#include "core/logs.def"
#undef DOCKER_RULE
#undef OMINOUS
	};

	return line[0] == '#' ? NULL : any_of(line, words, ARRAY_SIZE(words));
}

const char *doctor_ominous(const char *line)
{
	static const char *const words[] = {
#define DOCKER_RULE(text)
#define OMINOUS(text) text,
#include "core/logs.def"
#undef DOCKER_RULE
#undef OMINOUS
	};

	return any_of(line, words, ARRAY_SIZE(words));
}
