/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Feeds recorded evidence (dockdrop trace --evidence FILE) through the whole of user space, without
 * root and without the kernel that it came from, and compares the verdict's document with the one
 * beside it. DOCKDROP_REPLAY_WRITE=1 writes the documents anew, for a look at what has changed.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "core/session.h"
#include "view/evidence.h"
#include "view/json.h"

#define FOLDER "tests/replay"

struct replay {
	struct scene scene;
	struct session *session;
	struct ksym *ksym;
	struct reason *reasons;
	struct rule rule;
	bool has_rule;
	struct culprit culprit;
	struct aftermath after;
	int records;
};

/* The value of name in a record's line: the text behind "name=", up to a blank; NULL: not there. */
static const char *value_find(const char *line, const char *name, size_t *len)
{
	size_t name_len = strlen(name);

	for (const char *p = strchr(line, ' '); p; p = strchr(p + 1, ' ')) {
		if (strncmp(p + 1, name, name_len) || p[1 + name_len] != '=')
			continue;
		p += 2 + name_len;
		*len = strcspn(p, " \n");
		return p;
	}
	return NULL;
}

/* A member that the line does not have was added after it was written, and stays zero. */
static int64_t read_number(const char *line, const char *name)
{
	size_t len;
	const char *value = value_find(line, name, &len);

	return value ? strtoll(value, NULL, 10) : 0;
}

/* Returns how many bytes there were. */
static size_t read_bytes(const char *line, const char *name, void *to, size_t room)
{
	size_t len;
	const char *value = value_find(line, name, &len);

	if (!value)
		return 0;
	assert_int_equal(len % 2, 0);
	assert_in_range(len / 2, 0, room);
	for (size_t i = 0; i < len / 2; i++)
		assert_int_equal(sscanf(value + 2 * i, "%2hhx", (unsigned char *)to + i), 1);
	return len / 2;
}

#define TEXT(m) read_bytes(line, #m, to.m, sizeof(to.m) - 1);
#define NUMBER(m) to.m = read_number(line, #m);
#define ADDRESS(m) read_bytes(line, #m, &to.m, sizeof(to.m));
#define MAC(m) read_bytes(line, #m, to.m, 6);

static void on_scene(struct replay *r, const char *line)
{
	struct scene to = { 0 };

#define EVIDENCE_SCENE
#include "view/evidence.def"
#undef EVIDENCE_SCENE
	r->scene = to;
}

static void on_after(struct replay *r, const char *line)
{
	struct scene to = r->scene;

#define EVIDENCE_AFTER
#include "view/evidence.def"
#undef EVIDENCE_AFTER
	r->scene = to;
}

static void on_sent(struct replay *r, const char *line)
{
	struct sent to = { 0 };

#define EVIDENCE_SENT
#include "view/evidence.def"
#undef EVIDENCE_SENT
	session_sent(r->session, &to);
}

static void on_answer(struct replay *r, const char *line)
{
	struct answer to = { 0 };

#define EVIDENCE_ANSWER
#include "view/evidence.def"
#undef EVIDENCE_ANSWER
	session_answer(r->session, &to);
}

static void on_hit(struct replay *r, const char *line)
{
	struct hit to = { 0 };

#define EVIDENCE_HIT
#include "view/evidence.def"
#undef EVIDENCE_HIT
	session_hit(r->session, &to);
}

static void on_rule(struct replay *r, const char *line)
{
	struct rule to = { 0 };

#define EVIDENCE_RULE
#include "view/evidence.def"
#undef EVIDENCE_RULE
	r->rule = to;
	r->has_rule = true;
}

static void on_culprit(struct replay *r, const char *line)
{
	struct culprit to = { 0 };

#define EVIDENCE_CULPRIT
#include "view/evidence.def"
#undef EVIDENCE_CULPRIT
	r->culprit = to;
}

static void on_aftermath(struct replay *r, const char *line)
{
	struct aftermath to = { 0 };

#define EVIDENCE_AFTERMATH
#include "view/evidence.def"
#undef EVIDENCE_AFTERMATH
	r->after = to;
}

static void on_event(struct replay *r, const char *line)
{
	uint8_t data[2 * sizeof(struct dd_event)];
	size_t len = read_bytes(line, "data", data, sizeof(data));

	session_event(r->session, data, len);
}

static void on_lost(struct replay *r, const char *line)
{
	session_lost(r->session, read_number(line, "events"), read_number(line, "missed"));
}

/* Gathered before the session is opened; see tables_read(). */
static void on_table(struct replay *r, const char *line)
{
	(void)r;
	(void)line;
}

static const struct {
	const char *kind;
	void (*read)(struct replay *r, const char *line);
} kinds[] = {
	{ "scene", on_scene }, { "after", on_after }, { "sent", on_sent }, { "answer", on_answer }, { "hit", on_hit },
	{ "culprit", on_culprit }, { "aftermath", on_aftermath },
	{ "rule", on_rule },   { "lost", on_lost }, { "event", on_event }, { "symbol", on_table }, { "reason", on_table },
};

static int rule_recorded(void *ctx, const struct hop *drop, const struct hit *hit, const char *table,
			 struct rule *out)
{
	const struct replay *r = ctx;

	(void)drop;
	(void)hit;
	(void)table;
	if (!r->has_rule)
		return -ENOENT;
	*out = r->rule;
	return 0;
}

static int culprit_recorded(void *ctx, const struct hop *drop, const struct hit *hit,
			    enum dd_hook_stage stage, struct culprit *out)
{
	const struct replay *r = ctx;

	(void)drop;
	(void)hit;
	(void)stage;
	if (!r->culprit.kind)
		return -ENOENT;
	*out = r->culprit;
	return 0;
}

static void look_recorded(void *ctx, const struct hop *drop, unsigned int looks,
			  struct aftermath *out)
{
	const struct replay *r = ctx;

	(void)drop;
	(void)looks;
	*out = r->after;
}

/* The names of the recorded kernel: symbols in the form of kallsyms, reasons one by one. */
static void tables_read(struct replay *r, FILE *in)
{
	char *symbols __free = NULL, *line __free = NULL;
	size_t len = 0, room = 0;
	FILE *out = open_memstream(&symbols, &len), *text;
	char name[SHORT_LEN];
	unsigned int number;

	assert_int_equal(reason_empty(&r->reasons), 0);
	while (getline(&line, &room, in) > 0) {
		if (!strncmp(line, "symbol ", 7))
			fputs(line + 7, out);
		else if (sscanf(line, "reason %u %63s", &number, name) == 2)
			assert_int_equal(reason_add(r->reasons, number, name), 0);
	}
	fclose(out);
	rewind(in);
	if (!len)
		return;
	text = fmemopen(symbols, len, "r");
	assert_int_equal(ksym_parse(text, &r->ksym), 0);
	fclose(text);
}

static void record_read(struct replay *r, const char *line)
{
	size_t len = strcspn(line, " \n");

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strlen(kinds[i].kind) != len || strncmp(kinds[i].kind, line, len))
			continue;
		kinds[i].read(r, line);
		r->records++;
		return;
	}
	fail_msg("a record of unknown kind: %.40s", line);
}

static char *document_of(struct replay *r)
{
	struct verdict v;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	session_verdict(r->session, &v);
	assert_int_equal(json_verdict(out, &r->scene, &v), 0);
	fclose(out);
	return text;
}

static char *replay_file(const char *path)
{
	struct replay r = { .after = { .forwarding = -1, .device_forwarding = -1, .ip6_off = -1 } };
	const struct session_ops ops = { .rule = rule_recorded, .culprit = culprit_recorded,
					 .look = look_recorded, .ctx = &r };
	FILE *in __fclose = fopen(path, "re");
	char *line __free = NULL, *text;
	size_t room = 0;

	assert_non_null(in);
	tables_read(&r, in);
	assert_true(getline(&line, &room, in) > 0);
	assert_string_equal(line, EVIDENCE_MAGIC "\n");
	assert_int_equal(session_open(&r.scene, r.ksym, r.reasons, &ops, &r.session), 0);
	while (getline(&line, &room, in) > 0)
		record_read(&r, line);
	assert_true(r.records > 2);
	text = document_of(&r);
	session_close(r.session);
	ksym_free(r.ksym);
	reason_free(r.reasons);
	return text;
}

static char *file_read(const char *path)
{
	FILE *in __fclose = fopen(path, "re");
	char *text = NULL;
	size_t room = 0;

	assert_non_null(in);
	assert_true(getdelim(&text, &room, '\0', in) > 0);
	return text;
}

static void test_replay(void **state)
{
	const char *name = *state;
	char *text __free = NULL, *expected __free = NULL;
	char path[512];

	snprintf(path, sizeof(path), FOLDER "/%s.evidence", name);
	text = replay_file(path);
	snprintf(path, sizeof(path), FOLDER "/%s.json", name);
	if (getenv("DOCKDROP_REPLAY_WRITE")) {
		FILE *out __fclose = fopen(path, "we");

		assert_non_null(out);
		fputs(text, out);
		skip();
	}
	expected = file_read(path);
	assert_string_equal(text, expected);
}

/* Each file of evidence is a test of its own. */
int main(void)
{
	static char names[64][64];
	struct CMUnitTest tests[64] = { 0 };
	DIR *dir __closedir = opendir(FOLDER);
	struct dirent *entry;
	size_t n = 0;

	while (dir && (entry = readdir(dir)) && n < 64) {
		char *dot = strrchr(entry->d_name, '.');

		if (!dot || strcmp(dot, ".evidence"))
			continue;
		snprintf(names[n], sizeof(names[n]), "%.*s", (int)(dot - entry->d_name),
			 entry->d_name);
		tests[n].name = names[n];
		tests[n].initial_state = names[n];
		tests[n].test_func = test_replay;
		n++;
	}
	return n ? _cmocka_run_group_tests("replay", tests, n, NULL, NULL) : 1;
}
