/* SPDX-License-Identifier: GPL-2.0 */
/* The words of causes.def about what was lost: the packet, its addresses, where it was last seen. */
#ifndef DD_PACKET_WORDS_H
#define DD_PACKET_WORDS_H

#include "core/word.h"

extern const struct words packet_words;

#endif
