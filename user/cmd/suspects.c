/* SPDX-License-Identifier: GPL-2.0 */
#include "cmd/suspects.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <stdlib.h>
#include <string.h>

#include "base/iptables.h"
#include "core/evidence.h"
#include "source/bpfcall.h"
#include "source/bpflinks.h"
#include "source/nfqueue.h"

void suspects_watch(struct suspects *s, enum role role, int netns)
{
	s->places[role].watched = true;
	s->places[role].netns = netns;
	conntrack_read(netns, &s->places[role].conntrack);
}

/* "--queue-num 7", "queue num 7", "queue flags bypass to 7"; of several nobody knows which. */
static int queue_of(const struct rule *rule)
{
	const char *rest = rule ? rule->text : "", *before = "";
	char words[2][SHORT_LEN] = { "", "" }, *end;
	bool quoted, comment = false;

	for (int i = 0; iptables_word_next(&rest, words[i], SHORT_LEN, &quoted); i = !i) {
		long number = strtol(words[i], &end, 10);

		if (!comment && !quoted && end != words[i] && !*end &&
		    (!strcmp(before, "--queue-num") || !strcmp(before, "num") || !strcmp(before, "to")))
			return (int)number;
		before = quoted ? "" : words[i];
		comment = !quoted && !comment && !strcmp(words[i], "--comment");
	}
	return NFQUEUE_ANY;
}

/*
 * The verdict names the queue in its upper half (NF_QUEUE_NR()). What the expression's own program
 * tells is without that half.
 */
static int queue_culprit(int netns, const struct hit *hit, const struct rule *rule,
			 struct culprit *out)
{
	struct culprit c = { .kind = CULPRIT_QUEUE, .certain = true, .queue = queue_of(rule) };
	bool listener;
	int err;

	if (hit && (!hit->skb || hit->verdict >> NF_VERDICT_QBITS))
		c.queue = hit->verdict >> NF_VERDICT_QBITS;
	err = nfqueue_listener(netns, c.queue, &listener);

	c.unattended = !err && !listener;
	*out = c;
	return 0;
}

/* It sees packets on their way in, and once more behind everything else before they are let go. */
static bool is_tracked(const struct hop *drop)
{
	return (drop->hook_pf == NFPROTO_IPV4 || drop->hook_pf == NFPROTO_IPV6) &&
	       drop->hook_num != NF_INET_FORWARD;
}

/* Since the drop an entry may have run out. */
static bool is_full(const struct conntrack *c)
{
	return c->count >= c->max - c->max / 100;
}

static int conntrack_culprit(const struct suspects *s, enum role role, const struct hop *drop,
			     struct culprit *out)
{
	const struct conntrack *before = &s->places[role].conntrack;
	struct conntrack now;

	if (!before->max || !is_tracked(drop) || conntrack_read(s->places[role].netns, &now))
		return -ENOENT;
	if (before->counts_drops && now.counts_drops ? now.drops == before->drops : !is_full(&now))
		return -ENOENT;
	*out = (struct culprit){ .kind = is_full(&now) ? CULPRIT_CT_FULL : CULPRIT_CONNTRACK,
				 .count = now.count, .max = now.max };
	return 0;
}

/* Between the last marker that the packet passed and the next; see markers[] in source/probe.c. */
static int program_culprit(const struct suspects *s, enum role role, const struct hop *drop,
			   enum dd_hook_stage stage, struct culprit *out)
{
	static const int32_t priorities[DD_STAGE_MAX] = {
		[0] = INT32_MIN,
		[DD_STAGE_ENTER] = NF_IP_PRI_FIRST,
		[DD_STAGE_RAW] = NF_IP_PRI_RAW,
		[DD_STAGE_MANGLE] = NF_IP_PRI_MANGLE,
		[DD_STAGE_FILTER] = NF_IP_PRI_FILTER,
		[DD_STAGE_SECURITY] = NF_IP_PRI_SECURITY,
		[DD_STAGE_LEAVE] = NF_IP_PRI_LAST - 1,
	};
	struct bpflinks_place place = { .pf = drop->hook_pf, .hook = drop->hook_num,
					.above = priorities[stage], .below = INT32_MAX };
	int n;

	/* the next marker sits behind what has its priority */
	if (s->between_tables && stage >= DD_STAGE_ENTER && stage < DD_STAGE_SECURITY)
		place.below = priorities[stage + 1] + 1;
	n = bpflinks_netfilter(s->places[role].netns, &place, out);
	if (n <= 0)
		return n ? n : -ENOENT;
	out->ambiguous = n > 1 || s->untraced;
	return 0;
}

/* The kernel said who it was: what is asked is what helps against it. */
static int told_culprit(const struct suspects *s, enum role role, const struct hop *drop,
			const struct hit *hit, struct culprit *out)
{
	struct bpflinks_place place = { .pf = drop->hook_pf, .hook = drop->hook_num,
					.above = INT32_MIN, .below = INT32_MAX,
					.program = hit->program };
	struct culprit c = { .kind = CULPRIT_CONNTRACK };
	struct conntrack now;

	if (hit->type == HIT_PROGRAM && bpflinks_netfilter(s->places[role].netns, &place, &c) != 1) {
		c = (struct culprit){ .kind = CULPRIT_PROGRAM, .program = hit->program };
		bpfcall_program_name(hit->program, c.name, sizeof(c.name));
	}
	if (hit->type == HIT_CONNTRACK && !conntrack_read(s->places[role].netns, &now) && now.max &&
	    is_full(&now)) {
		c.kind = CULPRIT_CT_FULL;
		c.count = now.count;
		c.max = now.max;
	}
	c.certain = true;
	*out = c;
	return 0;
}

int suspects_find(const struct suspects *s, enum role role, const struct hop *drop,
		  const struct hit *hit, enum dd_hook_stage stage, struct culprit *out)
{
	struct culprit tracking, program;
	bool is_tracking, is_program;

	if (!s->places[role].watched)
		return -ENOENT;
	if (evidence_in_queue(drop))
		return queue_culprit(s->places[role].netns, hit, s->rule, out);
	if (hit && (hit->type == HIT_PROGRAM || hit->type == HIT_CONNTRACK))
		return told_culprit(s, role, drop, hit, out);
	/* what nftables freed itself, or said that it drops, was nobody else's */
	if (hit || !drop->hook_pf || !strncmp(drop->where.function, "nft_", 4))
		return -ENOENT;
	is_tracking = !conntrack_culprit(s, role, drop, &tracking);
	is_program = !program_culprit(s, role, drop, stage, &program);
	if (!is_tracking && !is_program)
		return -ENOENT;
	*out = is_tracking ? tracking : program;
	out->ambiguous |= is_tracking && is_program;
	return 0;
}
