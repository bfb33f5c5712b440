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

void checkup_files(struct checkup *c, int pid)
{
	struct lines boot = { 0 }, log = { 0 };
	int err;

	modules_lack(pid, c->lacks, sizeof(c->lacks));
	hostfiles_boot_rules(pid, on_boot_line, &boot);
	err = hostfiles_kernel_log(on_log_line, &log);
	if (err)
		checkup_unread(c, NEED_KERNEL_LOG, "the kernel's log cannot be read", err);
	err = pid ? hostfiles_journal(pid, on_log_line, &log) : -ENOENT;
	if (err)
		checkup_unread(c, NEED_ENGINE_LOG, "the engine's log is in no journal here", err);
	c->boot = boot.items;
	c->n_boot = boot.n;
	c->log = log.items;
	c->n_log = log.n;
}
