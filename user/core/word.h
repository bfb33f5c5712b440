/* SPDX-License-Identifier: GPL-2.0 */
/* A word in braces of causes.def, and what the files that write words have in common. */
#ifndef DD_WORD_H
#define DD_WORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"
#include "core/evidence.h"

struct word {
	const char *name;
	/* Writes what it stands for; false: it has no value here, whatever was written. */
	bool (*write)(const struct evidence *e, struct strbuf *out);
};

struct words {
	const struct word *all;
	size_t n;
};

/* NULL: not one of them. name need not end after len bytes. */
const struct word *word_find(const struct words *words, const char *name, size_t len);

/* Quoted for a shell; false: it is empty. */
bool word_add_quoted(struct strbuf *out, const char *text);

/* False: there is none. */
bool word_add_ip(struct strbuf *out, const struct ip *ip);

/* The prefix that runs a command in a container's network namespace; nothing for the host's own. */
bool word_add_inside(const struct evidence *e, enum role r, struct strbuf *out);

/* For a sentence, and where it is a container also for a command. */
bool word_add_role(const struct evidence *e, enum role r, struct strbuf *out);

/* Untrusted. */
const char *word_role_name(const struct evidence *e, enum role r);

bool word_is_ip6(const struct evidence *e);
bool word_is_tcp(const struct evidence *e);

/* Who sent the data that was lost, or that was lost for want of a neighbour's answer. */
enum role word_sender(const struct evidence *e);

#endif
