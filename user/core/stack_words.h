/* SPDX-License-Identifier: GPL-2.0 */
/* The words of causes.def about routing and IP, and of two with one address. */
#ifndef DD_STACK_WORDS_H
#define DD_STACK_WORDS_H

#include "core/word.h"

extern const struct words stack_words;

#endif
