/* SPDX-License-Identifier: GPL-2.0 */
#include "source/snmp.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "source/netns.h"

#define BAD_CHECKSUMS "InCsumErrors"
#define BLANKS " \t"

/* Moves *text behind the next word of its line; 0: there is none. */
static size_t word_next(const char **text, const char **word)
{
	size_t len;

	*text += strspn(*text, BLANKS);
	len = strcspn(*text, BLANKS "\n");
	*word = *text;
	*text += len;
	return len;
}

static const char *line_next(const char *text)
{
	const char *end = strchrnul(text, '\n');

	return *end ? end + 1 : end;
}

static bool ends_so(const char *word, size_t len)
{
	size_t n = strlen(BAD_CHECKSUMS);

	return len >= n && !memcmp(word + len - n, BAD_CHECKSUMS, n);
}

uint64_t snmp_sum_pairs(const char *text)
{
	uint64_t sum = 0;

	while (*text) {
		const char *values = line_next(text), *title, *value;
		size_t len;

		while ((len = word_next(&text, &title)) && word_next(&values, &value))
			if (ends_so(title, len))
				sum += strtoull(value, NULL, 10);
		text = line_next(line_next(text));
	}
	return sum;
}

uint64_t snmp_sum_rows(const char *text)
{
	uint64_t sum = 0;

	for (; *text; text = line_next(text)) {
		const char *title, *value;
		size_t len = word_next(&text, &title);

		if (word_next(&text, &value) && ends_so(title, len))
			sum += strtoull(value, NULL, 10);
	}
	return sum;
}

static const struct {
	const char *path;
	uint64_t (*sum)(const char *text);
} files[] = {
	{ "/proc/thread-self/net/snmp", snmp_sum_pairs },
	{ "/proc/thread-self/net/netstat", snmp_sum_pairs },
	{ "/proc/thread-self/net/snmp6", snmp_sum_rows }, /* not there without IPv6 */
};

int snmp_bad_checksums(int netns, uint64_t *out)
{
	int back __leave_netns = netns_enter(netns);
	bool found = false;

	if (back < 0)
		return back;
	*out = 0;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		FILE *f __fclose = fopen(files[i].path, "re");
		char *text __free = NULL;
		size_t room = 0;

		if (!f || getdelim(&text, &room, '\0', f) <= 0)
			continue;
		*out += files[i].sum(text);
		found = true;
	}
	return found ? 0 : -ENOENT;
}
