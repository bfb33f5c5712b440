/* SPDX-License-Identifier: GPL-2.0 */
#include "cmd/rulebook.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "cmd/scene.h"
#include "core/correlate.h"
#include "core/rules.h"
#include "source/legacy.h"
#include "source/nftrace.h"
#include "source/probe.h"
#include "source/ruleset.h"
#include "source/topo.h"

/* The role under which a namespace is watched: containers may share one, with each other or the host. */
static enum role watched_role(const struct rulebook *b, enum role role)
{
	uint32_t inum = correlate_netns(b->scene, role);
	enum role first = ROLE_SRC;

	while (first < role && correlate_netns(b->scene, first) != inum)
		first++;
	return first;
}

static bool is_to_watch(const struct rulebook *b, enum role role)
{
	return correlate_netns(b->scene, role) && watched_role(b, role) == role;
}

static int family_of(const struct rulebook *b)
{
	return b->scene->ends[ROLE_DST].ip.family;
}

bool rulebook_legacy(struct rulebook *b)
{
	bool used = false;

	for (int role = ROLE_SRC; role <= ROLE_HOST; role++) {
		int err;

		if (!is_to_watch(b, role))
			continue;
		err = legacy_snapshot(b->places->netns[role], family_of(b), &b->legacy[role]);
		if (err && err != -ENODATA)
			log_warn("iptables-legacy holds rules and iptables-legacy-save cannot be run "
				 "(%s): a rule of it may stay unnamed", strerror(-err));
		used |= err != -ENODATA;
	}
	return used;
}

void rulebook_watch(struct rulebook *b, const struct dd_filter *filter, struct probe *probe)
{
	for (int role = ROLE_SRC; role <= ROLE_HOST; role++) {
		int ns = b->places->netns[role], err = 0;

		if (!is_to_watch(b, role))
			continue;
		if (b->scheme == SCHEME_NFTRACE)
			err = nftrace_open(ns, role, filter, &b->nftrace[role]);
		if (err && err != -ENODATA)
			log_warn("nftables cannot be traced in %s (%s): a rule of it may stay unnamed",
				 role == ROLE_HOST ? "the host" : b->scene->ends[role].name,
				 strerror(-err));
		ruleset_generation(ns, &b->generation[role]);
		suspects_watch(&b->suspects, role, ns);
		probe_mark_hooks(probe, ns);
	}
}

static int legacy_rule(const struct rulebook *b, enum role role, const struct hop *drop,
		       const char *table, struct rule *out)
{
	struct legacy *after __cleanup(cleanup_legacy) = NULL;
	uint8_t pf = family_of(b) == AF_INET6 ? NFPROTO_IPV6 : NFPROTO_IPV4;
	int err;

	/* what nftables freed itself was no rule of iptables-legacy */
	if (!b->legacy[role] || drop->hook_pf != pf ||
	    !strncmp(drop->where.function, "nft_", 4))
		return -ENOENT;
	err = legacy_snapshot(b->places->netns[role], family_of(b), &after);
	return err ? err : legacy_moved(b->legacy[role], after, drop->hook_num, table,
					 &drop->pkt, out);
}

/* The kernel said which; its text is iptables' to know. */
static int legacy_named(const struct rulebook *b, int netns, const struct hit *hit, struct rule *out)
{
	struct legacy *now __cleanup(cleanup_legacy) = NULL;
	int err = legacy_snapshot(netns, family_of(b), &now);

	return err ? err : legacy_rule_at(now, hit, out);
}

static bool is_same_step(const struct hit *a, const struct hit *b)
{
	return a->type == b->type && a->family == b->family && !strcmp(a->table, b->table) &&
	       !strcmp(a->chain, b->chain) && a->handle == b->handle &&
	       a->chain_handle == b->chain_handle;
}

static int nftables_rule(struct rulebook *b, enum role role, const struct hit *hit,
			 struct rule *out)
{
	int netns = b->places->netns[role], err;
	struct hit placed = *hit;
	uint16_t generation = 0;
	bool dated = !ruleset_generation(netns, &generation);

	if (dated && b->told.known && b->told.role == role && b->told.generation == generation &&
	    is_same_step(&b->told.hit, hit)) {
		*out = b->told.rule;
		return 0;
	}
	err = ruleset_place(netns, &placed);
	if (err)
		log_debug("rule of handle %llu: %s", (unsigned long long)hit->handle, strerror(-err));
	else
		err = ruleset_rule(netns, &placed, out);
	b->told.known = dated && !err && out->text[0];
	if (b->told.known) {
		b->told.role = role;
		b->told.generation = generation;
		b->told.hit = *hit;
		b->told.rule = *out;
	}
	return err;
}

static bool device_is_gone(int netns, const char *device)
{
	struct link link;

	return device[0] && !strchr(device, '+') && topo_link_by_name(netns, device, &link) == -ENODEV;
}

int rulebook_rule(struct rulebook *b, const struct hop *drop, const struct hit *hit,
		  const char *table, struct rule *out)
{
	enum role role = watched_role(b, drop->role);
	int ns = b->places->netns[role];
	uint16_t generation = 0;
	struct rule_words words;
	int err;

	if (ns < 0)
		return -ENOENT;
	if (hit && hit->legacy)
		err = legacy_named(b, ns, hit, out);
	else if (hit)
		err = nftables_rule(b, role, hit, out);
	else
		/* where functions are probed nothing is seen between one table and the next */
		err = legacy_rule(b, role, drop, b->suspects.between_tables ? table : "", out);
	if (err)
		return err;
	/* handles and numbers are given anew when a chain is made anew */
	out->changed = hit && !hit->legacy && !ruleset_generation(ns, &generation) &&
		       generation != b->generation[role];
	rules_parse(out->text, &words);
	out->device_gone = device_is_gone(ns, words.in) || device_is_gone(ns, words.out);
	return 0;
}

int rulebook_culprit(const struct rulebook *b, const struct hop *drop, const struct hit *hit,
		     enum dd_hook_stage stage, struct culprit *out)
{
	return suspects_find(&b->suspects, watched_role(b, drop->role), drop, hit, stage, out);
}

void rulebook_read(struct rulebook *b, void (*on_hit)(void *ctx, const struct hit *hit), void *ctx)
{
	struct hit hit;
	int n;

	for (int role = 0; role < N_ROLES; role++) {
		if (!b->nftrace[role])
			continue;
		while ((n = nftrace_read(b->nftrace[role], &hit)) != 0) {
			if (n == 1)
				on_hit(ctx, &hit);
			else if (n == -ENOBUFS)
				b->lost++;
			else
				break;
		}
	}
}

int rulebook_fds(const struct rulebook *b, struct pollfd *fds)
{
	int n = 0;

	for (int role = 0; role < N_ROLES; role++)
		if (b->nftrace[role])
			fds[n++] = (struct pollfd){ nftrace_fd(b->nftrace[role]), POLLIN, 0 };
	return n;
}

void rulebook_close(struct rulebook *b)
{
	for (int role = 0; role < N_ROLES; role++) {
		nftrace_close(b->nftrace[role]);
		legacy_free(b->legacy[role]);
	}
}
