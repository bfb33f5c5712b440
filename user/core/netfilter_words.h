/* SPDX-License-Identifier: GPL-2.0 */
/* The words of causes.def about rules: where one is, whose, what it is for, how it is taken back. */
#ifndef DD_NETFILTER_WORDS_H
#define DD_NETFILTER_WORDS_H

#include "core/word.h"

extern const struct words netfilter_words;

#endif
