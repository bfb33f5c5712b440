/* SPDX-License-Identifier: GPL-2.0 */
/* The elements of a set or verdict map of nftables, as nft prints them between braces. */
#ifndef DD_WALK_SET_H
#define DD_WALK_SET_H

#include "core/walk.h"

#define WALK_FIELDS_MAX 8

/* How a word is matched against one thing that is asked of a packet. */
typedef enum match (*walk_match_fn)(const char *word, const struct walk_packet *p);

/* What is looked up: one thing, or several with dots between them. */
struct walk_lookup {
	walk_match_fn fields[WALK_FIELDS_MAX];
	int n;
	const struct walk_packet *p;
};

/*
 * Whether the packet is in the set, whose elements end before end. Of a map, verdict is what stands
 * behind the colon of the element that matches (MATCH_YES); of a set it is "".
 */
enum match walk_set(const struct walk_lookup *l, const char *elements, const char *end,
		    char verdict[NFT_NAME_LEN]);

/* Behind the brace that closes what begins here; the end of the text, if there is none. */
const char *walk_braces(const char *text);

#endif
