/* SPDX-License-Identifier: GPL-2.0 */
#include "view/text.h"

#include <ctype.h>
#include <inttypes.h>
#include <linux/if_ether.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/kernel_words.h"
#include "base/strbuf.h"
#include "core/rules.h"
#include "view/doctor.h"
#include "view/heading.h"
#include "view/names.h"
#include "view/path.h"
#include "view/traffic.h"
#include "view/words.h"

#define WIDTH_DEFAULT 80
#define WIDTH_MIN     60
#define LABEL_COLS    9

struct page {
	FILE *out;
	const struct scene *scene;
	const struct verdict *v;
	struct text_style style;
	bool unexplained; /* the evidence has to speak for itself */
};

/* A labelled part; what is empty is left out. */
static void item(const struct page *p, const char *label, const struct strbuf *text)
{
	if (!text->len)
		return;
	fprintf(p->out, "%-*s", LABEL_COLS, label);
	words_print(p->out, p->style.width, LABEL_COLS, LABEL_COLS, strbuf_str(text));
}

static int results(const struct verdict *v, enum verdict_kind kind)
{
	int n = 0;

	for (int i = 0; i < v->n_probes; i++)
		n += v->probes[i].result == kind;
	return n;
}

static void add_delivered(const struct page *p, struct strbuf *sb)
{
	const struct verdict *v = p->v;
	double min = 0, max = 0, sum = 0;
	int n = 0;

	for (int i = 0; i < v->n_probes; i++) {
		double ms = (double)v->probes[i].rtt_us / 1000;

		if (ms < 0)
			continue;
		min = !n || ms < min ? ms : min;
		max = ms > max ? ms : max;
		sum += ms;
		n++;
	}
	words_add(sb, "", "%d of %d answered", results(v, VERDICT_DELIVERED), v->n_probes);
	if (n)
		words_add(sb, ", ", "rtt min/avg/max %.2f/%.2f/%.2f ms", min, sum / n, max);
}

/* Whose fate the verdict is: "request, 3 of 3 probes". */
static void add_subject(const struct page *p, struct strbuf *sb)
{
	const struct verdict *v = p->v;
	int n = v->drop.found ? v->drop.count : results(v, v->kind);

	if (v->drop.found && v->drop.hop.neigh)
		strbuf_addf(sb, "%s for the ", v->drop.hop.pkt.ethertype == ETH_P_IPV6 ?
						       "Neighbour Discovery" : "ARP");
	strbuf_addf(sb, "%s", name_direction(v->direction) ?: "exchange");
	if (v->following.on)
		strbuf_addf(sb, ", the first packet that died");
	else if (!v->n_probes)
		strbuf_addf(sb, ", no probe was sent");
	else if (n > v->n_probes)
		strbuf_addf(sb, ", %d packets", n);
	else if (n)
		strbuf_addf(sb, ", %d of %d probes", n, v->n_probes);
}

static void add_drop(const struct page *p, struct strbuf *sb)
{
	const struct drop *drop = &p->v->drop;
	const char *reason = drop->hop.reason_name;

	if (drop->in_bridge && !drop->in_netfilter && drop->hop.role == ROLE_HOST)
		words_add(sb, ", ", "not passed on by %s", drop->bridge);
	else
		words_add_place(sb, ", ", p->scene, &drop->hop);
	if (drop->in_netfilter && drop->hook_known)
		words_add_hook(sb, ", hook ", drop->hook_pf, drop->hook_num);
	words_add_symbol(sb, ", ", &drop->hop.where);
	if (reason[0])
		words_add(sb, " ", "(%s)", reason);
}

enum whereabouts { NOT_SAID, LAST_SEEN, SOURCE };

/* What the first line of the answer says where no drop was seen. */
static const struct {
	const char *text;
	enum whereabouts where;
} endings[] = {
	[VERDICT_DELIVERED] = { "", NOT_SAID },
	[VERDICT_DROPPED] = { ", no drop was seen", LAST_SEEN },
	[VERDICT_REFUSED] = { ", answered with an error", NOT_SAID },
	[VERDICT_UNANSWERED] = { ", arrived, but nothing came back", LAST_SEEN },
	[VERDICT_UNSENT] = { ", never left ", SOURCE },
	[VERDICT_VANISHED] = { ", no drop was reported", LAST_SEEN },
	[VERDICT_INCONCLUSIVE] = { "", LAST_SEEN },
};
_Static_assert(ARRAY_SIZE(endings) == N_VERDICTS, "one for each verdict");

static void add_ending(const struct page *p, struct strbuf *sb)
{
	const struct hop *last = path_last(p->v);
	enum whereabouts where = endings[p->v->kind].where;

	strbuf_addf(sb, "%s", endings[p->v->kind].text);
	if (where == SOURCE)
		words_add(sb, "", "%s", p->scene->ends[ROLE_SRC].name);
	else if (where == LAST_SEEN && last)
		words_add_place(sb, ", last seen ", p->scene, last);
}

/* The verdict's word, in the labels' column, which it may be too long for. Returns the next column.
 */
static int print_word(const struct page *p)
{
	const char *word = name_verdict(p->v->kind);
	int len = (int)strlen(word), blanks = len + 2 < LABEL_COLS ? LABEL_COLS - len : 2;

	if (p->style.colour)
		fputs(p->v->kind == VERDICT_DELIVERED ? TEXT_GREEN : TEXT_RED, p->out);
	for (; *word; word++)
		putc(toupper(*word), p->out);
	if (p->style.colour)
		fputs(TEXT_PLAIN, p->out);
	fprintf(p->out, "%*s", blanks, "");
	return len + blanks;
}

static void print_verdict(const struct page *p)
{
	struct strbuf sb __cleanup(strbuf_free) = { 0 };
	int at = print_word(p);

	if (p->v->following.on && !p->v->n_probes) {
		traffic_add(&sb, &p->v->following);
	} else if (p->v->kind == VERDICT_DELIVERED) {
		add_delivered(p, &sb);
	} else {
		add_subject(p, &sb);
		if (p->v->drop.found)
			add_drop(p, &sb);
		else
			add_ending(p, &sb);
	}
	words_print(p->out, p->style.width, at, LABEL_COLS, strbuf_str(&sb));
}

static void print_rule(const struct page *p)
{
	struct strbuf sb __cleanup(strbuf_free) = { 0 };
	struct strbuf place __cleanup(strbuf_free) = { 0 };
	const struct drop *drop = &p->v->drop;

	if (!drop->found || !drop->in_netfilter)
		return;
	if (!drop->rule_known && drop->culprit.kind && drop->culprit.kind != CULPRIT_QUEUE)
		words_add(&sb, "", "none that is known");
	else if (!drop->rule_known)
		words_add(&sb, "", "unknown; which one it was could not be found out");
	else
		words_add_rule(&sb, &drop->rule);
	if (drop->rule_known)
		words_add_rule_place(&place, &drop->rule);
	if (drop->rule_known && (drop->hop.role == ROLE_SRC || drop->hop.role == ROLE_DST))
		words_add_place(&place, ", ", p->scene, &(struct hop){ .role = drop->hop.role });
	if (place.len)
		strbuf_addf(&sb, "\n%s", strbuf_str(&place));
	item(p, "rule", &sb);
}

static void print_port(const struct page *p)
{
	struct strbuf sb __cleanup(strbuf_free) = { 0 };
	const struct drop *drop = &p->v->drop;
	const struct link *port = &drop->port;
	const char *state = kernel_port_state(port->port_state);

	if (!drop->found || !drop->in_bridge)
		return;
	words_add(&sb, "", "%s of %s", port->name[0] ? port->name : "none", drop->bridge);
	if (port->ifindex) {
		words_add(&sb, ": ", "%s", state ?: "not attached to it");
		words_add(&sb, ", ", "%s", port->up ? "up" : "down");
	}
	if (port->ifindex && port->port_isolated)
		words_add(&sb, ", ", "isolated");
	item(p, "port", &sb);
}

static void print_cause(const struct page *p)
{
	struct strbuf sb __cleanup(strbuf_free) = { 0 };
	const struct cause *c = &p->v->cause;

	if (!c->id[0])
		return;
	words_add(&sb, "", "%s", c->text);
	item(p, "because", &sb);
	for (int i = 0; i < c->n_remedies; i++) {
		struct strbuf command __cleanup(strbuf_free) = { 0 };

		strbuf_add_safe(&command, c->remedy[i]);
		fprintf(p->out, "%-*s%s\n", LABEL_COLS, i ? "" : "do", strbuf_str(&command));
	}
}

/* The engine switches the FORWARD policy to DROP itself, so a policy is nobody's for certain. */
static void add_part(const struct page *p, struct strbuf *sb)
{
	const struct drop *drop = &p->v->drop;
	bool rule = drop->found && drop->in_netfilter && drop->rule_known;
	enum owner own = strcmp(p->scene->engine.name, "Podman Engine") ? OWNER_DOCKER : OWNER_PODMAN;

	if (rule && drop->owner == own)
		strbuf_addf(sb, "the rule is its own");
	else if (rule && drop->rule.policy)
		strbuf_addf(sb, "who set the policy is not known");
	else if (rule && drop->owner == OWNER_UNKNOWN && own == OWNER_DOCKER)
		strbuf_addf(sb, "the rule is in a chain of its own, and none that it is known to make");
	else if (rule && (drop->owner == OWNER_USER || drop->owner == OWNER_UNKNOWN))
		strbuf_addf(sb, "the rule is not its own");
	else if (rule)
		strbuf_addf(sb, "the rule is not its own but %s", rules_owner_whose(drop->owner));
	else if (!strncmp(p->v->cause.id, "docker-", strlen("docker-")))
		strbuf_addf(sb, "its own doing");
	else if (p->unexplained || (drop->found && drop->in_netfilter))
		strbuf_addf(sb, "its part in this is not known");
	else
		strbuf_addf(sb, "none of its rules has a part in this");
}

static void print_engine(const struct page *p)
{
	struct strbuf sb __cleanup(strbuf_free) = { 0 };

	if (!p->scene->engine.name[0])
		return;
	heading_add_engine(&sb, &p->scene->engine);
	strbuf_addf(&sb, "; ");
	add_part(p, &sb);
	item(p, "engine", &sb);
}

static void print_advisories(const struct page *p)
{
	for (int i = 0; i < p->v->n_advisories; i++) {
		const struct advisory *a = &p->v->advisories[i];
		struct strbuf sb __cleanup(strbuf_free) = { 0 };

		words_add(&sb, "", "%s (%s)", a->text, a->url);
		item(p, i ? "" : "version", &sb);
	}
}

static void print_stack(const struct page *p)
{
	struct strbuf sb __cleanup(strbuf_free) = { 0 };
	const struct hop *h = &p->v->drop.hop;

	if (!p->v->drop.found || !p->style.verbose)
		return;
	for (uint32_t i = 0; i < h->stack_n && i < DD_STACK_MAX; i++)
		words_add_symbol(&sb, " < ", &h->stack[i]);
	item(p, "stack", &sb);
}

static void add_count(struct strbuf *sb, uint64_t n, const char *one, const char *many)
{
	if (n)
		words_add(sb, "; ", "%" PRIu64 " %s", n, n == 1 ? one : many);
}

/* How far the answer can be trusted; nothing where it is exact and whole. */
static void print_note(const struct page *p)
{
	struct strbuf sb __cleanup(strbuf_free) = { 0 };
	const struct verdict *v = p->v;

	if (v->kind != VERDICT_DELIVERED && !p->unexplained)
		strbuf_addf(&sb, "%s", words_doubt(v->cause.confidence));
	if (v->kind == VERDICT_DELIVERED && p->scene->ends[ROLE_DST].paused)
		strbuf_addf(&sb, "%s is paused: its kernel answers for it, its processes do not",
			    p->scene->ends[ROLE_DST].name);
	add_count(&sb, v->events_lost, "event was lost", "events were lost");
	add_count(&sb, v->events_missed, "event of some traffic was skipped, perhaps of this",
		  "events of some traffic were skipped, perhaps of this");
	add_count(&sb, v->events_malformed, "event could not be read", "events could not be read");
	add_count(&sb, v->hops_left_out, "step was left out", "steps were left out");
	if (v->interrupted && !v->following.on)
		words_add(&sb, "; ", "interrupted, %d of %d probes were sent", v->n_probes,
			  p->scene->request.count);
	item(p, "note", &sb);
}

/* Faults that the packet did not get to. */
static void print_also(const struct page *p)
{
	for (int i = 0; i < p->v->n_also; i++) {
		struct strbuf sb __cleanup(strbuf_free) = { 0 };
		const struct cause *c = &p->v->also[i];

		words_add(&sb, "", "%s (%s)", c->text, c->id);
		item(p, "also", &sb);
	}
}

static void print_traffic(const struct page *p)
{
	struct strbuf sb __cleanup(strbuf_free) = { 0 };
	struct strbuf resets __cleanup(strbuf_free) = { 0 };
	const struct following *f = &p->v->following;

	if (!f->on)
		return;
	if (p->v->n_probes)
		traffic_add(&sb, f);
	traffic_add_resets(&resets, p->scene, f);
	item(p, "traffic", &sb);
	item(p, "resets", &resets);
}

/* The check that would have told it beforehand; or, where nothing else tells, what the checks say. */
static void print_doctor(const struct page *p)
{
	struct strbuf sb __cleanup(strbuf_free) = { 0 };
	const struct diagnosis *d = p->v->doctor;

	if (d && d->n_findings)
		strbuf_addf(&sb, "this is wrong with the two, whatever the packets show:");
	else if (d)
		strbuf_addf(&sb, "nothing is wrong that could be seen without a packet");
	else if (p->v->check)
		words_add(&sb, "", "`dockdrop doctor` finds this without traffic: check %s", p->v->check);
	item(p, "doctor", &sb);
	if (d)
		doctor_text_findings(p->out, d, &p->style);
}

static void print_answer(const struct page *p)
{
	print_verdict(p);
	print_traffic(p);
	if (p->v->kind != VERDICT_DELIVERED && (p->v->n_probes || !p->v->following.on)) {
		print_rule(p);
		print_port(p);
		print_cause(p);
		print_also(p);
		print_engine(p);
		print_advisories(p);
		print_stack(p);
	}
	print_note(p);
	print_doctor(p);
}

static bool unexplained(const struct verdict *v)
{
	return v->kind == VERDICT_INCONCLUSIVE || !v->cause.id[0] ||
	       !strcmp(v->cause.id, "unknown") || !strcmp(v->cause.id, "vanished");
}

void text_verdict(FILE *out, const struct scene *scene, const struct verdict *v,
		  const struct text_style *style)
{
	struct page p = { out, scene, v, *style, unexplained(v) };
	bool failed = v->kind != VERDICT_DELIVERED;

	if (p.style.width < WIDTH_MIN)
		p.style.width = p.style.width ? WIDTH_MIN : WIDTH_DEFAULT;
	if (failed && p.unexplained)
		p.style.verbose = true;
	heading_print(out, scene, &p.style);
	if (failed || p.style.verbose) {
		putc('\n', out);
		if (path_print(out, scene, v, &p.style))
			putc('\n', out);
	}
	print_answer(&p);
}
