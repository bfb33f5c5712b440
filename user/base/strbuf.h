/* SPDX-License-Identifier: GPL-2.0 */
/* A growing string, and the one place that makes untrusted text safe to print. */
#ifndef DD_STRBUF_H
#define DD_STRBUF_H

#include <stdbool.h>
#include <stddef.h>

/* Zero-initialised is empty. text is NULL until something was added, and always ends in NUL. */
struct strbuf {
	char *text;
	size_t len;
	bool failed; /* out of memory; what was added since is lost */
};

void strbuf_free(struct strbuf *sb);

void strbuf_add(struct strbuf *sb, const void *data, size_t len);
void strbuf_addf(struct strbuf *sb, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The text, never NULL. Borrowed. */
const char *strbuf_str(const struct strbuf *sb);

/*
 * Copies text of unknown origin, made harmless for a terminal: control
 * characters, invalid UTF-8, and the characters that reorder or hide text
 * (U+202A to U+202E, U+2066 to U+2069, U+200B to U+200F, U+FEFF) become \xNN.
 */
void strbuf_add_safe(struct strbuf *sb, const char *text);

/* The same into a fixed buffer, cut on a character's boundary. Returns dst. */
char *safe_text(char *dst, size_t dst_len, const char *text);

/* As one word of a shell command: as it is if a shell takes it so, else between single quotes. */
void strbuf_add_shell(struct strbuf *sb, const char *text);

/* Copies src into dst, cut if it is too long; always terminated. Returns false if it was cut. */
bool text_copy(char *dst, size_t dst_len, const char *src);

#endif
