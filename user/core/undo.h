/* SPDX-License-Identifier: GPL-2.0 */
/* The command that takes a rule away, in the words of the tool that made it. */
#ifndef DD_UNDO_H
#define DD_UNDO_H

#include "base/strbuf.h"
#include "model.h"

/*
 * Adds the command that removes the rule, or opens the policy; where it is not one rule for certain,
 * the command that lists the chain. False if the rule is not known well enough for either.
 */
bool undo_rule(const struct rule *rule, struct strbuf *out);

/*
 * The same for a rule of iptables by its text instead of its number, which other rules that come and go
 * change meanwhile. Of other backends it is undo_rule().
 */
bool undo_rule_exactly(const struct rule *rule, struct strbuf *out);

#endif
