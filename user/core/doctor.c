/* SPDX-License-Identifier: GPL-2.0 */
#include "core/doctor.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/iptables.h"
#include "base/strbuf.h"
#include "core/advisory.h"
#include "core/judge.h"

#define WORDS_MAX 16

struct row {
	const char *key, *id; /* NULL: a judge */
	void (*judge)(struct judging *j);
	unsigned int needs; /* bits of enum need */
	enum severity severity;
	const char *text, *why;
	const char *remedies[REMEDIES_MAX];
};

static const struct row rows[] = {
#define JUDGE(name, needs_) { .judge = judge_##name, .needs = needs_ },
#define CHECK_AS(key, id, severity, text, why, ...) \
	{ key, id, NULL, 0, severity, text, why, { __VA_ARGS__ } },
#define CHECK(id, ...) CHECK_AS(id, id, __VA_ARGS__)
#include "core/checks.def"
#undef CHECK
#undef CHECK_AS
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
	whole &= text_copy(out, out_len, strbuf_str(&sb)) && !sb.failed;
	strbuf_free(&sb);
	return whole;
}

/* ---- what judges say ---------------------------------------------------------------------- */

/* One rule is one finding, though several packets meet it. */
static bool is_same(const struct finding *a, const struct finding *b)
{
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
	const char *evidence;

	words_read(ap, &w);
	if (i == ARRAY_SIZE(rows))
		return;
	f.check = rows[i].id;
	f.severity = severity ? *severity : rows[i].severity;
	f.why = rows[i].why;
	fill(rows[i].text, &w, false, f.text, sizeof(f.text));
	evidence = word_find(&w, "evidence", strlen("evidence"));
	text_copy(f.evidence, sizeof(f.evidence), evidence ? evidence : "");
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

/* Why a judge cannot judge; NULL: it can. */
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
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *why;

		if (rows[i].id)
			continue;
		why = missing(c, rows[i].needs);
		/* what was read is judged all the same: a part may do */
		rows[i].judge(&j);
		note_made(&j, i, why);
	}
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

/* Rules of ebtables are read as nft prints them; these options come out as what is understood. */
static bool is_plain(const char *text)
{
	static const char *const known[] = { "-A", "-p", "-i", "-o", "-j", "--ip-src", "--ip-dst",
					     "--ip-proto", "--arp-op", "--arp-ip-src", "--arp-ip-dst" };
	char word[SHORT_LEN];
	bool quoted;

	while (iptables_word_next(&text, word, sizeof(word), &quoted)) {
		bool found = quoted || word[0] != '-';

		for (size_t i = 0; i < ARRAY_SIZE(known); i++)
			found |= !strcmp(known[i], word);
		if (!found)
			return false;
	}
	return true;
}

/* Maps are not looked into; which packet will belong to no connection nobody can say. */
static bool is_of_a_packet(const char *text)
{
	return strstr(text, " vmap ") || strcasestr(text, "state INVALID");
}

/* Whether a rule asks for nothing but what is known beforehand. */
static bool is_foreseeable(const struct rule *rule)
{
	const struct walk_packet any = {
		.family = AF_INET, .src = { .family = AF_INET }, .dst = { .family = AF_INET },
		.l4 = IPPROTO_TCP, .sport = 1, .dport = 1,
		.in = "", .out = "", .in_port = "", .out_port = "",
	};
	struct walk_rule read;

	if (rule->policy)
		return true;
	if (is_of_a_packet(rule->text))
		return false;
	if (rule->backend == BACKEND_EBTABLES)
		return is_plain(rule->text);
	if (rule->backend == BACKEND_NFTABLES)
		walk_nft(rule->text, &any, &read);
	else
		walk_iptables(rule->text, &any, &read);
	return !read.unsure;
}

const char *doctor_check_of(const struct scene *scene, const struct verdict *v)
{
	bool by_rule = v->drop.found && v->drop.in_netfilter && strcmp(v->cause.id, "ct-table-full");
	size_t i = row_find(v->cause.id);

	if (i == ARRAY_SIZE(rows) || !rows[i].text[0])
		return NULL;
	if (by_rule && (!v->drop.rule_known || !v->drop.rule.text[0] ||
			!is_foreseeable(&v->drop.rule)))
		return NULL;
	/* an application's silence shows in no setting */
	if (!strcmp(v->cause.id, "app-silent") && scene->request.protocol != IPPROTO_ICMP)
		return NULL;
	return rows[i].id;
}

const char *doctor_check(size_t n)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].id && !n--)
			return rows[i].id;
	return NULL;
}
