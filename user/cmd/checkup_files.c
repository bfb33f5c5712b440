/* SPDX-License-Identifier: GPL-2.0 */
/* The part of a checkup that reads lines: files that are loaded at boot, logs. */
#include "cmd/checkup_files.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "base/strbuf.h"
#include "cmd/checkup.h"
#include "core/doctor.h"
#include "source/hostfiles.h"
#include "source/modules.h"

#define DENIALS_MAX 64

/* Lines of one place that say the same are one. */
struct lines {
	struct found_line *items;
	size_t n;
	const char *words[64]; /* of each item, from logs.def */
};

static void line_add(struct lines *l, const char *where, const char *words, const char *line)
{
	struct found_line *items;

	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->items[i].where, where) && (!words || l->words[i] == words)) {
			l->items[i].count++;
			/* the latest stands for all */
			text_copy(l->items[i].text, sizeof(l->items[i].text), line);
			return;
		}
	items = l->n < ARRAY_SIZE(l->words) ? array_grow(l->items, l->n, sizeof(*items)) : NULL;
	if (!items)
		return;
	l->items = items;
	items[l->n] = (struct found_line){ .count = 1 };
	text_copy(items[l->n].where, sizeof(items->where), where);
	text_copy(items[l->n].text, sizeof(items->text), line);
	l->words[l->n++] = words;
}

/* Those of one profile and program that are about the same thing are one. */
struct denials {
	struct denial *items;
	size_t n;
};

static bool is_same(const struct denial *a, const struct denial *b)
{
	return a->module == b->module && !strcmp(a->who, b->who) && !strcmp(a->process, b->process) &&
	       !strcmp(a->what, b->what);
}

static void denial_add(struct denials *l, const struct denial *d)
{
	struct denial *items;
	size_t i = 0;
	int count;

	while (i < l->n && !is_same(&l->items[i], d))
		i++;
	if (i == DENIALS_MAX)
		return;
	count = i < l->n ? l->items[i].count : 0;
	items = i < l->n ? l->items : array_grow(l->items, l->n, sizeof(*items));
	if (!items)
		return;
	l->items = items;
	l->n += i == l->n;
	items[i] = *d;
	items[i].count += count;
}

static void on_boot_line(void *ctx, const char *where, const char *line)
{
	if (doctor_docker_rule(line))
		line_add(ctx, where, NULL, line);
}

static void on_log_line(void *ctx, const char *where, const char *line)
{
	const char *words = doctor_ominous(line);

	if (words)
		line_add(ctx, where, words, line);
}

struct kernel_lines {
	struct lines *log;
	struct denials denied;
};

static void on_kernel_line(void *ctx, const char *where, const char *line)
{
	struct kernel_lines *l = ctx;
	struct denial d;

	if (doctor_denied(line, &d))
		denial_add(&l->denied, &d);
	else
		on_log_line(l->log, where, line);
}

void checkup_files(struct checkup *c, int pid)
{
	struct lines boot = { 0 }, log = { 0 };
	struct kernel_lines kernel = { .log = &log };
	int err;

	modules_lack(pid, c->lacks, sizeof(c->lacks));
	hostfiles_boot_rules(pid, on_boot_line, &boot);
	err = hostfiles_kernel_log(on_kernel_line, &kernel);
	if (err)
		checkup_unread(c, NEED_KERNEL_LOG, "the kernel's log cannot be read", err);
	err = pid ? hostfiles_journal(pid, on_log_line, &log) : -ENOENT;
	if (err)
		checkup_unread(c, NEED_ENGINE_LOG, "the engine's log is in no journal here", err);
	c->boot = boot.items;
	c->n_boot = boot.n;
	c->log = log.items;
	c->n_log = log.n;
	c->denied = kernel.denied.items;
	c->n_denied = kernel.denied.n;
}
