/* SPDX-License-Identifier: GPL-2.0 */
/* The last step: who takes in the destination what is sent to the port. */
#include "core/judge.h"

#include <inttypes.h>
#include <linux/netfilter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/array.h"
#include "core/rules.h"

/* What the smallest datagram is charged with: an skb with the smallest head, on 64 bit. */
#define DATAGRAM_MIN 768

/* The words that all its sentences have. */
struct words {
	const char *dst, *t;
	char service[32], port[16], in[IN_LEN], process[SHORT_LEN + 32];
};

static const struct place *place_of(const struct checkup *c)
{
	if (c->scene->ends[ROLE_DST].kind == ENDPOINT_HOST)
		return &c->host;
	return c->ends[ROLE_DST] ? c->ends[ROLE_DST]->place : NULL;
}

static void words_fill(const struct checkup *c, const struct place *p, struct words *w)
{
	const struct request *r = &c->scene->request;
	const struct service *s = &c->service;
	bool tcp = r->protocol == IPPROTO_TCP;

	w->dst = p == &c->host ? "the host" : p->name;
	w->t = tcp ? "t" : "u";
	snprintf(w->service, sizeof(w->service), "%s port %u", tcp ? "TCP" : "UDP", r->port);
	snprintf(w->port, sizeof(w->port), "%u", r->port);
	judge_in(p, w->in, sizeof(w->in));
	if (s->pid)
		snprintf(w->process, sizeof(w->process), "process %s (pid %d)", s->process, s->pid);
	else
		snprintf(w->process, sizeof(w->process), "the service");
}

/* ---- who may take it instead -------------------------------------------------------------- */

static bool is_redirect(const char *text)
{
	static const char *const words[] = { "-j DNAT", "-j REDIRECT", "-j TPROXY", "dnat to",
					     "dnat ip", " redirect", "tproxy" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strstr(text, words[i]))
			return true;
	return false;
}

/* By what it says of port and address. A range or a list of ports may hold it. */
static bool may_be_for(const struct scene *s, const char *text)
{
	struct rule_words w;
	struct ip ip;

	rules_parse(text, &w);
	if (w.port[0] && !w.port_not && w.port[strspn(w.port, "0123456789")] == '\0' &&
	    atoi(w.port) != s->request.port)
		return false;
	return !w.dst[0] || w.dst_not || addr_parse(w.dst, &ip) ||
	       addr_equal(&ip, &s->ends[ROLE_DST].ip);
}

/* A rule of the destination's that sends it to another port or address; what is done then is not known. */
static const char *redirect_of(const struct place *p, const struct scene *s)
{
	for (size_t i = 0; i < p->rules.n_rules; i++)
		if (is_redirect(p->rules.rules[i].text) && may_be_for(s, p->rules.rules[i].text))
			return p->rules.rules[i].text;
	return NULL;
}

/* ---- nobody takes it ------------------------------------------------------------------------- */

static void found_nobody(struct judging *j, const struct words *w)
{
	const struct service *s = &j->c->service;
	bool six = j->c->scene->ends[ROLE_DST].ip.family == AF_INET6;
	char address[ADDR_TEXT_LEN] = "", elsewhere[ADDR_TEXT_LEN + 32] = "";

	if (s->address.family)
		addr_format(&s->address, address);
	if (s->elsewhere && s->elsewhere == s->loopback) {
		judge_found(j, "loopback-only", STAGE_DST, "service", w->service, "dst", w->dst,
			    "address", address, "any", six ? "::" : "0.0.0.0", "in", w->in, "t", w->t,
			    NULL);
		return;
	}
	if (s->elsewhere)
		snprintf(elsewhere, sizeof(elsewhere), ", but something does at %s",
			 address[0] ? address : "addresses of the other family");
	judge_found(j, "no-listener", STAGE_DST, "dst", w->dst, "service", w->service, "elsewhere",
		    elsewhere, "in", w->in, "t", w->t, NULL);
}

static void check_nobody(struct judging *j, const struct place *p, const struct words *w)
{
	const char *redirect = redirect_of(p, j->c->scene);
	char why[RULE_LEN];

	if (!redirect) {
		found_nobody(j, w);
		return;
	}
	snprintf(why, sizeof(why), "nothing in %.64s listens on %s, but a rule there may send it on: %.2048s",
		 w->dst, w->service, redirect);
	judge_unsure(j, "no-listener", why);
}

/* ---- somebody should ---------------------------------------------------------------------------- */

static void check_accept(struct judging *j, const struct place *p, const struct words *w)
{
	const struct service *s = &j->c->service;
	char count[16], half[16], max[16];

	if (j->c->scene->request.protocol != IPPROTO_TCP)
		return;
	snprintf(count, sizeof(count), "%" PRIu32, s->waiting);
	snprintf(half, sizeof(half), "%" PRIu32, s->half_open);
	snprintf(max, sizeof(max), "%" PRIu32, s->backlog);
	/* sk_acceptq_is_full(), and inet_csk_reqsk_queue_is_full() in tcp_conn_request() */
	if (s->waiting > s->backlog)
		judge_found(j, "accept-queue-full", STAGE_DST, "count", count, "service", w->service,
			    "dst", w->dst, "max", max, "process", w->process, "in", w->in, "port",
			    w->port, NULL);
	else if (s->half_open && s->half_open >= s->backlog &&
		 !judge_sysctl(p, "ipv4/tcp_syncookies", 1))
		judge_found(j, "handshakes-full", STAGE_DST, "count", half, "service", w->service,
			    "dst", w->dst, "max", max, "in", w->in, "port", w->port, NULL);
}

static void check_buffer(struct judging *j, const struct words *w)
{
	const struct service *s = &j->c->service;
	char count[16], max[16];

	if (j->c->scene->request.protocol != IPPROTO_UDP || !s->room ||
	    s->queued + DATAGRAM_MIN <= s->room)
		return;
	snprintf(count, sizeof(count), "%" PRIu32, s->queued);
	snprintf(max, sizeof(max), "%" PRIu32, s->room);
	judge_found(j, "receive-buffer-full", STAGE_DST, "service", w->service, "dst", w->dst,
		    "count", count, "max", max, "process", w->process, "in", w->in, "port", w->port,
		    NULL);
}

static void check_process(struct judging *j, const struct words *w)
{
	static const char *const states[] = {
		[PROCESS_STOPPED] = "a signal stopped it",
		[PROCESS_TRACED] = "a debugger holds it",
		[PROCESS_FROZEN] = "its cgroup is frozen, as of a paused container",
	};
	const struct service *s = &j->c->service;

	if (s->state >= ARRAY_SIZE(states) || !states[s->state])
		return;
	/* of several that share the port others may run */
	judge_found_as(j, "service-stopped", s->takers > 1 ? SEVERITY_RISK : SEVERITY_BROKEN,
		       STAGE_DST, "process", w->process, "service", w->service, "dst", w->dst, "state",
		       states[s->state], "in", w->in, "t", w->t, "port", w->port, NULL);
}

void judge_sockets(struct judging *j)
{
	const struct place *p = j->c->scene ? place_of(j->c) : NULL;
	struct words w;

	if (!p || !j->c->service.known)
		return;
	words_fill(j->c, p, &w);
	if (!j->c->service.takers) {
		check_nobody(j, p, &w);
		return;
	}
	check_accept(j, p, &w);
	check_buffer(j, &w);
	check_process(j, &w);
}
