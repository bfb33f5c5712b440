/* SPDX-License-Identifier: GPL-2.0 */
#include "base/strbuf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void strbuf_free(struct strbuf *sb)
{
	free(sb->text);
	*sb = (struct strbuf){ 0 };
}

void strbuf_add(struct strbuf *sb, const void *data, size_t len)
{
	char *text;

	if (sb->failed)
		return;
	text = realloc(sb->text, sb->len + len + 1);
	if (!text) {
		sb->failed = true;
		return;
	}
	memcpy(text + sb->len, data, len);
	sb->text = text;
	sb->len += len;
	sb->text[sb->len] = '\0';
}

void strbuf_addf(struct strbuf *sb, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (len < 0) {
		sb->failed = true;
		return;
	}
	strbuf_add(sb, text, len);
	free(text);
}

const char *strbuf_str(const struct strbuf *sb)
{
	return sb->text ? sb->text : "";
}

/* Length of the valid UTF-8 sequence at s, its code point in *cp; 0 if it is not one. */
static size_t utf8_len(const unsigned char *s, uint32_t *cp)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = s[0] < 0x80	 ? 1 :
		     (s[0] & 0xe0) == 0xc0 ? 2 :
		     (s[0] & 0xf0) == 0xe0 ? 3 :
		     (s[0] & 0xf8) == 0xf0 ? 4 : 0;

	if (len <= 1) {
		*cp = s[0];
		return len;
	}
	*cp = s[0] & (0x7f >> len);
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*cp = *cp << 6 | (s[i] & 0x3f);
	}
	if (*cp < least[len] || *cp > 0x10ffff || (*cp >= 0xd800 && *cp <= 0xdfff))
		return 0;
	return len;
}

static bool harmless(uint32_t cp)
{
	if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0))
		return false;
	return !(cp >= 0x200b && cp <= 0x200f) && !(cp >= 0x2028 && cp <= 0x202e) &&
	       !(cp >= 0x2066 && cp <= 0x2069) && cp != 0xfeff;
}

/* The next character of *text, made safe: how many bytes of out (at least 4 * 4 + 1) it takes. */
static size_t safe_next(const char **text, char *out)
{
	const unsigned char *s = (const unsigned char *)*text;
	uint32_t cp;
	size_t len = utf8_len(s, &cp), n = 0;

	if (len && harmless(cp)) {
		memcpy(out, s, len);
		*text += len;
		return len;
	}
	if (!len)
		len = 1;
	for (size_t i = 0; i < len; i++)
		n += sprintf(out + n, "\\x%02x", s[i]);
	*text += len;
	return n;
}

void strbuf_add_safe(struct strbuf *sb, const char *text)
{
	char one[32];

	while (*text) {
		size_t n = safe_next(&text, one);

		strbuf_add(sb, one, n);
	}
}

char *safe_text(char *dst, size_t dst_len, const char *text)
{
	size_t used = 0;
	char one[32];

	while (*text) {
		size_t n = safe_next(&text, one);

		if (used + n + 1 > dst_len)
			break;
		memcpy(dst + used, one, n);
		used += n;
	}
	dst[used] = '\0';
	return dst;
}

bool text_copy(char *dst, size_t dst_len, const char *src)
{
	size_t len = strlen(src);
	bool whole = len < dst_len;

	if (!whole)
		len = dst_len - 1;
	memmove(dst, src, len);
	dst[len] = '\0';
	return whole;
}

void strbuf_add_shell(struct strbuf *sb, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:/-";

	if (text[0] && text[0] != '-' && !text[strspn(text, plain)]) {
		strbuf_addf(sb, "%s", text);
		return;
	}
	strbuf_add(sb, "'", 1);
	for (; *text; text++)
		strbuf_addf(sb, *text == '\'' ? "'\\''" : "%c", *text);
	strbuf_add(sb, "'", 1);
}
