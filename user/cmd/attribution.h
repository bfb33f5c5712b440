/* SPDX-License-Identifier: GPL-2.0 */
/* Which way of naming the rule that decided is used here: the best that proves itself. */
#ifndef DD_ATTRIBUTION_H
#define DD_ATTRIBUTION_H

#include "model.h"

struct probe;
struct scratch;

/*
 * Whether a scheme tells the truth here; it stays armed if it does, and the probe has no sink
 * afterwards. Needs scratch_rules().
 */
bool attribution_works(struct probe *p, struct scratch *scratch, enum scheme scheme);

/*
 * The same for SCHEME_COUNTERS, by a rule of iptables-legacy's, version 6: of ip6tables-legacy's.
 * Stays armed if it works.
 */
bool attribution_counters(struct probe *p, struct scratch *scratch, int version);

/*
 * Tries the schemes that do without a change to anybody's ruleset, best first, with a rule that is
 * known; wanted SCHEME_NONE: all of them, else that one alone. The scheme that told the truth stays
 * armed. SCHEME_NONE: none of them did, or there are no rules of nftables to tell of. Afterwards the
 * probe has no sink; see probe_redirect().
 */
enum scheme attribution_choose(struct probe *p, struct scratch *scratch, enum scheme wanted);

#endif
