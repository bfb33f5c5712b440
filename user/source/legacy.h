/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iptables-legacy and ip6tables-legacy, read-only. A plain rule of theirs leaves no trace of a packet
 * but its counter. Tables are asked for only if /proc/net/ip_tables_names has them (ip6_...), since asking for any
 * other would create it.
 */
#ifndef DD_LEGACY_H
#define DD_LEGACY_H

#include "base/strbuf.h"
#include "model.h"

struct legacy;

/*
 * All that iptables-legacy-save -c prints of a namespace for AF_INET or AF_INET6, errors as below. The
 * caller frees out.
 */
int legacy_print(int netns, int family, struct strbuf *out);

/*
 * The packet counters of all rules of a namespace for AF_INET or AF_INET6.
 * -ENODATA: no legacy table is in use there. -ENOEXEC: iptables-legacy-save cannot be run.
 */
int legacy_snapshot(int netns, int family, struct legacy **out);

/* The same of iptables-nft, whose rules all have counters, too. */
int legacy_snapshot_nft(int netns, int family, struct legacy **out);
void legacy_free(struct legacy *l);
void cleanup_legacy(struct legacy **l);

/*
 * The rule or policy that dropped, by the counter that moved between two snapshots: hook is the
 * NF_INET_* whose chains count, table the one that dropped ("": unknown), pkt the packet, which rules
 * out some (NULL: none). With more than one candidate .ambiguous is set. -ENOENT: none moved.
 */
int legacy_moved(const struct legacy *before, const struct legacy *after, int hook, const char *table,
		 const struct dd_packet *pkt, struct rule *out);

/*
 * The rule or policy that a hit of iptables-legacy names by table, chain and number, with its text.
 * -ENOENT: there is none such any more.
 */
int legacy_rule_at(const struct legacy *l, const struct hit *hit, struct rule *out);

/* Whether somebody uses a table of arptables-legacy there. */
bool legacy_has_arptables(int netns);

bool legacy_has_chain(const struct legacy *l, const char *name);
bool legacy_has_rules(const struct legacy *l);

/* Parser behind it, for tests: the output of iptables-save -c, ip6tables-save -c. -EPROTO if it is not that. */
int legacy_parse(const char *text, int family, struct legacy **out);

#endif
