/* SPDX-License-Identifier: GPL-2.0 */
/* The words of causes.def about sockets, and who holds them. */
#ifndef DD_SOCKET_WORDS_H
#define DD_SOCKET_WORDS_H

#include "core/word.h"

extern const struct words socket_words;

#endif
