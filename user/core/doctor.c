/* SPDX-License-Identifier: GPL-2.0 */
#include "core/doctor.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/strbuf.h"
#include "core/advisory.h"
#include "core/judge.h"

#define WORDS_MAX 16

/* Read piece by piece: what a judge finds in one piece is there, whatever the others hold. */
#define PIECES                                                                              \
	(NEED(NEIGHS) | NEED(CONTAINERS) | NEED(OTHERS) | NEED(INNER_RULES) | NEED(CONNTRACK) | \
	 NEED(BOOT_FILES) | NEED(KERNEL_LOG) | NEED(ENGINE_LOG))

struct row {
	const char *key, *id; /* NULL: a judge */
	void (*judge)(struct judging *j);
	unsigned int needs; /* bits of enum need */
	unsigned int whole; /* those of them without which it would be wrong */
	enum severity severity;
	const char *text, *why;
	const char *remedies[REMEDIES_MAX];
};

static const struct row rows[] = {
#define JUDGE(name, needs_) { .judge = judge_##name, .needs = needs_, .whole = (needs_) & ~PIECES },
#define JUDGE_PART(name, needs_) { .judge = judge_##name, .needs = needs_ },
#define CHECK_AS(key, id, severity, text, why, ...) \
	{ key, id, NULL, 0, 0, severity, text, why, { __VA_ARGS__ } },
#define CHECK(id, ...) CHECK_AS(id, id, __VA_ARGS__)
#include "core/checks.def"
#undef CHECK
#undef CHECK_AS
#undef JUDGE_PART
#undef JUDGE
};

static size_t row_find(const char *key)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(rows) && !(rows[i].id && !strcmp(rows[i].key, key)))
		i++;
	return i;
}

/* ---- sentences -------------------------------------------------------------------------- */

/* Names and values, as a judge gave them. */
struct words {
	const char *names[WORDS_MAX], *values[WORDS_MAX];
	int n;
};

static void words_read(va_list ap, struct words *w)
{
	const char *name;

	w->n = 0;
	while (w->n < WORDS_MAX && (name = va_arg(ap, const char *))) {
		w->names[w->n] = name;
		w->values[w->n++] = va_arg(ap, const char *);
	}
}

static const char *word_find(const struct words *w, const char *name, size_t len)
{
	for (int i = 0; i < w->n; i++)
		if (strlen(w->names[i]) == len && !strncmp(w->names[i], name, len))
			return w->values[i];
	return NULL;
}

static bool is_command_part(const char *name, size_t len)
{
	static const char *const parts[] = { "in", "undo", "ip-command", "list" };

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (strlen(parts[i]) == len && !strncmp(parts[i], name, len))
			return true;
	return false;
}

/* False if a word has no value. */
static bool fill(const char *text, const struct words *w, bool command, char *out, size_t out_len)
{
	struct strbuf sb = { 0 };
	bool whole = true;

	while (*text) {
		size_t plain = strcspn(text, "{"), len;
		const char *value;

		strbuf_add(&sb, text, plain);
		text += plain;
		if (!*text)
			break;
		len = strcspn(++text, "}");
		value = word_find(w, text, len);
		whole &= value != NULL;
		if (command && !is_command_part(text, len))
			strbuf_add_shell(&sb, value ? value : "?");
		else
			strbuf_addf(&sb, "%s", value ? value : "?");
		text += len + (text[len] == '}');
	}
	if (!command && !strncmp(strbuf_str(&sb), "the ", 4)) /* a word that was filled in begins it */
		sb.text[0] = 'T';
	whole &= text_copy(out, out_len, strbuf_str(&sb)) && !sb.failed;
	strbuf_free(&sb);
	return whole;
}

/* ---- what judges say ---------------------------------------------------------------------- */

/* What Docker keeps apart on purpose has a rule for each way, and one remedy. */
static bool is_on_purpose(const struct finding *f)
{
	static const char *const checks[] = { "docker-isolation", "docker-internal", "docker-icc-off" };

	for (size_t i = 0; i < ARRAY_SIZE(checks); i++)
		if (!strcmp(f->check, checks[i]))
			return true;
	return false;
}

/* One rule is one finding, though several packets meet it. */
static bool is_same(const struct finding *a, const struct finding *b)
{
	if (a->row == b->row && is_on_purpose(a) && a->n_remedies && b->n_remedies)
		return !strcmp(a->remedy[0], b->remedy[0]);
	return a->row == b->row && !strcmp(a->evidence, b->evidence) &&
	       (a->evidence[0] ? !strcmp(a->remedy[0], b->remedy[0]) : !strcmp(a->text, b->text));
}

static struct finding *finding_add(struct diagnosis *d, const struct finding *f)
{
	struct finding *all;

	for (size_t i = 0; i < d->n_findings; i++)
		if (is_same(&d->findings[i], f))
			return NULL;
	all = array_grow(d->findings, d->n_findings, sizeof(*all));
	d->failed |= !all;
	if (!all)
		return NULL;
	d->findings = all;
	all[d->n_findings] = *f;
	return &all[d->n_findings++];
}

static void advise(struct diagnosis *d, struct finding *f, const struct symptom *symptom)
{
	struct advisory fitting[ADVISORIES_MAX];
	int n = f && symptom ? advisory_match(symptom, fitting) : 0;

	if (!n)
		return;
	f->advisories = malloc(n * sizeof(*fitting));
	d->failed |= !f->advisories;
	if (!f->advisories)
		return;
	memcpy(f->advisories, fitting, n * sizeof(*fitting));
	f->n_advisories = n;
}

static void found(struct judging *j, const struct symptom *symptom, const char *check,
		  const enum severity *severity, enum leg stage, va_list ap)
{
	size_t i = row_find(check);
	struct finding f = { .stage = stage, .row = i };
	struct words w;
	const char *evidence, *rule;

	words_read(ap, &w);
	if (i == ARRAY_SIZE(rows))
		return;
	f.check = rows[i].id;
	f.severity = severity ? *severity : rows[i].severity;
	f.why = rows[i].why;
	fill(rows[i].text, &w, false, f.text, sizeof(f.text));
	evidence = word_find(&w, "evidence", strlen("evidence"));
	text_copy(f.evidence, sizeof(f.evidence), evidence ? evidence : "");
	rule = word_find(&w, "rule", strlen("rule"));
	text_copy(f.rule, sizeof(f.rule), rule ? rule : "");
	for (int k = 0; k < REMEDIES_MAX && rows[i].remedies[k]; k++)
		f.n_remedies += fill(rows[i].remedies[k], &w, true, f.remedy[f.n_remedies],
				     SENTENCE_LEN);
	advise(j->out, finding_add(j->out, &f), symptom);
}

void judge_found(struct judging *j, const char *check, enum leg stage, ...)
{
	va_list ap;

	va_start(ap, stage);
	found(j, NULL, check, NULL, stage, ap);
	va_end(ap);
}

void judge_found_as(struct judging *j, const char *check, enum severity severity, enum leg stage,
		    ...)
{
	va_list ap;

	va_start(ap, stage);
	found(j, NULL, check, &severity, stage, ap);
	va_end(ap);
}

void judge_found_by(struct judging *j, const struct symptom *symptom, const char *check,
		    enum severity severity, enum leg stage, ...)
{
	va_list ap;

	va_start(ap, stage);
	found(j, symptom, check, &severity, stage, ap);
	va_end(ap);
}

void judge_unsure(struct judging *j, const char *check, const char *why)
{
	struct diagnosis *d = j->out;
	struct unmade *all;

	for (size_t i = 0; i < d->n_unmade; i++)
		if (!strcmp(d->unmade[i].check, check) && !strcmp(d->unmade[i].why, why))
			return;
	all = array_grow(d->unmade, d->n_unmade, sizeof(*all));
	d->failed |= !all;
	if (!all)
		return;
	d->unmade = all;
	all[d->n_unmade].check = check;
	text_copy(all[d->n_unmade++].why, sizeof(all->why), why);
}

/* ---- from judge to judge -------------------------------------------------------------------- */

/* Why something was not read; NULL: all was. */
static const char *missing(const struct checkup *c, unsigned int needs)
{
	for (int i = 0; i < N_NEEDS; i++)
		if (needs & 1u << i && c->unread[i][0])
			return c->unread[i];
	return NULL;
}

/* Its checks, up to the next judge, are made, or for this reason not. */
static void note_made(struct judging *j, size_t judge, const char *why)
{
	for (size_t i = judge + 1; i < ARRAY_SIZE(rows) && rows[i].id; i++) {
		if (why)
			judge_unsure(j, rows[i].id, why);
		else
			j->out->n_checks++;
	}
}

/* Asks a judge. Why it did not have all that it needs; NULL: it had. */
static const char *ask(struct judging *j, const struct row *row)
{
	/* of a list that is not there nothing is missing */
	if (!missing(j->c, row->whole))
		row->judge(j);
	return missing(j->c, row->needs);
}

static int by_way(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;

	if (x->stage != y->stage)
		return (int)x->stage - (int)y->stage;
	return x->row < y->row ? -1 : x->row > y->row;
}

void doctor_examine(const struct checkup *c, struct diagnosis *out)
{
	struct judging j = { .c = c, .out = out };

	*out = (struct diagnosis){ 0 };
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (!rows[i].id)
			note_made(&j, i, ask(&j, &rows[i]));
	if (out->n_findings)
		qsort(out->findings, out->n_findings, sizeof(*out->findings), by_way);
}

void doctor_free(struct diagnosis *d)
{
	for (size_t i = 0; i < d->n_findings; i++)
		free(d->findings[i].advisories);
	free(d->findings);
	free(d->unmade);
	*d = (struct diagnosis){ 0 };
}

bool doctor_is_broken(const struct diagnosis *d)
{
	for (size_t i = 0; i < d->n_findings; i++)
		if (d->findings[i].severity == SEVERITY_BROKEN)
			return true;
	return false;
}

/* ---- the cause of a verdict ----------------------------------------------------------------- */

/* What a check tells under another name than the cause's; where on the way of what was lost. */
static const struct {
	const char *cause, *check;
	bool at_sender; /* else at the receiver */
} aliases[] = {
	{ "mtu-exceeded", "mtu-mismatch", true },
	{ "neigh-unresolved", "address-missing", false },
	{ "neigh-unresolved", "macvlan-host", false },
};

static bool is_by_rule(const struct verdict *v)
{
	return v->drop.found && v->drop.in_netfilter && strcmp(v->cause.id, "ct-table-full");
}

static bool is_told_by(const struct verdict *v, const char *check)
{
	if (!strcmp(check, v->cause.id))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
		if (!strcmp(aliases[i].cause, v->cause.id) && !strcmp(aliases[i].check, check))
			return true;
	return false;
}

/* Checks that judges of other rows make too. */
static const struct {
	const char *check;
	void (*judge)(struct judging *j);
} shared[] = {
	{ "link-down", judge_ports },
	{ "link-down", judge_parents },
	{ "ipv6-disabled", judge_bridges },
};

/* Whether one of its checks, up to the next judge, could tell it. */
static bool is_its_judge(size_t judge, const struct verdict *v)
{
	if (is_by_rule(v))
		return v->drop.rule_known && rows[judge].needs & 1u << NEED_RULES;
	for (size_t i = 0; i < ARRAY_SIZE(shared); i++)
		if (rows[judge].judge == shared[i].judge && is_told_by(v, shared[i].check))
			return true;
	for (size_t i = judge + 1; i < ARRAY_SIZE(rows) && rows[i].id; i++)
		if (rows[i].text[0] && is_told_by(v, rows[i].id))
			return true;
	return false;
}

unsigned int doctor_needs(const struct verdict *v)
{
	unsigned int needs = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (!rows[i].id && is_its_judge(i, v))
			needs |= rows[i].needs | 1u << NEED_LINKS | 1u << NEED_CONTAINERS;
	return needs;
}

/* A finding under another name has to be where the loss was. */
static bool is_there(const struct finding *f, const struct verdict *v)
{
	enum leg sender = v->direction == DIR_REQUEST ? STAGE_SRC : STAGE_DST;

	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
		if (!strcmp(aliases[i].cause, v->cause.id) && !strcmp(aliases[i].check, f->check))
			return aliases[i].at_sender ? v->drop.found && f->stage == sender :
						      f->stage != sender;
	return true;
}

/* Of a drop on a netfilter hook; STAGE_AROUND: nobody's rules that are read. */
static enum leg leg_of(const struct scene *s, enum role r)
{
	if (r == ROLE_HOST || (r <= ROLE_DST && s->ends[r].kind != ENDPOINT_CONTAINER))
		return STAGE_HOST;
	return r == ROLE_SRC ? STAGE_SRC : r == ROLE_DST ? STAGE_DST : STAGE_AROUND;
}

static bool is_cause(const struct finding *f, const struct scene *s, const struct verdict *v)
{
	char key[RULE_KEY_LEN];

	if (is_by_rule(v))
		return f->stage == leg_of(s, v->drop.hop.role) &&
		       !strcmp(f->rule, judge_rule_key(&v->drop.rule, key));
	return is_told_by(v, f->check) && is_there(f, v);
}

const char *doctor_check_of(const struct checkup *c, const struct verdict *v)
{
	struct diagnosis d = { 0 };
	struct judging j = { .c = c, .out = &d };
	const char *check = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (!rows[i].id && is_its_judge(i, v))
			ask(&j, &rows[i]);
	for (size_t i = 0; i < d.n_findings && !check; i++)
		if (is_cause(&d.findings[i], c->scene, v))
			check = d.findings[i].check;
	doctor_free(&d);
	return check;
}

const char *doctor_check(size_t n)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].id && !n--)
			return rows[i].id;
	return NULL;
}
