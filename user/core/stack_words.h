/* SPDX-License-Identifier: GPL-2.0 */
/* The words of causes.def about routing, IP, transport and sockets. */
#ifndef DD_STACK_WORDS_H
#define DD_STACK_WORDS_H

#include <stddef.h>

#include "base/strbuf.h"
#include "core/evidence.h"

/* Writes what a word stands for; false: it has no value. */
typedef bool stack_word_fn(const struct evidence *e, struct strbuf *out);

/* NULL: not one of them. name need not end after len bytes. */
stack_word_fn *stack_word_find(const char *name, size_t len);

#endif
