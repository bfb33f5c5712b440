/* SPDX-License-Identifier: GPL-2.0 */
/* Whose rule is it, and what is it for: from the text of a rule, as its own tool prints it. */
#ifndef DD_RULES_H
#define DD_RULES_H

#include "model.h"

/* The parts of a rule that say which traffic it is about; empty where the rule has none. */
struct rule_words {
	char in[DD_IFNAME_LEN], out[DD_IFNAME_LEN];
	bool in_not, out_not; /* "! -i", "! -o" */
	char dst[SHORT_LEN];  /* address, without /32 */
	char target[SHORT_LEN];
};

/* Reads a rule of iptables ("-A CHAIN ... -j TARGET"). Text of another form leaves out empty. */
void rules_parse(const char *text, struct rule_words *out);

enum owner rules_owner(const struct rule *rule, const struct scene *scene);

/* It answers with an error or a reset instead of dropping silently. */
bool rules_is_reject(const struct rule *rule);

/* Docker's rule against traffic between two of its networks. */
bool rules_is_isolation(const struct rule *rule, const struct scene *scene);

/* Docker's rule that keeps an --internal network to itself. */
bool rules_is_internal(const struct rule *rule);

/* Docker's rule of a network without inter-container communication. */
bool rules_is_icc_off(const struct rule *rule);

/* Docker's rule for a container's address that names another bridge than the container is on. */
bool rules_is_stale(const struct rule *rule, const struct scene *scene);

#endif
