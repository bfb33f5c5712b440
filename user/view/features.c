/* SPDX-License-Identifier: GPL-2.0 */
#include "view/features.h"

#include <inttypes.h>
#include <string.h>

#include "base/strbuf.h"
#include "view/text.h"

static const char *const states[] = {
	[WORKS_UNKNOWN] = "?", [WORKS_NO] = "no", [WORKS_YES] = "yes"
};

static void print_head(FILE *out, const struct features *f, bool colour)
{
	char attach[SHORT_LEN * 4], scheme[SHORT_LEN * 4];

	fprintf(out, "%s%s%s: kernel %s, %s\n", colour && !f->can_trace ? TEXT_RED : "",
		f->can_trace ? "trace can run here" : "trace cannot run here",
		colour && !f->can_trace ? TEXT_PLAIN : "", f->kernel, f->arch);
	if (f->can_trace)
		fprintf(out, "probes by %s, rules of nftables by %s\n",
			safe_text(attach, sizeof(attach), f->attach),
			f->scheme[0] ? safe_text(scheme, sizeof(scheme), f->scheme)
				     : "nothing yet");
}

static void print_rows(FILE *out, const struct features *f)
{
	const char *section = "";

	for (int i = 0; i < f->n_rows; i++) {
		const struct feature *row = &f->rows[i];
		char detail[sizeof(row->detail) * 4];

		if (strcmp(section, row->section) != 0)
			fprintf(out, "\n%s\n", row->section);
		section = row->section;
		fprintf(out, "  %-22s%-4s%s%s\n", row->name, states[row->works],
			row->detail[0] ? " " : "", safe_text(detail, sizeof(detail), row->detail));
		if (row->cost)
			fprintf(out, "      costs: %s\n", row->cost);
		if (row->remedy)
			fprintf(out, "      needs: %s\n", row->remedy);
	}
}

static void print_programs(FILE *out, const struct features *f)
{
	fprintf(out,
		"\nprograms: %" PRIu64 " ms to load, %" PRIu64 " ms to attach, %" PRIu64
		" ms to let go\n",
		f->load_us / 1000, f->attach_us / 1000, f->detach_us / 1000);
	for (int i = 0; i < f->n_programs; i++) {
		const struct program_cost *p = &f->programs[i];
		char name[SHORT_LEN * 4];

		fprintf(out, "  %-28s %-10s %6" PRIu32 " instructions %7" PRIu64 " us\n",
			safe_text(name, sizeof(name), p->name), p->kind, p->instructions,
			p->load_us);
	}
}

void features_text(FILE *out, const struct features *f, bool colour, bool verbose)
{
	print_head(out, f, colour);
	print_rows(out, f);
	if (verbose && f->n_programs)
		print_programs(out, f);
}
