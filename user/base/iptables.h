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

/* What a rule may ask of a packet. Ports in host order, 0: not known. */
struct iptables_packet {
	int family; /* AF_INET, AF_INET6 */
	uint8_t l4; /* IPPROTO_* */
	const uint8_t *src, *dst;
	uint16_t sport, dport;
};

/*
 * Whether a rule of iptables may match a packet, by its protocol, addresses and ports: false only if one
 * of -p, -s, -d and those that name ports rules it out.
 */
bool iptables_may_match(const char *rule, const struct iptables_packet *p);

#endif
