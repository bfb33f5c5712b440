/* SPDX-License-Identifier: GPL-2.0 */
/* Whose rule is it, and what is it for: from the text of a rule, as its own tool prints it. */
#ifndef DD_RULES_H
#define DD_RULES_H

#include "model.h"

/* The parts of a rule that say which traffic it is about; empty where the rule has none. */
struct rule_words {
	char in[DD_IFNAME_LEN], out[DD_IFNAME_LEN];
	char src[SHORT_LEN], dst[SHORT_LEN]; /* an address without /32 or /128, or a network */
	char protocol[SHORT_LEN], port[SHORT_LEN]; /* the destination's */
	char target[SHORT_LEN]; /* "DROP", "drop", a chain */
	char comment[SHORT_LEN];
	bool in_not, out_not, src_not, dst_not, protocol_not, port_not;
	bool more; /* it matches on something else, too */
};

/* Reads a rule of iptables ("-A CHAIN ... -j TARGET") or of nftables. */
void rules_parse(const char *text, struct rule_words *out);

enum owner rules_owner(const struct rule *rule, const struct scene *scene);

/* "ufw" and "ufw's"; NULL for OWNER_UNKNOWN. */
const char *rules_owner_name(enum owner owner);
const char *rules_owner_whose(enum owner owner);

/* What the rule is for, if it is one with which Docker drops. */
enum purpose rules_purpose(const struct rule *rule, const struct scene *scene);

/* "direct-access", and what that means, in words that begin with "it"; NULL for PURPOSE_NONE. */
const char *rules_purpose_name(enum purpose purpose);
const char *rules_purpose_words(enum purpose purpose);

/* The bridge that a rule of Docker's is about; false: it names none. */
bool rules_bridge(const struct rule *rule, char out[DD_IFNAME_LEN]);

/* It answers with an error or a reset instead of dropping silently. */
bool rules_is_reject(const struct rule *rule);

/* It asks for nothing of the packet. */
bool rules_is_sweeping(const struct rule *rule);

/* Docker's rule against traffic between two of its networks, which the scene's two are on. */
bool rules_is_isolation(const struct rule *rule, const struct scene *scene);

/* The bridge of the one of the two that has the address in the rule; empty: neither, or none is known. */
const char *rules_bridge_now(const struct rule *rule, const struct scene *scene);

/* Docker's rule for an address that names a bridge that is gone, or not its container's. */
bool rules_is_stale(const struct rule *rule, const struct scene *scene);

/* Docker's rule for a kind of network that the one with this bridge is not. */
bool rules_is_outdated(const struct rule *rule, const struct scene *scene);

#endif
