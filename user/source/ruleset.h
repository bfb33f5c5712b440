/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The firewall's rules as their own tools print them, read-only. The owner of libnftables; the
 * iptables programs are run for iptables rules, whose extensions only they can print. No table is
 * created and no module is loaded by looking: legacy tables are asked for only if
 * /proc/net/ip_tables_names has them.
 */
#ifndef DD_RULESET_H
#define DD_RULESET_H

#include "model.h"

/*
 * The rule behind a step of nftrace: number in its chain and text, or for a policy the chain's
 * policy as the text. -ENOENT: it is gone (the engine rewrites its chains); out then has the
 * handle, table and chain, and no text.
 */
int ruleset_rule(int netns, const struct hit *hit, struct rule *out);

/* "iptables-nft", "iptables-legacy", "nftables", or "" if there are no rules: who holds Docker's rules. */
int ruleset_backend(int netns, char *out, size_t out_len);

struct legacy;

/*
 * The packet counters of all iptables-legacy rules for IPv4 of a namespace.
 * -ENODATA: no legacy table is in use there. -ENOEXEC: iptables-legacy-save cannot be run.
 */
int legacy_snapshot(int netns, struct legacy **out);
void legacy_free(struct legacy *l);
void cleanup_legacy(struct legacy **l);

/*
 * The rule or policy that dropped, by the counter that moved between two snapshots: hook is the
 * NF_INET_* whose chains count, table the one that dropped ("": unknown). With more than one
 * candidate .ambiguous is set. -ENOENT: none moved.
 */
int legacy_moved(const struct legacy *before, const struct legacy *after, int hook, const char *table,
		 struct rule *out);

/* Parser behind it, for tests: the output of iptables-save -c. -EPROTO if it is not that. */
int legacy_parse(const char *text, struct legacy **out);

#endif
