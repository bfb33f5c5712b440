/* SPDX-License-Identifier: GPL-2.0 */
/* Text for a person: put together from untrusted parts, and broken into lines. */
#ifndef DD_WORDS_H
#define DD_WORDS_H

#include <stdio.h>

#include "base/strbuf.h"
#include "model.h"

/* Appends the formatted text, made safe; before it, unless sb is empty, the separator as it is. */
void words_add(struct strbuf *sb, const char *separator, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same with "function+0xoffset [module]", as far as it is known. */
void words_add_symbol(struct strbuf *sb, const char *separator, const struct symbol *s);

/* The same with the hook as in "FORWARD", "bridge FORWARD". */
void words_add_hook(struct strbuf *sb, const char *separator, int pf, int num);

/* Appends the rule's text, or that it was the policy. */
void words_add_rule(struct strbuf *sb, const struct rule *r);

/* Appends "table ip filter, chain DOCKER-USER, rule 1, handle 27, iptables-nft". */
void words_add_rule_place(struct strbuf *sb, const struct rule *r);

/* The same with where a hop was: "on the host at veth1", "in web at eth0". */
void words_add_place(struct strbuf *sb, const char *separator, const struct scene *scene,
		     const struct hop *hop);

/* "the cause is likely, but not certain"; "" for one that is exact. Static. */
const char *words_doubt(enum confidence confidence);

/* Columns on a terminal, at most: a character that is not ASCII may take two. */
int words_columns(const char *s, size_t len);

/* How many bytes of s, in whole characters, fit into the columns. */
size_t words_fit(const char *s, size_t len, int cols);

/*
 * Prints text from column at on, to the end of the line. Lines break at blanks, and further ones
 * are indented by hang, which leaves room for two columns at the least. A line break in text is
 * kept. `Backquotes` hold words together, and so do an option and its argument (-j DROP), as long
 * as one line can hold them; a word that no line can hold is cut, unless it is an address (https).
 */
void words_print(FILE *out, int width, int at, int hang, const char *text);

#endif
