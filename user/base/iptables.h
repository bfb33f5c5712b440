/* SPDX-License-Identifier: GPL-2.0 */
/* The words of a rule, as iptables-save, its like and nft print it. */
#ifndef DD_IPTABLES_H
#define DD_IPTABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Copies the word at *text into word, cut to room bytes, and moves *text behind it; false at the
 * end. What stands between quotes is one word, without them, however much it looks like an option:
 * comments are anybody's text. quoted tells.
 */
bool iptables_word_next(const char **text, char *word, size_t room, bool *quoted);

/*
 * Whether a rule of iptables may match a packet of AF_INET or AF_INET6, by its protocol and addresses:
 * false only if one of -p, -s and -d rules it out. l4 is IPPROTO_*.
 */
bool iptables_may_match(const char *rule, int family, uint8_t l4, const uint8_t *src,
			const uint8_t *dst);

#endif
