/* SPDX-License-Identifier: GPL-2.0 */
#include "view/doctor.h"

#include <string.h>

#include "base/addr.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "core/advisory.h"
#include "view/words.h"

#define LABEL_COLS 9
#define WIDTH_MIN  60

static const char *const severities[] = {
	[SEVERITY_NOTE] = "NOTE",
	[SEVERITY_RISK] = "RISK",
	[SEVERITY_BROKEN] = "BROKEN",
};
_Static_assert(ARRAY_SIZE(severities) == N_SEVERITIES, "a word for each severity");

static int width_of(const struct text_style *style)
{
	return !style->width ? 80 : style->width < WIDTH_MIN ? WIDTH_MIN : style->width;
}

static void item(FILE *out, const struct text_style *style, const char *label, const char *text)
{
	struct strbuf sb __cleanup(strbuf_free) = { 0 };

	if (!*text)
		return;
	words_add(&sb, "", "%s", text);
	fprintf(out, "%-*s", LABEL_COLS, label);
	words_print(out, width_of(style), LABEL_COLS, LABEL_COLS, strbuf_str(&sb));
}

/* ---- who, and with what ------------------------------------------------------------------- */

static void print_engine(FILE *out, const struct checkup *c, const struct text_style *style)
{
	struct strbuf sb __cleanup(strbuf_free) = { 0 };
	const struct engine *e = &c->engine;

	words_add(&sb, "", "%s %s", e->name, e->version);
	if (e->firewall_backend[0])
		words_add(&sb, ", ", "firewall %s", e->firewall_backend);
	for (size_t i = 0; i < c->host.n_sysctls; i++)
		if (!strcmp(c->host.sysctls[i].name, "bridge/bridge-nf-call-iptables"))
			words_add(&sb, ", ", "br_netfilter %s",
				  c->host.sysctls[i].value ? "on" : "off");
	words_print(out, width_of(style), 0, 2, strbuf_str(&sb));
}

static void print_subject(FILE *out, const struct checkup *c, const struct text_style *style)
{
	struct strbuf sb __cleanup(strbuf_free) = { 0 };
	size_t n = 0;

	if (c->scene) {
		for (int r = 0; r < 2; r++) {
			const struct endpoint *end = &c->scene->ends[r];
			char ip[ADDR_TEXT_LEN];

			words_add(&sb, " -> ", "%s", end->name);
			if (strcmp(end->name, addr_format(&end->ip, ip)))
				words_add(&sb, " ", "%s", ip);
		}
		/* the host, or an address, is on none */
		words_add(&sb, c->scene->shared || !c->scene->dst_network.name[0] ? ", network " :
			  ", no shared network: ", "%s", c->scene->network.name);
		if (c->scene->dst_network.name[0])
			words_add(&sb, ", ", "%s", c->scene->dst_network.name);
	} else {
		for (size_t i = 0; i < c->n_networks; i++)
			n += c->networks[i].n_members;
		words_add(&sb, "", "the host, %zu network%s, %zu container%s on them", c->n_networks,
			  c->n_networks == 1 ? "" : "s", n, n == 1 ? "" : "s");
	}
	words_print(out, width_of(style), 0, 2, strbuf_str(&sb));
}

/* ---- what is wrong --------------------------------------------------------------------------- */

static void print_finding(FILE *out, const struct finding *f, const struct text_style *style)
{
	bool red = style->colour && f->severity == SEVERITY_BROKEN;

	fprintf(out, "\n%s%-*s%s%s\n", red ? TEXT_RED : "", LABEL_COLS, severities[f->severity],
		f->check, red ? TEXT_PLAIN : "");
	item(out, style, "", f->text);
	item(out, style, "evidence", strstr(f->text, f->evidence) ? "" : f->evidence);
	item(out, style, "why", f->why);
	for (int i = 0; i < f->n_remedies; i++) {
		struct strbuf command __cleanup(strbuf_free) = { 0 };

		strbuf_add_safe(&command, f->remedy[i]);
		fprintf(out, "%-*s%s\n", LABEL_COLS, i ? "" : "do", strbuf_str(&command));
	}
}

static bool is_told(const struct diagnosis *d, size_t before, const struct advisory *a)
{
	for (size_t i = 0; i < before; i++)
		for (int k = 0; k < d->findings[i].n_advisories; k++)
			if (!strcmp(d->findings[i].advisories[k].id, a->id))
				return true;
	return false;
}

static void print_advisories(FILE *out, const struct diagnosis *d, size_t n,
			     const struct text_style *style)
{
	const struct finding *f = &d->findings[n];

	for (int i = 0; i < f->n_advisories; i++) {
		const struct advisory *a = &f->advisories[i];
		struct strbuf sb __cleanup(strbuf_free) = { 0 };

		if (is_told(d, n, a))
			words_add(&sb, "", "as above (%s)", a->url);
		else
			words_add(&sb, "", "%s (%s)", a->text, a->url);
		item(out, style, i ? "" : "version", strbuf_str(&sb));
	}
}

void doctor_text_findings(FILE *out, const struct diagnosis *d, const struct text_style *style)
{
	for (size_t i = 0; i < d->n_findings; i++) {
		print_finding(out, &d->findings[i], style);
		print_advisories(out, d, i, style);
	}
}

/* One reason may be that of many checks. */
static void print_unmade(FILE *out, const struct diagnosis *d, const struct text_style *style)
{
	for (size_t i = 0; i < d->n_unmade; i++) {
		struct strbuf sb __cleanup(strbuf_free) = { 0 };
		size_t first = 0;

		while (first < i && strcmp(d->unmade[first].why, d->unmade[i].why))
			first++;
		if (first < i)
			continue;
		for (size_t k = i; k < d->n_unmade; k++)
			if (!strcmp(d->unmade[k].why, d->unmade[i].why))
				words_add(&sb, ", ", "%s", d->unmade[k].check);
		words_add(&sb, ": ", "%s", d->unmade[i].why);
		fprintf(out, "%-*s", LABEL_COLS, "unknown");
		words_print(out, width_of(style), LABEL_COLS, LABEL_COLS, strbuf_str(&sb));
	}
}

static int count(const struct diagnosis *d, enum severity severity)
{
	int n = 0;

	for (size_t i = 0; i < d->n_findings; i++)
		n += d->findings[i].severity == severity;
	return n;
}

/* Where nothing is broken, and not all is well: what is broken has its own told with it. */
static void print_known(FILE *out, const struct checkup *c, const struct diagnosis *d,
			const struct text_style *style)
{
	struct strbuf sb __cleanup(strbuf_free) = { 0 };
	int n = advisory_count(&c->engine);

	if (!n || count(d, SEVERITY_BROKEN) || !count(d, SEVERITY_RISK))
		return;
	words_add(&sb, "", "%d problem%s of %s %s %s known: `dockdrop advisories --engine %s`", n,
		  n == 1 ? "" : "s", c->engine.name, c->engine.version, n == 1 ? "is" : "are",
		  c->engine.version);
	item(out, style, "version", strbuf_str(&sb));
}

static void print_sum(FILE *out, const struct checkup *c, const struct diagnosis *d)
{
	int broken = count(d, SEVERITY_BROKEN), risks = count(d, SEVERITY_RISK);

	if (!d->n_findings)
		fputs("nothing wrong found", out);
	else
		fprintf(out, "%d thing%s %s broken, %d at risk, %d to note", broken,
			broken == 1 ? "" : "s",
			broken == 1 ? "is" : "are", risks, count(d, SEVERITY_NOTE));
	if (d->n_unmade)
		fprintf(out, ", %zu unknown", d->n_unmade);
	fprintf(out, "; %d checks made\n", d->n_checks);
	if (c->scene && !broken)
		fputs("what only a packet shows, \"dockdrop trace\" does\n", out);
}

void doctor_text(FILE *out, const struct checkup *c, const struct diagnosis *d,
		 const struct text_style *style)
{
	print_engine(out, c, style);
	print_subject(out, c, style);
	doctor_text_findings(out, d, style);
	if (d->n_findings || d->n_unmade)
		putc('\n', out);
	print_unmade(out, d, style);
	print_known(out, c, d, style);
	print_sum(out, c, d);
}
