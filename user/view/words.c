/* SPDX-License-Identifier: GPL-2.0 */
#include "view/words.h"

#include <inttypes.h>
#include <linux/netfilter.h>
#include <stdarg.h>
#include <string.h>

#include "base/array.h"
#include "base/kernel_words.h"
#include "view/names.h"

void words_add(struct strbuf *sb, const char *separator, const char *fmt, ...)
{
	char text[SENTENCE_LEN * 2];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (sb->len)
		strbuf_addf(sb, "%s", separator);
	strbuf_add_safe(sb, text);
}

static const char *const doubts[] = {
	[CONFIDENCE_EXACT] = "",
	[CONFIDENCE_LIKELY] = "the cause is likely, but not certain",
	[CONFIDENCE_POSSIBLE] = "the cause is possible, but no more than that",
};
_Static_assert(ARRAY_SIZE(doubts) == N_CONFIDENCES, "one for each confidence");

const char *words_doubt(enum confidence confidence)
{
	return confidence < N_CONFIDENCES ? doubts[confidence] : "";
}

void words_add_symbol(struct strbuf *sb, const char *separator, const struct symbol *s)
{
	if (!s->function[0])
		return;
	words_add(sb, separator, "%s", s->function);
	if (s->offset)
		words_add(sb, "", "+0x%" PRIx32, s->offset);
	if (s->module[0])
		words_add(sb, " ", "[%s]", s->module);
}

void words_add_hook(struct strbuf *sb, const char *separator, int pf, int num)
{
	const char *family = kernel_family(pf), *hook = kernel_hook(pf, num);
	bool ip = pf == NFPROTO_IPV4 || pf == NFPROTO_IPV6 || pf == NFPROTO_INET;

	if (!family || !hook)
		words_add(sb, separator, "an unknown hook");
	else
		words_add(sb, separator, "%s%s%s", ip ? "" : family, ip ? "" : " ", hook);
}

void words_add_rule(struct strbuf *sb, const struct rule *r)
{
	if (r->policy)
		words_add(sb, "", "none matched, so the chain's policy%s%s", r->text[0] ? ": " : "",
			  r->text);
	else
		words_add(sb, "", "%s", r->text[0] ? r->text : "its text could not be read");
}

void words_add_rule_place(struct strbuf *sb, const struct rule *r)
{
	const char *family = kernel_family(r->family), *backend = name_backend(r->backend);

	if (r->table[0])
		words_add(sb, "", "table %s%s%s", family ?: "", family ? " " : "", r->table);
	if (r->chain[0])
		words_add(sb, ", ", "chain %s", r->chain);
	if (r->index && !r->policy)
		words_add(sb, ", ", "rule %d", r->index);
	if (r->handle && !r->policy)
		words_add(sb, ", ", "handle %" PRIu64, r->handle);
	if (backend)
		words_add(sb, ", ", "%s", backend);
	if (r->ambiguous)
		words_add(sb, ", ", "or another rule that fits as well");
}

void words_add_place(struct strbuf *sb, const char *separator, const struct scene *scene,
		     const struct hop *hop)
{
	const char *netns = name_netns(scene, hop->role);

	if (hop->role == ROLE_HOST || (netns && scene->ends[hop->role].kind == ENDPOINT_HOST))
		words_add(sb, separator, "on the host");
	else if (netns)
		words_add(sb, separator, "in %s", netns);
	else
		words_add(sb, separator, "in another network namespace");
	if (hop->device[0])
		words_add(sb, " ", "at %s", hop->device);
}

int words_columns(const char *s, size_t len)
{
	int cols = 0;

	for (size_t i = 0; i < len; i++) {
		if (!(s[i] & 0x80))
			cols++;
		else if ((s[i] & 0xc0) == 0xc0)
			cols += 2;
	}
	return cols;
}

size_t words_fit(const char *s, size_t len, int cols)
{
	size_t n = len;

	while (n && (words_columns(s, n) > cols || (n < len && (s[n] & 0xc0) == 0x80)))
		n--;
	return n;
}

/* What holds together from s on, blanks included; 0: nothing but the word itself. */
static size_t phrase_len(const char *s)
{
	size_t len = strcspn(s, " \n");

	if (*s == '`') {
		len = strcspn(s + 1, "`\n") + 1;
		return s[len] == '`' ? len + strcspn(s + len, " \n") : 0;
	}
	if (*s != '-' || s[len] != ' ' || s[len + 1] == '-')
		return 0;
	return len + 1 + strcspn(s + len + 1, " \n");
}

/* One that is longer than a line is broken; an address to click on or to copy is not. */
static size_t word_len(const char *s, int room)
{
	size_t phrase = phrase_len(s), len = strcspn(s, " \n");

	if (phrase && words_columns(s, phrase) <= room)
		return phrase;
	return strncmp(s, "https://", 8) ? words_fit(s, len, room) : len;
}

void words_print(FILE *out, int width, int at, int hang, const char *text)
{
	bool fresh = at <= hang; /* nothing but the indentation is on this line */
	int gap = 0;		 /* blanks before the next word */

	while (*text) {
		size_t len = word_len(text, width - hang);
		int cols = words_columns(text, len);

		if (!fresh && (*text == '\n' || at + gap + cols > width)) {
			fprintf(out, "\n%*s", hang, "");
			at = hang;
			fresh = true;
		}
		if (fresh)
			gap = 0;
		fprintf(out, "%*s%.*s", gap, "", (int)len, text);
		at += gap + cols;
		fresh = fresh && !len;
		text += len ? len : *text == '\n';
		gap = (int)strspn(text, " ");
		text += gap;
	}
	putc('\n', out);
}
