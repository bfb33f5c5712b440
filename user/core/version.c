/* SPDX-License-Identifier: GPL-2.0 */
#include "core/version.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"

static bool is_before(const char *tail)
{
	static const char *const words[] = { "alpha", "beta", "rc", "tp", "dev", "pre" };

	if (!strncmp(tail, "-ce", 3) || !strncmp(tail, "-ee", 3))
		tail += 3;
	if (*tail != '-' && *tail != '~')
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!strncmp(tail + 1, words[i], strlen(words[i])))
			return true;
	return false;
}

int version_parse(const char *text, struct version *out)
{
	size_t len = strspn(text, "0123456789");
	struct version v = { 0 };
	char numbers[32];
	int n, end = 0;

	if (len && text[len] == ':') /* the epoch of a Debian package */
		text += len + 1;
	text += *text == 'v';
	len = strspn(text, "0123456789.");
	if (len >= sizeof(numbers) || (text[len] && !strchr("+-~", text[len])))
		return -EINVAL;
	snprintf(numbers, sizeof(numbers), "%.*s", (int)len, text);
	n = sscanf(numbers, "%4u.%4u%n.%4u%n", &v.part[0], &v.part[1], &end, &v.part[2], &end);
	if (n < 2 || (size_t)end != len || (!v.part[0] && !v.part[1]))
		return -EINVAL;
	v.before = is_before(text + len);
	*out = v;
	return 0;
}

static int compare(const struct version *a, const struct version *b)
{
	for (size_t i = 0; i < ARRAY_SIZE(a->part); i++)
		if (a->part[i] != b->part[i])
			return a->part[i] < b->part[i] ? -1 : 1;
	return 0;
}

/* For a candidate of the very version the answer is no, whatever the comparison. */
static bool holds(const struct version *v, const char *sign, const struct version *bound)
{
	int order = compare(v, bound);

	if (v->before && !order)
		return false;
	switch (*sign) {
	case '<':
		return order < 0 || (sign[1] == '=' && !order);
	case '>':
		return order > 0 || (sign[1] == '=' && !order);
	default:
		return !order;
	}
}

/* All comparisons up to the end of this alternative; what cannot be read does not hold. */
static bool in_alternative(const struct version *v, const char *range)
{
	bool in = true;

	while (*(range += strspn(range, " ")) && *range != '|') {
		size_t len = strcspn(range, " |");
		struct version bound;
		char text[32];

		snprintf(text, sizeof(text), "%.*s", (int)len, range);
		if (strcmp(text, "*"))
			in &= !version_parse(text + strspn(text, "<>="), &bound) && holds(v, text, &bound);
		range += len;
	}
	return in;
}

bool version_in(const struct version *version, const char *ranges)
{
	for (const char *range = ranges; range; range = strstr(range, "||")) {
		range += 2 * (*range == '|');
		if (in_alternative(version, range))
			return true;
	}
	return false;
}
