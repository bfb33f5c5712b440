/* SPDX-License-Identifier: GPL-2.0 */
#include "core/walk_set.h"

#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"

#define BLANKS " \t\n"

/* Elements that are being read, one word ahead. A quoted word is never one of the marks. */
struct cursor {
	const char *at, *end;
	char word[NFT_NAME_LEN];
	bool quoted, more;
};

static size_t word_len(const struct cursor *c)
{
	const char *p = c->at;

	if (*p == '"')
		for (p++; p < c->end && *p != '"'; p++)
			;
	else if (*p == ',')
		return 1;
	else
		for (; p < c->end && *p != ',' && !strchr(BLANKS, *p); p++)
			;
	return (size_t)(p - c->at);
}

static void next(struct cursor *c)
{
	size_t len;

	while (c->at < c->end && strchr(BLANKS, *c->at))
		c->at++;
	c->more = c->at < c->end;
	c->quoted = c->more && *c->at == '"';
	len = c->more ? word_len(c) : 0;
	snprintf(c->word, sizeof(c->word), "%.*s", (int)(len - c->quoted), c->at + c->quoted);
	c->at += len;
	c->at += c->quoted && c->at < c->end; /* the closing quote */
}

static bool is(const struct cursor *c, const char *mark)
{
	return c->more && !c->quoted && !strcmp(c->word, mark);
}

static bool is_wildcard(const struct cursor *c)
{
	return is(c, "*");
}

/*
 * One element's own part: the fields, and behind them what is not for a match (a time-out, a comment).
 * rest: it is for all that is in no other element.
 */
static enum match element_match(struct cursor *c, const struct walk_lookup *l, bool *rest)
{
	bool any = is_wildcard(c);
	enum match all = MATCH_YES;
	int i = 0;

	for (bool field = true; c->more && !is(c, ",") && !is(c, ":"); next(c)) {
		if (field && i < l->n && !is_wildcard(c)) {
			enum match m = l->fields[i](c->word, l->p);

			all = m < all ? m : all;
		}
		i += field;
		field = is(c, ".");
	}
	*rest = any && i == 1;
	return i == l->n ? all : MATCH_MAYBE;
}

static void verdict_take(struct cursor *c, char verdict[NFT_NAME_LEN])
{
	struct strbuf sb = { 0 };

	if (!is(c, ":"))
		return;
	for (next(c); c->more && !is(c, ","); next(c))
		strbuf_addf(&sb, "%s%s", sb.len ? " " : "", c->word);
	text_copy(verdict, NFT_NAME_LEN, strbuf_str(&sb));
	strbuf_free(&sb);
}

enum match walk_set(const struct walk_lookup *l, const char *elements, const char *end,
		    char verdict[NFT_NAME_LEN])
{
	struct cursor c = { .at = elements, .end = end };
	bool is_rest, has_rest = false;
	enum match best = MATCH_NO;

	verdict[0] = '\0';
	for (next(&c); c.more; next(&c)) {
		enum match m = element_match(&c, l, &is_rest);

		if (m == MATCH_YES || is_rest)
			verdict_take(&c, verdict);
		if (m == MATCH_YES && !is_rest)
			return m;
		while (c.more && !is(&c, ","))
			next(&c);
		has_rest |= is_rest;
		best = m == MATCH_MAYBE && !is_rest ? m : best;
	}
	return has_rest && best == MATCH_NO ? MATCH_YES : best;
}

const char *walk_braces(const char *text)
{
	bool quoted = false;
	int depth = 1;

	for (; *text && depth; text++) {
		quoted ^= *text == '"';
		if (!quoted)
			depth += (*text == '{') - (*text == '}');
	}
	return text;
}
