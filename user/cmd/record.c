/* SPDX-License-Identifier: GPL-2.0 */
#include "cmd/record.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "cmd/account.h"
#include "cmd/capture.h"
#include "core/loss.h"
#include "core/redact.h"
#include "source/pcapng.h"
#include "source/run.h"
#include "view/losses.h"

#define MB (1 << 20)
#define WRITTEN_SLOTS 8192
#define RULES_MAX (4 << 20)
#define RULES_SHARE 16 /* of a file that is limited, for the rules of each tool */

/* As what a kind stands in the file. */
struct written {
	uint32_t n; /* 0: not at all */
	enum loss_class class;
	bool explained, has_rule;
	enum confidence confidence;
};

struct record {
	const struct options *o;
	struct capture *capture;
	struct pcapng *file;
	struct redact *redact; /* NULL: names and addresses are written as they are */
	struct written written[WRITTEN_SLOTS];
	struct loss_tick tick; /* what was counted since the last one */
	size_t room;
	uint64_t max;     /* bytes of a file; 0: no limit */
	uint64_t begun;   /* bytes of its beginning */
	bool started; /* the file has its beginning */
	int err;
};

/* Takes the line. */
static void write_line(struct record *r, char *line)
{
	int err = line ? pcapng_text(r->file, line) : -ENOMEM;

	r->err = r->err ? r->err : err;
	free(line);
}

/* ---- what comes first in a file -------------------------------------------------------- */

static void write_rules(struct record *r, const char *const argv[])
{
	struct strbuf text __cleanup(strbuf_free) = { 0 };
	size_t most = r->max && r->max / RULES_SHARE < RULES_MAX ? r->max / RULES_SHARE : RULES_MAX;

	if (run_capture(stage_host(capture_stage(r->capture)), argv, &text))
		return; /* not installed, or there are none */
	if (text.len > most)
		text.text[most] = '\0';
	if (text.len)
		write_line(r, loss_json_rules("host", argv[0], strbuf_str(&text)));
}

static void write_all_rules(struct record *r)
{
	static const char *const tools[][4] = {
		{ "nft", "list", "ruleset", NULL },
		{ "iptables-nft-save", "-c", NULL },
		{ "ip6tables-nft-save", "-c", NULL },
		{ "iptables-legacy-save", "-c", NULL },
		{ "ip6tables-legacy-save", "-c", NULL },
	};

	/* comments, sets and chains hold names and addresses in any form */
	for (size_t i = 0; !r->redact && i < sizeof(tools) / sizeof(tools[0]); i++)
		write_rules(r, tools[i]);
}

static void write_cast(struct record *r)
{
	const struct cast *cast = stage_cast(capture_stage(r->capture));
	struct cast *other __cleanup(cleanup_cast) = NULL;

	if (r->redact && redact_cast(r->redact, cast, &other)) {
		r->err = -ENOMEM;
		return;
	}
	write_line(r, loss_json_cast(other ? other : cast));
}

/* The totals that the file begins with, which are those that the one before ended with. */
static void write_base(struct record *r)
{
	struct loss_tick base = { .time_ns = r->tick.time_ns, .totals = r->tick.totals };

	if (!base.time_ns)
		base.time_ns = capture_from_ns(r->capture);
	write_line(r, loss_json_tick(&base));
}

static void begin(struct record *r)
{
	r->started = true;
	memset(r->written, 0, sizeof(r->written));
	write_line(r, loss_json_head(stage_scene(capture_stage(r->capture)),
				     capture_from_ns(r->capture), r->redact));
	write_cast(r);
	write_all_rules(r);
	write_base(r);
	r->begun = pcapng_size(r->file);
}

/* What was counted since the last time, of kinds that the file has. */
static void write_tick(struct record *r)
{
	r->tick.time_ns = capture_now_ns(r->capture);
	capture_totals(r->capture, &r->tick.totals);
	write_line(r, loss_json_tick(&r->tick));
	r->tick.n = 0;
}

static void write_end(struct record *r)
{
	pcapng_text(r->file, "{\"type\":\"end\"}");
}

/* A file that its beginning fills is of use all the same: it may be as long again. */
static bool is_full(const struct record *r)
{
	uint64_t size = pcapng_size(r->file);

	return r->max && size >= r->max && size >= 2 * r->begun;
}

/* Starts the file, or the next one of the ring. */
static void make_ready(struct record *r)
{
	if (!r->started) {
		begin(r);
	} else if (r->o->watch.ring && is_full(r) && !r->err) {
		write_tick(r);
		write_end(r);
		if (!pcapng_turn(r->file))
			begin(r);
	}
}

/* ---- kinds, packets, counts --------------------------------------------------------------- */

static bool is_news(const struct written *w, const struct loss *loss)
{
	return w->n != loss->n || w->class != loss->class || w->explained != loss->explained ||
	       w->has_rule != loss->rule.known || w->confidence != loss->cause.confidence;
}

/* Under other names if need be: loss itself, or *copy, which is to be cleared. */
static const struct loss *disguised(struct record *r, const struct loss *loss, struct loss *copy)
{
	if (!r->redact)
		return loss;
	redact_learn(r->redact, stage_cast(capture_stage(r->capture)));
	if (redact_loss(r->redact, loss, copy))
		r->err = -ENOMEM;
	return copy;
}

static void write_kind(struct record *r, const struct loss *loss)
{
	struct written *w = &r->written[loss->n % WRITTEN_SLOTS];
	struct loss copy __cleanup(loss_clear) = { 0 };

	if (!is_news(w, loss))
		return;
	*w = (struct written){ loss->n, loss->class, loss->explained, loss->rule.known,
			       loss->cause.confidence };
	write_line(r, loss_json_kind(disguised(r, loss, &copy)));
}

/* With a link-layer header: where the packet had none, one without addresses. */
static size_t frame_of(const struct capture_packet *p, uint8_t *frame)
{
	const struct dd_sample *s = p->sample;
	size_t at = 0;

	if (!s->link_len) {
		memset(frame, 0, ETH_HLEN);
		frame[12] = s->flow.ethertype >> 8;
		frame[13] = s->flow.ethertype & 0xff;
		at = ETH_HLEN;
	}
	memcpy(frame + at, p->data, s->caplen);
	return at + s->caplen;
}

static void on_packet(void *ctx, const struct loss *loss, const struct capture_packet *p)
{
	struct record *r = ctx;
	uint8_t frame[ETH_HLEN + DD_SNAPLEN_MAX];
	struct loss copy __cleanup(loss_clear) = { 0 };
	size_t caplen = frame_of(p, frame), len = p->sample->len + (p->sample->link_len ? 0 : ETH_HLEN);
	struct pcapng_frame out = {
		.time_ns = p->event.time_ns,
		.data = frame,
		.caplen = caplen,
		.len = len < caplen ? caplen : len,
	};
	const struct loss *shown;
	char *comment __free = NULL;
	char interface[NAME_LEN + DD_IFNAME_LEN + 2];

	make_ready(r);
	write_kind(r, loss);
	shown = disguised(r, loss, &copy);
	comment = losses_comment(shown, &p->event);
	snprintf(interface, sizeof(interface), "%s:%s", shown->netns[0] ? shown->netns : "?",
		 shown->device[0] ? shown->device : "none");
	if (r->redact)
		redact_frame(r->redact, frame, caplen);
	out.interface = interface;
	out.comment = comment;
	pcapng_packet(r->file, &out);
}

static void on_counted(void *ctx, const struct loss *loss, uint64_t n)
{
	struct record *r = ctx;
	struct loss_tick *t = &r->tick;

	if (!r->started)
		begin(r);
	write_kind(r, loss);
	if (t->n == r->room) {
		size_t room = 2 * r->room + 64;
		void *counts = reallocarray(t->counts, room, sizeof(*t->counts));

		if (!counts) {
			r->err = -ENOMEM;
			return;
		}
		t->counts = counts;
		r->room = room;
	}
	t->counts[t->n].loss = loss->n;
	t->counts[t->n++].count = n;
}

static void on_second(void *ctx, uint64_t now_ns)
{
	struct record *r = ctx;

	(void)now_ns;
	if (!r->capture)
		return;
	make_ready(r);
	write_tick(r);
	pcapng_flush(r->file);
}

static void on_note(void *ctx, const char *text)
{
	struct record *r = ctx;

	log_warn("%s", text);
	if (r->started)
		write_line(r, loss_json_note(capture_now_ns(r->capture), text));
}

static bool is_over(void *ctx)
{
	const struct record *r = ctx;

	return r->err || pcapng_flush(r->file) || (is_full(r) && !r->o->watch.ring);
}

/* ---- from start to end ------------------------------------------------------------------------ */

static int file_open(struct record *r)
{
	const struct watch_options *w = &r->o->watch;
	const struct pcapng_plan plan = {
		.path = w->output,
		.ring = w->ring,
		.snaplen = ETH_HLEN + DD_SNAPLEN_MAX,
		.force = w->force,
		.host = w->redact ? NULL : "Linux",
		.tool = "dockdrop " DOCKDROP_VERSION,
	};

	return pcapng_open(&plan, &r->file);
}

static int record(struct record *r)
{
	const struct capture_ops ops = {
		.packet = on_packet, .counted = on_counted, .second = on_second, .note = on_note,
		.over = is_over, .ctx = r,
	};
	int err;

	if (capture_open(r->o, &ops, r->o->watch.snaplen, r->o->watch.ring, &r->capture))
		return EXIT_CANNOT_RUN;
	log_note("recording to %s; Ctrl-C ends and sums up", r->o->watch.output);
	capture_run(r->capture, -1);
	capture_finish(r->capture);
	write_end(r);
	err = pcapng_close(take_ptr(r->file));
	account_print(r->o, r->capture);
	return err || r->err ? EXIT_CANNOT_RUN : EXIT_DELIVERED;
}

int cmd_record(const struct options *o)
{
	struct record *r __free = calloc(1, sizeof(*r));
	int status = EXIT_CANNOT_RUN;

	if (!r)
		return status;
	r->o = o;
	r->max = (uint64_t)o->watch.file_mb * MB;
	/* before anything is attached: a name that will not do is told at once */
	if ((!o->watch.redact || !redact_new(&r->redact)) && !file_open(r))
		status = record(r);
	capture_close(r->capture);
	pcapng_close(r->file);
	redact_free(r->redact);
	free(r->tick.counts);
	return status;
}
