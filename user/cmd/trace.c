/* SPDX-License-Identifier: GPL-2.0 */
#include "cmd/trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "cmd/aftermath.h"
#include "cmd/answer.h"
#include "cmd/attribution.h"
#include "cmd/evidence_file.h"
#include "cmd/rulebook.h"
#include "cmd/scene.h"
#include "core/passive.h"
#include "core/session.h"
#include "source/caps.h"
#include "source/ping.h"
#include "source/probe.h"
#include "source/scratch.h"
#include "view/evidence.h"

#define NS_PER_MS 1000000ull

/* Probes leave this far apart, so that all have left before the first could be slow. */
#define PACE_MS 2

/* Nothing seen for this long: what is still missing will not come by itself. */
#define QUIET_MS 150

/* How often traffic that is there is looked at for what did not happen. */
#define CHECK_MS 20

/* ... and the routes, links and ports that it takes. */
#define REREAD_MS 1000

#define FDS_MAX (N_ROLES + DD_PROBES_MAX + 2)

/* Everything that is open while the probes run. */
struct run {
	const struct options *options;
	struct scene scene;
	struct places places;
	struct dd_filter filter;
	struct session *session;
	struct passive *passive; /* in place of session and ping: nothing is sent */
	struct probe *probe;
	struct ping *ping;
	const struct ksym *ksym;
	struct reason *reasons;
	FILE *evidence; /* NULL: not wanted */
	struct scratch *scratch; /* NULL: nothing to try there */
	struct rulebook rules;
	int n_sent;
	uint64_t next_send_ns, deadline_ns;
};

static void run_close(struct run *r)
{
	rulebook_close(&r->rules);
	ping_close(r->ping);
	probe_close(r->probe);
	scratch_close(r->scratch);
	session_close(r->session);
	passive_close(r->passive);
	places_close(&r->places);
}

/* ---- rules ---------------------------------------------------------------------- */

static bool is_allowed(const struct run *r, enum scheme scheme)
{
	return !r->options->rules || r->options->rules == scheme;
}

/* The one that adds a table to the user's ruleset is the last resort. */
static void scheme_choose(struct run *r)
{
	if (r->scratch)
		r->rules.scheme = attribution_choose(r->probe, r->scratch, r->options->rules);
	if (!r->rules.scheme && !r->options->no_nftrace && is_allowed(r, SCHEME_NFTRACE))
		r->rules.scheme = SCHEME_NFTRACE;
}

static int rule_of_drop(void *ctx, const struct hop *drop, const struct hit *hit, const char *table,
			struct rule *out)
{
	struct run *r = ctx;
	int err = rulebook_rule(&r->rules, drop, hit, table, out);

	if (!err)
		evidence_rule(r->evidence, out);
	return err;
}

static int culprit_of_drop(void *ctx, const struct hop *drop, const struct hit *hit,
			   enum dd_hook_stage stage, struct culprit *out)
{
	const struct run *r = ctx;
	int err = rulebook_culprit(&r->rules, drop, hit, stage, out);

	if (!err)
		evidence_culprit(r->evidence, out);
	return err;
}

static void look(void *ctx, const struct hop *drop, unsigned int looks, struct aftermath *out)
{
	const struct run *r = ctx;

	aftermath_read(&r->scene, &r->places, drop, looks, out);
	evidence_aftermath(r->evidence, out);
}

/* ---- events --------------------------------------------------------------------- */

static void on_event(void *ctx, const void *data, size_t len)
{
	struct run *r = ctx;

	if (r->passive) {
		passive_event(r->passive, data, len);
		return;
	}
	session_event(r->session, data, len);
	evidence_event(r->evidence, data, len, r->ksym, r->reasons);
}

static void on_hit(void *ctx, const struct hit *hit)
{
	struct run *r = ctx;

	if (r->passive) {
		passive_hit(r->passive, hit);
		return;
	}
	session_hit(r->session, hit);
	evidence_hit(r->evidence, hit);
}

static void on_answer(struct run *r, const struct answer *answer)
{
	session_answer(r->session, answer);
	evidence_answer(r->evidence, answer);
}

static void on_sent(struct run *r, const struct sent *sent)
{
	session_sent(r->session, sent);
	evidence_sent(r->evidence, sent);
}

/*
 * Events first: nftables queued its messages before the packet was freed, so that whoever has seen
 * the drop finds the rule waiting.
 */
static void everything_read(struct run *r)
{
	struct answer answer;

	if (r->probe)
		probe_drain(r->probe);
	rulebook_read(&r->rules, on_hit, r);
	while (r->ping && ping_answer(r->ping, &answer) == 1)
		on_answer(r, &answer);
	if (r->passive)
		passive_lost(r->passive, probe_lost(r->probe) + r->rules.lost,
			     probe_missed(r->probe), probe_thinned(r->probe));
	else if (r->probe)
		session_lost(r->session, probe_lost(r->probe) + r->rules.lost,
			     probe_missed(r->probe));
}

static void probe_send(struct run *r, uint64_t now)
{
	struct sent sent = { .probe = r->n_sent + 1, .ts_ns = now };
	int err = ping_send(r->ping, r->n_sent + 1, &sent);

	if (err)
		sent.err = err;
	on_sent(r, &sent);
	r->n_sent++;
	r->next_send_ns = now + PACE_MS * NS_PER_MS;
	r->deadline_ns = now + r->scene.request.timeout_ms * NS_PER_MS;
}

static bool all_sent(const struct run *r)
{
	return r->n_sent == r->scene.request.count;
}

static bool is_over(const struct run *r, uint64_t now)
{
	uint64_t last = session_last_ns(r->session);

	if (interrupt_came())
		return true;
	if (!all_sent(r))
		return false;
	if (now >= r->deadline_ns || session_settled(r->session, PHASE_NOW))
		return true;
	return now >= last + QUIET_MS * NS_PER_MS && session_settled(r->session, PHASE_QUIET);
}

static int until(uint64_t when, uint64_t now)
{
	return when > now ? (when - now) / NS_PER_MS + 1 : 0;
}

/* Sleeps until something comes in, or the next thing is due. */
static void wait_for_more(const struct run *r, uint64_t now)
{
	struct pollfd fds[FDS_MAX] = { { .fd = probe_fd(r->probe), .events = POLLIN } };
	uint64_t quiet = session_last_ns(r->session) + QUIET_MS * NS_PER_MS;
	int timeout = until(all_sent(r) ? r->deadline_ns : r->next_send_ns, now);
	int n = 1;

	n += rulebook_fds(&r->rules, fds + n);
	n += ping_fds(r->ping, fds + n, FDS_MAX - n);
	if (quiet > now && until(quiet, now) < timeout)
		timeout = until(quiet, now);
	poll(fds, n, timeout);
}

static void probes_run(struct run *r)
{
	uint64_t now = clock_now_ns();

	while (!is_over(r, now)) {
		if (!all_sent(r) && now >= r->next_send_ns)
			probe_send(r, now);
		wait_for_more(r, now);
		everything_read(r);
		now = clock_now_ns();
	}
}

/* Until a packet dies, the time is up, or the user has had enough. */
static void traffic_follow(struct run *r)
{
	int timeout_ms = r->scene.request.timeout_ms;
	uint64_t now = clock_now_ns(), deadline = now + timeout_ms * NS_PER_MS, read = now;

	log_debug("following");
	while (!interrupt_came() && (!timeout_ms || now < deadline) &&
	       !passive_settled(r->passive, now)) {
		struct pollfd fds[FDS_MAX] = { { .fd = probe_fd(r->probe), .events = POLLIN } };
		int n = 1;

		n += rulebook_fds(&r->rules, fds + n);
		poll(fds, n, CHECK_MS);
		everything_read(r);
		now = clock_now_ns();
		if (now < read + REREAD_MS * NS_PER_MS)
			continue;
		scene_reread(&r->scene, &r->places);
		read = now;
	}
	scene_reread(&r->scene, &r->places);
}

/* The kernel refused the address itself: no packet can leave, and none needs to be watched. */
static void all_refused(struct run *r, int err)
{
	for (int n = 1; n <= r->scene.request.count; n++) {
		const struct sent sent = { n, clock_now_ns(), err };

		on_sent(r, &sent);
	}
}

static bool is_refusal(const struct run *r, int err)
{
	/* without a program that may say so it is a privilege that we lack */
	if (err == -EPERM && scene_sender(&r->scene, &r->places) >= 0)
		return true;
	return err == -ENETUNREACH || err == -EHOSTUNREACH || err == -EACCES || err == -EINVAL ||
	       err == -ENETDOWN || err == -EADDRNOTAVAIL;
}

/* ---- from start to verdict --------------------------------------------------------- */

/* A namespace of our own is of use only where functions can be probed. */
static int probes_open(struct run *r)
{
	enum probe_kind strongest = functions_strongest(r->reasons);
	bool legacy = rulebook_legacy(&r->rules);
	struct probe_plan plan = {
		.filter = &r->filter,
		.functions = {
			.btf = r->reasons,
			.ksym = r->ksym,
			.version = r->filter.l3 == AF_INET6 ? 6 : 4,
			.protocol = r->filter.l4,
			.legacy = legacy,
			.strongest = strongest < r->options->probes ? strongest :
								      r->options->probes,
		},
		.between_tables = legacy,
	};
	int err = plan.functions.strongest > PROBE_TRACEPOINT ? scratch_open(&r->scratch) : 0;

	if (err)
		log_debug("a namespace of our own: %s", strerror(-err));
	plan.test_netns = r->scratch ? scratch_netns(r->scratch) : 0;
	err = probe_open(&plan, on_event, r, &r->probe);
	if (err)
		return err;
	scheme_choose(r);
	if (r->scratch && legacy)
		attribution_counters(r->probe, r->scratch, plan.functions.version);
	r->rules.suspects = (struct suspects){ .untraced = !r->rules.scheme,
					       .between_tables = probe_tells_tables(r->probe) };
	probe_redirect(r->probe, on_event, r);
	return 0;
}

static int watch_open(struct run *r)
{
	int err = probes_open(r);

	if (err)
		return err;
	text_copy(r->scene.attach, sizeof(r->scene.attach), probe_kind(r->probe));
	rulebook_watch(&r->rules, &r->filter, r->probe);
	evidence_scene(r->evidence, &r->scene);
	return 0;
}

/* Without probes the filter is their addresses, and what was asked for. */
static int traffic_open(struct run *r)
{
	const struct endpoint *ends = r->scene.ends;
	const struct request *request = &r->scene.request;
	bool ip6 = ends[ROLE_DST].ip.family == AF_INET6;
	struct dd_filter *f = &r->filter;

	if (!ends[ROLE_SRC].ip.family) {
		log_error("%s has no address towards %s, so there is no traffic to follow",
			  ends[ROLE_SRC].name, ends[ROLE_DST].name);
		return -ENETUNREACH;
	}
	f->passive = true;
	f->l3 = ends[ROLE_DST].ip.family;
	f->l4 = request->protocol == IPPROTO_ICMP && ip6 ? IPPROTO_ICMPV6 : request->protocol;
	f->dport = htons(request->port);
	memcpy(f->src, ends[ROLE_SRC].ip.bytes, sizeof(f->src));
	memcpy(f->dst, ends[ROLE_DST].ip.bytes, sizeof(f->dst));
	return watch_open(r);
}

static int sources_open(struct run *r)
{
	const struct endpoint *ends = r->scene.ends;
	const struct ping_way way = {
		.netns = r->places.netns[ROLE_SRC],
		.cgroup = scene_sender(&r->scene, &r->places),
		.src = ends[ROLE_SRC].ip,
		.dst = ends[ROLE_DST].ip,
	};
	int err;

	scene_filter(&r->scene, &r->filter);
	if (r->passive)
		return traffic_open(r);
	err = ping_open(&way, &r->scene.request, &r->filter, &r->ping);
	if (is_refusal(r, err)) {
		evidence_scene(r->evidence, &r->scene);
		all_refused(r, err);
		return 0;
	}
	if (err) {
		log_error("probes cannot be sent from %s: %s", ends[ROLE_SRC].name, strerror(-err));
		return err;
	}
	return watch_open(r);
}

/* What has not come by then may have been on its way. */
static void verdict_interrupt(struct verdict *v)
{
	v->interrupted = true;
	if (v->drop.found || (v->kind != VERDICT_UNANSWERED && v->kind != VERDICT_VANISHED))
		return;
	v->kind = VERDICT_INCONCLUSIVE;
	v->cause = (struct cause){ 0 };
}

/* What the other of the two began is told from its side. */
static struct places places_of(const struct run *r, const struct scene *scene)
{
	struct places p = r->places;

	if (addr_equal(&scene->ends[ROLE_SRC].ip, &r->scene.ends[ROLE_SRC].ip))
		return p;
	for (int role = ROLE_SRC; role <= ROLE_DST; role++) {
		p.netns[role] = r->places.netns[!role];
		p.cgroups[role] = r->places.cgroups[!role];
	}
	return p;
}

static int trace(struct run *r)
{
	const struct session_ops ops = { .rule = rule_of_drop, .culprit = culprit_of_drop,
					 .look = look, .ctx = r };
	const struct scene *scene = &r->scene;
	struct places places;
	struct verdict v;

	if (r->scene.request.passive ?
		    passive_open(scene, r->ksym, r->reasons, &ops, &r->passive) :
		    session_open(scene, r->ksym, r->reasons, &ops, &r->session)) {
		log_error("out of memory");
		return EXIT_CANNOT_RUN;
	}
	/* kernels that pass rx_sk (6.13) have a reason for every packet with a wrong checksum */
	if (reason_tracepoint_args(r->reasons, "kfree_skb") < 4)
		scene_checksums(&r->places);
	if (sources_open(r))
		return EXIT_CANNOT_RUN;
	if (r->passive)
		traffic_follow(r);
	else if (r->ping)
		probes_run(r);
	everything_read(r);
	if (r->probe)
		evidence_lost(r->evidence, probe_lost(r->probe) + r->rules.lost,
			      probe_missed(r->probe));
	scene_refresh(&r->scene, &r->places);
	evidence_after(r->evidence, &r->scene);
	if (r->passive)
		passive_verdict(r->passive, &v, &scene);
	else
		session_verdict(r->session, &v);
	if (interrupt_came() && r->passive)
		v.interrupted = true;
	else if (interrupt_came())
		verdict_interrupt(&v);
	if (v.kind != VERDICT_DELIVERED && !interrupt_came() && !scene_still_there(&r->scene, &r->places))
		return EXIT_CANNOT_RUN;
	places = places_of(r, scene);
	return answer_give(r->options, scene, &places, &v);
}

int cmd_trace(const struct options *o)
{
	struct reason *reasons __cleanup(cleanup_reason) = NULL;
	struct ksym *ksym __cleanup(cleanup_ksym) = NULL;
	struct run *r __free = calloc(1, sizeof(*r));
	FILE *evidence __fclose = NULL;
	int status = EXIT_CANNOT_RUN;

	if (!r || caps_check() || reason_open(&reasons) || ksym_open(&ksym) ||
	    evidence_file_open(o->evidence, &evidence))
		return EXIT_CANNOT_RUN;
	*r = (struct run){ .options = o, .ksym = ksym, .reasons = reasons, .evidence = evidence };
	r->rules = (struct rulebook){ .scene = &r->scene, .places = &r->places };
	interrupt_catch();
	if (!scene_build(o, &r->scene, &r->places))
		status = trace(r);
	run_close(r);
	return evidence_file_done(evidence, o->evidence) ? EXIT_CANNOT_RUN : status;
}
