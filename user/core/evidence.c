/* SPDX-License-Identifier: GPL-2.0 */
#include "core/evidence.h"

#include <errno.h>
#include <string.h>

#include "base/addr.h"
#include "core/attached.h"
#include "core/bridge.h"
#include "core/gate.h"
#include "core/stack_facts.h"
#include "core/way_facts.h"

#define ICMP_UNREACH 3
#define ICMP_PORT_UNREACH 3
#define ICMP_FRAG_NEEDED 4
#define ICMPV6_UNREACH 1
#define ICMPV6_PORT_UNREACH 4
#define ICMPV6_TOO_BIG 2

bool evidence_is_container(const struct evidence *e, enum role r)
{
	return r <= ROLE_DST && e->scene->ends[r].kind == ENDPOINT_CONTAINER;
}

bool evidence_named(const struct hop *hop, const char *reason)
{
	return !strcmp(hop->reason_name, reason);
}

bool evidence_in_function(const struct hop *hop, const char *prefix)
{
	return !strncmp(hop->where.function, prefix, strlen(prefix));
}

/* A packet that waited for its neighbour's address and was given up: the consequence, not the loss. */
static bool is_given_up(const struct hop *drop)
{
	return drop && !drop->neigh && drop->layer == LAYER_NEIGH &&
	       !evidence_named(drop, "NEIGH_CREATEFAIL");
}

/* One direction's messages: question, its answer, and what the two were needed for. */
struct side {
	enum message ask, answer, data;
};

static const struct side sides[] = {
	{ MSG_NEIGH_ASK, MSG_NEIGH_ANSWER, MSG_REQUEST },
	{ MSG_NEIGH_ASK_BACK, MSG_NEIGH_ANSWER_BACK, MSG_REPLY },
};

/* The message of this direction that got nowhere, when no drop says so. */
static enum message lost_on_side(const struct journey *j, int probe, const struct side *s)
{
	enum point data = journey_reached(j, probe, s->data, NULL);
	enum point ask = journey_reached(j, probe, s->ask, NULL);
	enum point answer = journey_reached(j, probe, s->answer, NULL);

	/* behind a router the host asks as well, after the data reached it */
	bool held = data == POINT_NONE || (!j->scene->shared && data == POINT_HOST_IN);

	if (!held || ask == POINT_NONE || answer >= POINT_ARRIVED)
		return s->data;
	return answer > POINT_NONE ? s->answer : s->ask;
}

/* The request was seen in the destination's stack. */
static bool got_in(const struct journey *j, int probe)
{
	for (int i = 0; i < j->n_hops; i++) {
		const struct hop *hop = &j->hops[i];

		if (hop->role == ROLE_DST && hop->probe == probe && journey_message(hop) == MSG_REQUEST &&
		    (hop->step == STEP_ENTERED || hop->step == STEP_PASSED || hop->step == STEP_REACHED ||
		     (hop->step == STEP_CONSUMED && hop->where.function[0] && journey_used(hop))))
			return true;
	}
	return false;
}

/*
 * Nothing shows that the request got past its device, and something that takes packets without a word
 * is attached there. That a packet was used up is also said of such, and by whom since 6.3 alone.
 */
static bool is_taken(const struct evidence *e)
{
	const struct journey *j = e->journey;

	return journey_reached(j, e->probe, MSG_REQUEST, NULL) >= POINT_ARRIVED &&
	       journey_reached(j, e->probe, MSG_REPLY, NULL) == POINT_NONE &&
	       journey_reached(j, e->probe, MSG_NEIGH_ASK_BACK, NULL) == POINT_NONE &&
	       attached_takes(e->scene, ROLE_DST) && !got_in(j, e->probe);
}

/* A message that no device was seen to send may have been seen before that. */
static const struct hop *seen_before(const struct evidence *e)
{
	const struct journey *j = e->journey;
	const struct hop *last = NULL;

	for (int i = 0; i < j->n_hops; i++) {
		const struct hop *hop = &j->hops[i];

		if (hop->role == e->from && journey_message(hop) == e->lost &&
		    (hop->neigh || hop->probe == e->probe) &&
		    (hop->step == STEP_PASSED || hop->step == STEP_QUEUED))
			last = hop;
	}
	return last;
}

/* What was redirected came no farther on its way than to where that was done. */
static void find_redirected(struct evidence *e)
{
	const struct hop *before;

	if (e->drop || !attached_redirected(e, &before))
		return;
	e->last = before;
	e->reached = before->role == ROLE_HOST				? POINT_HOST_IN :
		     before->role == e->to				? POINT_ARRIVED :
		     before->step == STEP_SENT ? POINT_SENT : POINT_NONE;
}

static void find_lost(struct evidence *e)
{
	const struct journey *j = e->journey;
	bool arrived = journey_reached(j, e->probe, MSG_REQUEST, NULL) >= POINT_ARRIVED && !e->taken;
	static const enum role from[N_MESSAGES] = {
		[MSG_NEIGH_ANSWER] = ROLE_DST, [MSG_NEIGH_ASK_BACK] = ROLE_DST, [MSG_REPLY] = ROLE_DST,
	};

	if (e->drop && !is_given_up(e->drop))
		e->lost = journey_message(e->drop);
	else
		e->lost = lost_on_side(j, e->probe, &sides[arrived]);
	e->from = from[e->lost];
	e->to = e->from == ROLE_SRC ? ROLE_DST : ROLE_SRC;
	e->reached = journey_reached(j, e->probe, e->lost, &e->last);
	find_redirected(e);
	if (e->taken)
		e->reached = POINT_ARRIVED;
	if (e->reached == POINT_NONE && !e->drop && !j->sent[e->probe].err)
		e->last = seen_before(e);
}

/*
 * An answer, though the container was not seen to get the request: somebody else gave it. Only told
 * where receiving is seen at all: the request was seen to leave, and no event was left out.
 */
static bool is_impostor(const struct evidence *e)
{
	return evidence_is_container(e, ROLE_DST) && !e->journey->hops_left_out &&
	       !e->journey->events_lost &&
	       journey_reached(e->journey, e->probe, MSG_REQUEST, NULL) > POINT_NONE &&
	       journey_reached(e->journey, e->probe, MSG_REQUEST, NULL) < POINT_ARRIVED;
}

/* Our raw sockets get their copy before the stack looks at the checksum; nobody else's would get it. */
static bool is_spoilt(const struct evidence *e)
{
	return e->drop && e->drop->role == ROLE_SRC && e->lost == MSG_REPLY &&
	       strstr(e->drop->reason_name, "_CSUM");
}

static enum verdict_kind kind_of(const struct evidence *e)
{
	const struct sent *sent = &e->journey->sent[e->probe];
	const struct answer *answer = &e->journey->answers[e->probe];

	if (is_spoilt(e))
		return VERDICT_DROPPED;
	if (answer->probe && answer->kind == ANSWER_REPLY)
		return is_impostor(e) ? VERDICT_VANISHED : VERDICT_DELIVERED;
	if (answer->probe)
		return VERDICT_REFUSED;
	if (e->drop && !is_given_up(e->drop))
		return VERDICT_DROPPED;
	if (is_given_up(e->drop) && e->drop->role == ROLE_SRC)
		return VERDICT_UNSENT;
	if (sent->err || e->lost == MSG_NEIGH_ASK || e->lost == MSG_NEIGH_ANSWER)
		return VERDICT_UNSENT;
	if (journey_reached(e->journey, e->probe, MSG_REQUEST, NULL) >= POINT_ARRIVED && !e->taken &&
	    (e->lost != MSG_REPLY || !e->last))
		return VERDICT_UNANSWERED;
	return e->last ? VERDICT_VANISHED : VERDICT_INCONCLUSIVE;
}

bool evidence_buffer_full(const struct evidence *e)
{
	return e->looked && e->after.service.queued >= e->after.service.room &&
	       e->after.service.room;
}

bool evidence_in_queue(const struct hop *drop)
{
	/* nf_queue() frees what __nf_queue() did not take; net/netfilter/nf_queue.c */
	return evidence_in_function(drop, "nf_queue") || evidence_in_function(drop, "__nf_queue");
}

static void culprit_facts(struct evidence *e)
{
	switch (e->culprit.kind) {
	case CULPRIT_QUEUE:
		e->facts |= e->culprit.unattended ? FACT_UNATTENDED : FACT_QUEUE;
		break;
	case CULPRIT_CT_FULL:
		e->facts |= FACT_CT_FULL;
		break;
	case CULPRIT_CONNTRACK:
		e->facts |= FACT_CONNTRACK;
		break;
	case CULPRIT_PROGRAM:
		e->facts |= FACT_PROGRAM;
		break;
	case CULPRIT_NONE:
		break;
	}
}

static const uint64_t purpose_facts[N_PURPOSES] = {
	[PURPOSE_INTERNAL] = FACT_INTERNAL,   [PURPOSE_ICC] = FACT_ICC_OFF,
	[PURPOSE_DIRECT] = FACT_DIRECT,       [PURPOSE_DIRECT_PORT] = FACT_DIRECT,
	[PURPOSE_UNPUBLISHED] = FACT_UNPUBLISHED,
};

static void netfilter_facts(struct evidence *e)
{
	if (!e->drop || e->drop->layer != LAYER_NETFILTER)
		return;
	e->facts |= FACT_NETFILTER;
	e->at_fault = e->drop->role;
	if (evidence_is_container(e, e->drop->role))
		e->facts |= FACT_CONTAINER;
	culprit_facts(e);
	if (!e->has_rule)
		return;
	if (e->rule.policy) {
		e->facts |= FACT_POLICY;
		return;
	}
	e->facts |= FACT_RULE;
	if (rules_is_reject(&e->rule)) {
		e->facts |= FACT_REJECT;
		/* also where the error stays within the source's own stack, or is lost in turn */
		if (e->kind == VERDICT_DROPPED && e->lost == MSG_REQUEST)
			e->kind = VERDICT_REFUSED;
	}
	e->facts |= purpose_facts[e->purpose];
	if (rules_is_isolation(&e->rule, e->scene))
		e->facts |= FACT_ISOLATION;
	if (rules_is_stale(&e->rule, e->scene))
		e->facts |= FACT_STALE;
	if (rules_is_outdated(&e->rule, e->scene))
		e->facts |= FACT_OUTDATED;
}

static bool says_no_socket(const struct hop *drop)
{
	return evidence_named(drop, "NO_SOCKET") ||
	       (!drop->reason_name[0] &&
		(evidence_in_function(drop, "tcp_v4_rcv") || evidence_in_function(drop, "__udp4_lib_rcv") ||
		 evidence_in_function(drop, "tcp_v6_rcv") || evidence_in_function(drop, "__udp6_lib_rcv")));
}

static void drop_facts(struct evidence *e)
{
	if (!e->drop)
		return;
	if (e->drop->role == ROLE_DST && e->lost == MSG_REQUEST && says_no_socket(e->drop))
		e->facts |= FACT_NO_SOCKET;
}

/* Which ICMP errors mean it, by the family of whoever sent them. */
static bool says_no_port(const struct answer *a)
{
	if (a->from.family == AF_INET6)
		return a->icmp_type == ICMPV6_UNREACH && a->icmp_code == ICMPV6_PORT_UNREACH;
	return a->icmp_type == ICMP_UNREACH && a->icmp_code == ICMP_PORT_UNREACH;
}

static bool says_too_long(const struct answer *a)
{
	if (a->kind != ANSWER_ICMP)
		return false;
	if (a->from.family == AF_INET6)
		return a->icmp_type == ICMPV6_TOO_BIG;
	return a->icmp_type == ICMP_UNREACH && a->icmp_code == ICMP_FRAG_NEEDED;
}

static void answer_facts(struct evidence *e)
{
	const struct answer *a = &e->journey->answers[e->probe];
	int protocol = e->scene->request.protocol;
	bool port = protocol == IPPROTO_UDP && a->kind == ANSWER_ICMP && says_no_port(a) &&
		    addr_equal(&a->from, &e->scene->ends[ROLE_DST].ip);
	bool reset = protocol == IPPROTO_TCP && a->kind == ANSWER_RESET;

	if (!a->probe)
		return;
	e->facts |= FACT_SAID;
	if ((reset || port) && !(e->facts & FACT_NETFILTER))
		e->facts |= is_impostor(e) ? FACT_IMPOSTOR : FACT_NO_SOCKET;
	if (says_too_long(a) && !(e->facts & FACT_NETFILTER))
		e->facts |= FACT_TOO_LONG;
}

static void progress_facts(struct evidence *e)
{
	const struct answer *answer = &e->journey->answers[e->probe];

	if (answer->probe && answer->kind == ANSWER_REPLY && e->kind == VERDICT_VANISHED)
		e->facts |= FACT_IMPOSTOR;
	if (e->scene->request.protocol == IPPROTO_ICMP)
		e->facts |= FACT_ICMP;
	if (e->journey->sent[e->probe].err)
		e->facts |= e->journey->sent[e->probe].err == -EMSGSIZE ? FACT_TOO_LONG :
									  FACT_SEND_ERROR;
	if (e->kind == VERDICT_UNANSWERED)
		e->facts |= FACT_ARRIVED;
	if ((!e->drop || is_given_up(e->drop)) && e->last &&
	    (e->reached < POINT_ARRIVED ||
	     (e->reached == POINT_ARRIVED && (e->taken || e->lost == MSG_REPLY))))
		e->facts |= FACT_GAP;
}

void evidence_gather(const struct journey *j, int probe, const struct blame *blame,
		     struct evidence *out)
{
	evidence_of_drop(j, probe, journey_drop(j, probe), blame, out);
}

void evidence_of_drop(const struct journey *j, int probe, const struct hop *drop,
		      const struct blame *blame, struct evidence *out)
{
	struct evidence e = { .scene = j->scene, .journey = j, .probe = probe, .drop = drop };

	e.given_up = is_given_up(e.drop);
	if (blame)
		e.culprit = blame->culprit;
	if (blame && blame->looked) {
		e.looked = true;
		e.after = blame->after;
	}
	if (blame && blame->has_rule) {
		e.has_rule = true;
		e.rule = blame->rule;
		e.owner = rules_owner(&e.rule, e.scene);
		e.purpose = rules_purpose(&e.rule, e.scene);
		rules_parse(e.rule.text, &e.words);
	}
	e.taken = !e.drop && is_taken(&e);
	find_lost(&e);
	if (attached_strayed(&e)) {
		e.drop = NULL;
		find_lost(&e);
	}
	e.kind = kind_of(&e);
	/* in the order in which a packet meets them: the first to name a device or port keeps it */
	if ((e.drop && !is_given_up(e.drop)) || j->sent[probe].err)
		e.facts |= FACT_SAID;
	if (!e.scene->shared && evidence_is_container(&e, ROLE_SRC) && evidence_is_container(&e, ROLE_DST))
		e.facts |= FACT_NOT_SHARED;
	netfilter_facts(&e);
	drop_facts(&e);
	way_link_facts(&e);
	bridge_facts(&e);
	attached_facts(&e);
	gate_facts(&e);
	way_route_facts(&e);
	answer_facts(&e);
	progress_facts(&e);
	stack_facts(&e);
	*out = e;
}
