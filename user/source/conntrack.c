/* SPDX-License-Identifier: GPL-2.0 */
#include "source/conntrack.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "source/netns.h"

#define BLANKS " \t\n"

/* The number of the column whose title it is, from 0, or -1. Moves text behind the first line. */
static int column_find(const char **text, const char *title)
{
	const char *line = *text, *end = strchrnul(line, '\n');
	int found = -1;

	for (int i = 0; line < end; i++) {
		size_t blank = strspn(line, " \t"), len = strcspn(line + blank, BLANKS);

		if (len == strlen(title) && !strncmp(line + blank, title, len))
			found = i;
		line += blank + len;
	}
	*text = *end ? end + 1 : end;
	return found;
}

int conntrack_parse_stat(const char *text, const char *column, uint64_t *out)
{
	int wanted = column_find(&text, column);
	uint64_t sum = 0;

	if (wanted < 0 || !*text)
		return -EPROTO;
	while (*text) {
		const char *end = strchrnul(text, '\n');
		unsigned long long value = 0;

		for (int i = 0; i <= wanted; i++) {
			char *behind;

			value = strtoull(text, &behind, 16);
			if (behind == text || behind > end)
				return -EPROTO;
			text = behind;
		}
		sum += value;
		text = *end ? end + 1 : end;
	}
	*out = sum;
	return 0;
}

/* The column "drop" counts what nf_conntrack_in() and the confirmation refuse to let on. */
static int drops_read(uint64_t *out)
{
	FILE *f __fclose = fopen("/proc/thread-self/net/stat/nf_conntrack", "re");
	char *text __free = NULL;
	size_t room = 0;

	if (!f || getdelim(&text, &room, '\0', f) <= 0)
		return -ENOENT;
	return conntrack_parse_stat(text, "drop", out);
}

int conntrack_read(int netns, struct conntrack *out)
{
	struct conntrack ct = { 0 };
	int back __leave_netns = netns_enter(netns);
	int count, max, err;

	if (back < 0)
		return back;
	err = netns_sysctl("netfilter/nf_conntrack_count", &count);
	if (!err)
		err = netns_sysctl("netfilter/nf_conntrack_max", &max);
	if (err)
		return err;
	ct.count = count;
	ct.max = max;
	ct.counts_drops = !drops_read(&ct.drops);
	*out = ct;
	return 0;
}
