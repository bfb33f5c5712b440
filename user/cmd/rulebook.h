/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which rule dropped: what is remembered of each namespace's rules before the first packet, what
 * nftables tells meanwhile, and the rule as it reads, once a drop is known.
 */
#ifndef DD_RULEBOOK_H
#define DD_RULEBOOK_H

#include <poll.h>

#include "cmd/suspects.h"
#include "model.h"

struct legacy;
struct nftrace;
struct places;
struct probe;

struct rulebook {
	const struct scene *scene;   /* borrowed */
	const struct places *places; /* borrowed */
	enum scheme scheme;          /* by which rules of nftables are named */
	struct nftrace *nftrace[N_ROLES];
	struct legacy *legacy[N_ROLES]; /* the counters before the first packet */
	uint16_t generation[N_ROLES];   /* of nftables' rules before the first packet */
	struct suspects suspects;
	uint64_t lost; /* messages of nftables' */
	struct {
		bool known;
		enum role role;
		uint16_t generation;
		struct hit hit;
		struct rule rule;
	} told; /* the last one: each probe meets the same, and a long chain takes its time to print */
};

/* Reads the counters of iptables-legacy. Returns whether it is in use anywhere. */
bool rulebook_legacy(struct rulebook *b);

/* Before the first packet, with .scheme and .suspects set. Also marks the hooks of every namespace. */
void rulebook_watch(struct rulebook *b, const struct dd_filter *filter, struct probe *probe);
void rulebook_close(struct rulebook *b);

/* What nftables told since the last call. */
void rulebook_read(struct rulebook *b, void (*on_hit)(void *ctx, const struct hit *hit), void *ctx);

/* Fills in what to wait for, at most N_ROLES of them; returns how many. */
int rulebook_fds(const struct rulebook *b, struct pollfd *fds);

/* As rule and culprit of struct session_ops in core/session.h. 0, or a negative errno. */
int rulebook_rule(struct rulebook *b, const struct hop *drop, const struct hit *hit,
		  const char *table, struct rule *out);
int rulebook_culprit(const struct rulebook *b, const struct hop *drop, const struct hit *hit,
		     enum dd_hook_stage stage, struct culprit *out);

#endif
