/* SPDX-License-Identifier: GPL-2.0 */
/* The words of causes.def about routing, IP, transport and sockets. */
#ifndef DD_STACK_WORDS_H
#define DD_STACK_WORDS_H

#include "core/word.h"

extern const struct words stack_words;

#endif
