/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A network namespace to try things in, away from everybody's rules: whether a scheme of naming
 * rules tells the truth on this kernel, by a rule that is known. It ends with this process.
 */
#ifndef DD_SCRATCH_H
#define DD_SCRATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "event.h"

struct scratch;

/* Makes the namespace; no rules yet, and nf_tables is not asked for. 0, or a negative errno. */
int scratch_open(struct scratch **out);
void scratch_close(struct scratch *s);
void cleanup_scratch(struct scratch **s);

/* The inode number that names the namespace. */
uint32_t scratch_netns(const struct scratch *s);

/* Puts the rules there that scratch_send()'s packets die by. Once. 0, or a negative errno. */
int scratch_rules(struct scratch *s);

/*
 * Puts a rule of iptables-legacy there, version 6: of ip6tables-legacy, that one of scratch_send()'s
 * packets dies by. Only where its tables are in use already: it would load their modules. 0, or a
 * negative errno.
 */
int scratch_legacy(struct scratch *s, int version);

/* Whether a table can be owned by its maker, so that nothing of it outlives the maker (5.12). */
int scratch_try_owner(struct scratch *s);

/*
 * From now on nftables calls its tracers for packets in every namespace, until this one ends: a rule
 * that nobody passes sets "meta nftrace" (nft_meta_set_init() in net/netfilter/nft_meta.c). No
 * packet is marked by it and no ruleset but this one's changes.
 */
int scratch_trace(struct scratch *s);

/* Sends packets that die by a rule, in a chain that was jumped to, and by a policy. */
int scratch_send(struct scratch *s);

enum scratch_fate { SCRATCH_OTHER, SCRATCH_BY_RULE, SCRATCH_BY_POLICY, SCRATCH_BY_LEGACY };

/* Which of those deaths the record tells, with all its members right; else SCRATCH_OTHER. */
enum scratch_fate scratch_judge(const struct scratch *s, const struct dd_chain_event *chain);

#endif
