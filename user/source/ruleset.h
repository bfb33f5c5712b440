/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The firewall's rules as their own tools print them, read-only: nftables through libnftables,
 * iptables-nft, arptables and ebtables through their programs, since only they can print their
 * extensions. No table is created and no module is loaded by looking.
 */
#ifndef DD_RULESET_H
#define DD_RULESET_H

#include "model.h"

/* What the names of dockdrop's own tables begin with. */
#define RULESET_OWN "dockdrop_"

enum ruleset_kind { RULESET_TABLES, RULESET_CHAINS, RULESET_RULES };

/* An object of nftables. Names are cut to fit. */
struct ruleset_object {
	uint8_t family;      /* NFPROTO_* */
	uint16_t generation; /* of the ruleset, its low bits */
	char table[NFT_NAME_LEN];
	char chain[NFT_NAME_LEN]; /* chains and rules */
	uint64_t handle;       /* of the object itself */
};

typedef void (*ruleset_sink)(void *ctx, const struct ruleset_object *object);

/* Which objects: family NFPROTO_UNSPEC: of all; table and chain narrow the search for rules, NULL: all. */
struct ruleset_wanted {
	enum ruleset_kind kind;
	uint8_t family;
	const char *table, *chain;
};

#define RULESET_ALL(of_kind) (&(const struct ruleset_wanted){ .kind = (of_kind) })

/*
 * Gives every object that is wanted to the sink, rules in their order. What is not there is not an
 * error. 0, or a negative errno: -EOPNOTSUPP without nf_tables, -EINTR if the ruleset changed meanwhile,
 * -ETIMEDOUT, -ENAMETOOLONG.
 */
int ruleset_list(int netns, const struct ruleset_wanted *wanted, ruleset_sink sink, void *ctx);

/*
 * Completes what a scheme could not tell of a step: family, table, chain. -ENOENT: no rule or chain
 * fits any more; -EMLINK: more than one does.
 */
int ruleset_place(int netns, struct hit *hit);

/*
 * The rule behind a step of nftrace (HIT_RULE): number in its chain and text. For HIT_POLICY the
 * chain's policy as the text. What the step itself says of the rule is in out in any case; text is
 * empty where no more is to be had: the rule is gone (the engine rewrites its chains), the ruleset
 * does not stand still, its tool is missing, or a name is cut or cannot be put to nft. -EINVAL: the
 * step names no table or chain.
 */
int ruleset_rule(int netns, const struct hit *hit, struct rule *out);

/* The ruleset's generation, its low bits: it counts every change. 0, or as ruleset_list(). */
int ruleset_generation(int netns, uint16_t *out);

/*
 * "iptables-nft", "iptables-legacy", "nftables", or "" if there are no rules: who holds Docker's
 * chains; without any, who holds rules.
 */
int ruleset_backend(int netns, char *out, size_t out_len);

/* Whether firewalld's tables or chains are there; SAYS_NOTHING if that cannot be read. */
enum says ruleset_firewalld(int netns);

/* Parsers behind ruleset_rule(), for tests. */

/*
 * From the output of iptables-save and its like (ebtables too): rule number index of n, or for
 * index 0 the policy, of chain out->chain. -ENOENT: the program shows no such chain, or not all of
 * its rules.
 */
int ruleset_parse_save(const char *text, int index, int n, struct rule *out);

/* From the output of "nft -a list chain": the rule out->handle, or for handle 0 the policy. */
int ruleset_parse_nft(const char *text, struct rule *out);

#endif
