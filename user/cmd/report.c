/* SPDX-License-Identifier: GPL-2.0 */
#include "cmd/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "cmd/terminal.h"
#include "source/pcapng.h"
#include "view/losses.h"
#include "view/recording.h"

/* What is wrong with the file; NULL: nothing. */
static const char *damage_of(int err, const struct recording *r)
{
	if (err == -ENODATA)
		return "it is cut short: what follows the last whole second is missing";
	if (err)
		return "it is damaged: what follows the damage is missing";
	if (r->malformed)
		return "some of its lines cannot be understood, and are left out";
	if (!r->ended)
		return "it has no end: it is still written, or dockdrop was killed and the last second is missing";
	return NULL;
}

static int read_all(struct pcapng_reader *reader, struct recording *r)
{
	struct pcapng_record record;
	int err;

	while ((err = pcapng_next(reader, &record)) == 1) {
		if (record.kind == PCAPNG_PACKET)
			r->packets++;
		else if (recording_line(r, record.text))
			return -ENOMEM;
	}
	return err;
}

static void print_text(const struct recording *r, const struct loss *const *kinds, size_t n,
		       const struct loss_totals *totals, const struct text_style *style)
{
	const struct losses_sum sum = {
		.totals = totals, .kinds = kinds, .n = n, .from_ns = r->from_ns, .to_ns = r->to_ns,
	};
	char name[SHORT_LEN], version[SHORT_LEN], kernel[SHORT_LEN];

	printf("%s %s, kernel %s%s\n",
	       safe_text(name, sizeof(name), r->scene.engine.name[0] ? r->scene.engine.name : "engine"),
	       safe_text(version, sizeof(version), r->scene.engine.version),
	       safe_text(kernel, sizeof(kernel), r->scene.kernel),
	       r->redacted ? "; names and addresses are not the real ones" : "");
	printf("%zu packets are in the file\n", (size_t)r->packets);
	losses_summary(stdout, &sum, style);
	losses_timeline(stdout, r->timeline, r->seconds, r->from_ns);
	losses_talkers(stdout, kinds, n);
	losses_notes(stdout, r->notes, r->n_notes);
}

static int print_json(const struct recording *r, const struct loss *const *kinds, size_t n,
		      const struct loss_totals *totals, const char *damage)
{
	const struct loss_document d = {
		.scene = &r->scene, .from_ns = r->from_ns, .to_ns = r->to_ns, .totals = totals,
		.kinds = kinds, .n = n, .timeline = r->timeline, .seconds = r->seconds,
		.notes = r->notes, .n_notes = r->n_notes,
		.damage = damage,
	};
	char *json __free = loss_json_document(&d);

	if (!json)
		return -ENOMEM;
	printf("%s\n", json);
	return 0;
}

static int print(const struct options *o, const struct recording *r, const char *damage)
{
	const struct text_style style = { .colour = terminal_colour(o->colour), .width = terminal_width(0) };
	const struct loss **kinds __free = NULL;
	struct loss_totals totals;
	long n = recording_sorted(r, LOSS_SHOWN, &kinds);

	recording_totals(r, &totals);
	if (n < 0 || (o->json && print_json(r, kinds, n, &totals, damage))) {
		log_error("out of memory");
		return EXIT_CANNOT_RUN;
	}
	if (!o->json)
		print_text(r, kinds, n, &totals, &style);
	if (damage)
		return EXIT_INCONCLUSIVE;
	return n ? EXIT_NOT_DELIVERED : EXIT_DELIVERED;
}

static int cannot_open(const char *path, int err)
{
	if (err == -EPROTO)
		log_error("%s is no recording: it is not pcapng, which dockdrop record writes", path);
	else
		log_error("%s cannot be read: %s", path, strerror(-err));
	return EXIT_CANNOT_RUN;
}

int cmd_report(const struct options *o)
{
	struct pcapng_reader *reader __cleanup(cleanup_pcapng_reader) = NULL;
	struct recording r __cleanup(recording_free) = { 0 };
	int err = pcapng_reader_open(o->src, &reader);
	const char *damage;

	if (err)
		return cannot_open(o->src, err);
	err = read_all(reader, &r);
	if (err == -ENOMEM) {
		log_error("out of memory");
		return EXIT_CANNOT_RUN;
	}
	damage = damage_of(err, &r);
	if (!r.has_head) {
		log_error("%s is pcapng, but no recording of dockdrop's%s%s", o->src,
			  damage ? ", or " : "", damage ? damage : "");
		return EXIT_CANNOT_RUN;
	}
	if (damage)
		log_warn("%s: %s", o->src, damage);
	return print(o, &r, damage);
}
