/* SPDX-License-Identifier: GPL-2.0 */
#include "core/gate.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* A program of the role's cgroup on that side: packets that come in, or all that concerns leaving. */
static bool is_of(const struct evidence *e, const struct program *p, enum role role, bool ingress)
{
	return p->place == PLACE_CGROUP && p->ingress == ingress && role <= ROLE_DST &&
	       !strcmp(p->netns, e->scene->ends[role].name);
}

static bool has_programs(const struct evidence *e, enum role role, bool ingress)
{
	for (int i = 0; i < e->scene->n_programs; i++)
		if (is_of(e, &e->scene->programs[i], role, ingress))
			return true;
	return false;
}

/* What the kernel told of the socket that the dropped packet was for; NULL: nothing. */
static const struct hop *told(const struct evidence *e, const char *function)
{
	const struct journey *j = e->journey;

	for (int i = j->n_hops - 1; i >= 0; i--) {
		const struct hop *hop = &j->hops[i];

		if (hop->step == STEP_DECIDED && !strcmp(hop->where.function, function) &&
		    hop->skb == e->drop->skb && hop->role == e->drop->role &&
		    hop->probe == e->drop->probe && hop->direction == e->drop->direction)
			return hop;
	}
	return NULL;
}

static const struct hop *told_filter(const struct evidence *e)
{
	return told(e, "sk_filter_trim_cap");
}

/* Without reasons: where the packet is freed that a program did not let out. */
static bool is_let_out(const struct evidence *e)
{
	const char *function = e->drop->where.function;

	return e->drop->reason_name[0] || !has_programs(e, e->drop->role, false) ||
	       (!strstr(function, "ip_finish_output") && !strstr(function, "ip6_finish_output"));
}

/* Which of them did it is then concluded from what is there. */
static uint64_t guess(struct evidence *e, uint64_t fact)
{
	e->guessed = true;
	return fact;
}

/* sk_filter_trim_cap() asks the cgroup's programs, a security module, and the socket's filter in turn. */
static uint64_t filter_facts(struct evidence *e)
{
	const struct hop *filter = told_filter(e);
	bool programs = has_programs(e, e->drop->role, true);

	if (filter && filter->filter == DD_FILTER_NONE)
		return programs ? guess(e, FACT_CGROUP) : guess(e, FACT_FILTER);
	if (programs)
		return filter ? FACT_CGROUP | FACT_EITHER : guess(e, FACT_CGROUP);
	return filter ? FACT_FILTER : guess(e, FACT_FILTER);
}

/* Without reasons: a filter was asked last, and the socket had room for what it would have let pass. */
static bool is_filtered(const struct evidence *e)
{
	const struct hop *filter = e->drop->reason_name[0] ? NULL : told_filter(e);

	return filter && (filter->filter != DD_FILTER_NONE || has_programs(e, e->drop->role, true)) &&
	       !evidence_buffer_full(e);
}

static void drop_facts(struct evidence *e)
{
	uint64_t facts = 0;

	if (e->drop->layer == LAYER_CGROUP || told(e, "__cgroup_bpf_run_filter_skb") || !is_let_out(e))
		facts = FACT_CGROUP;
	else if (!strcmp(e->drop->reason_name, "SOCKET_FILTER"))
		facts = filter_facts(e);
	else if (is_filtered(e))
		facts = guess(e, filter_facts(e));
	if (facts)
		e->at_fault = e->drop->role;
	e->facts |= facts;
}

/* Nothing was sent: the kernel would not. */
static bool is_refused(const struct evidence *e)
{
	int err = e->journey->sent[e->probe].err;

	return (!e->drop || e->given_up) && (err == -EPERM || err == -EACCES);
}

/* Our own sockets are of the source's cgroup, and a raw socket's copy is let go of unseen. */
static bool is_taken(const struct evidence *e)
{
	return (!e->drop || e->given_up) && e->lost == MSG_REPLY && e->reached == POINT_USED &&
	       !e->journey->answers[e->probe].probe;
}

void gate_facts(struct evidence *e)
{
	if (e->drop && !e->given_up)
		drop_facts(e);
	if (!(is_refused(e) && has_programs(e, ROLE_SRC, false)) &&
	    !(is_taken(e) && has_programs(e, ROLE_SRC, true)))
		return;
	e->facts |= guess(e, FACT_CGROUP);
	e->at_fault = ROLE_SRC;
}

/* ---- words ------------------------------------------------------------------- */

static bool is_inward(const struct evidence *e)
{
	return is_taken(e) || (e->drop && !strcmp(e->drop->reason_name, "SOCKET_FILTER"));
}

/* For a packet only those about packets; whoever was not let send may have met any. */
static bool is_suspect(const struct evidence *e, const struct program *p)
{
	return is_of(e, p, e->at_fault, is_inward(e)) &&
	       (is_refused(e) || is_inward(e) || !strcmp(p->kind, "cgroup egress"));
}

void gate_drop(const struct evidence *e, struct drop *d)
{
	const struct program *one = NULL;
	int n = 0;

	for (int i = 0; e->facts & FACT_CGROUP && i < e->scene->n_programs; i++) {
		if (!is_suspect(e, &e->scene->programs[i]))
			continue;
		one = &e->scene->programs[i];
		n++;
	}
	if (n == 1 && !(e->facts & FACT_EITHER))
		d->program = *one;
	if (e->facts & FACT_FILTER && told_filter(e) && told_filter(e)->program)
		d->program = (struct program){ .kind = "filter", .id = told_filter(e)->program,
					       .ingress = true };
	if (e->facts & FACT_CGROUP && !e->guessed && !(e->facts & FACT_EITHER))
		d->hop.layer = LAYER_CGROUP;
}

bool gate_add_did(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "%s", is_refused(e) ? "does not let it send" :
			       is_taken(e)   ? "dropped, before its socket could get it," : "dropped");
	return true;
}

/* All that could have: the kernel runs them all and does not say which refused. */
bool gate_add_by(const struct evidence *e, struct strbuf *out)
{
	const char *join = ": ";

	if (is_refused(e))
		strbuf_addf(out, " (%s)", strerrordesc_np(-e->journey->sent[e->probe].err));
	for (int i = 0; i < e->scene->n_programs; i++) {
		const struct program *p = &e->scene->programs[i];

		if (!is_suspect(e, p))
			continue;
		strbuf_addf(out, "%s%s (%s, BPF program %" PRIu32 ")", join,
			    p->name[0] ? p->name : "unnamed", p->kind, p->id);
		join = " or ";
	}
	return true;
}

bool gate_add_cgroup(const struct evidence *e, struct strbuf *out)
{
	const char *path = e->at_fault <= ROLE_DST ? e->scene->cgroups[e->at_fault] : "";

	strbuf_add_shell(out, path);
	return path[0];
}

/* Without a filter: security_sock_rcv_skb() is the only other that says no there. */
bool gate_add_filter(const struct evidence *e, struct strbuf *out)
{
	const struct hop *filter = e->drop ? told_filter(e) : NULL;

	if (filter && filter->filter == DD_FILTER_NONE) {
		strbuf_addf(out, "a security module (SELinux, AppArmor, Smack)");
		return true;
	}
	strbuf_addf(out, "the filter of that socket");
	if (filter && filter->filter == DD_FILTER_BPF)
		strbuf_addf(out, " (BPF program %" PRIu32 ")", filter->program);
	if (filter && filter->filter == DD_FILTER_CLASSIC)
		strbuf_addf(out, " (a classic one, SO_ATTACH_FILTER)");
	return true;
}
