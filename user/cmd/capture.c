/* SPDX-License-Identifier: GPL-2.0 */
#include "cmd/capture.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/footprint.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "cmd/wanted.h"
#include "core/decode.h"
#include "source/caps.h"
#include "source/drops.h"
#include "source/expression.h"
#include "source/jail.h"

#define NS_PER_MS 1000000ull
#define NS_PER_S  1000000000ull
#define TURN_MS 100          /* how long a wait may be */
#define EXPLAIN_NS (300 * NS_PER_MS) /* each second */
#define LARGE (128 << 10)
#define EXPLAIN_TRIES 4      /* for a rule that could be told better */

/* What is known of a kind besides what is in its loss; found by the loss's n. */
struct follow {
	uint32_t loss;      /* n; 0: free */
	uint8_t tries;      /* of explaining it */
	uint64_t tried_ns;  /* the last; CLOCK_MONOTONIC */
	bool again;         /* it could be said better */
	bool tell;          /* it can now be said better than it was */
	bool judged;        /* the filters have been asked */
	bool matched;       /* a packet fitted the expression */
	uint64_t not_shown; /* since the last that was */
	uint64_t sampled;   /* taken as samples, shown or not */
};

#define FOLLOWS 8192 /* a power of two, and more than LEDGER_MAX */

struct capture {
	const struct options *o;
	struct capture_ops ops;
	struct reason *reasons;
	struct ksym *ksym;
	struct stage *stage;
	struct ledger *ledger;
	struct drops *drops;
	struct expression *expression; /* NULL: none */
	struct follow follows[FOLLOWS];
	uint64_t malformed;
	uint64_t from_ns, real_offset_ns; /* CLOCK_REALTIME; what it was ahead of CLOCK_MONOTONIC then */
	int64_t set_ns; /* how much it was set since, as far as was told */
	uint64_t next_second_ns, end_ns; /* CLOCK_MONOTONIC; end 0: none */
	uint64_t explain_ns; /* spent in this second */
	uint64_t shown;
};

static uint64_t wall_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

uint64_t capture_now_ns(const struct capture *c)
{
	return c ? clock_now_ns() + c->real_offset_ns : wall_ns();
}

/* Those of kinds that were folded are overwritten, since numbers only grow. */
static struct follow *follow_of(struct capture *c, const struct loss *loss)
{
	struct follow *f = &c->follows[loss->n % FOLLOWS];

	if (f->loss != loss->n)
		*f = (struct follow){ .loss = loss->n };
	return f;
}

/* ---- which ones are wanted ------------------------------------------------------------ */

/* The class that the ledger gave it, or LOSS_UNWANTED. */
static void judge(struct capture *c, struct loss *loss)
{
	struct follow *f = follow_of(c, loss);

	if (loss->class == LOSS_UNWANTED)
		loss->class = LOSS_SHOWN;
	if (loss->class != LOSS_SHOWN)
		return;
	if (!wanted_is(c->o, loss) || (c->expression && !f->matched))
		loss->class = LOSS_UNWANTED;
	f->judged = true;
}

/* And not only counted. */
static bool is_shown(const struct capture *c, const struct loss *loss)
{
	if (loss->class == LOSS_SHOWN)
		return true;
	if (!c->o->watch.all || loss->class == LOSS_UNWANTED)
		return false;
	return wanted_is(c->o, loss) && (!c->expression || c->follows[loss->n % FOLLOWS].matched);
}

/* ---- what they mean ---------------------------------------------------------------------- */

/* What was lost before the last try adds nothing to it: the counters were looked at since. */
static bool may_explain(const struct capture *c, const struct dd_sample *sample,
			const struct loss *loss, const struct follow *f)
{
	bool hidden = loss->class == LOSS_NOISE && !c->o->watch.all;

	if (loss->class == LOSS_ELSEWHERE || hidden || c->explain_ns > EXPLAIN_NS)
		return false;
	if (!loss->explained)
		return true;
	return f->again && f->tries < EXPLAIN_TRIES && sample && sample->ev.ts_ns > f->tried_ns;
}

static void explain(struct capture *c, const struct dd_sample *sample, const struct dd_flow *flow,
		    struct loss *loss)
{
	struct follow *f = follow_of(c, loss);
	bool was_again = f->again;
	uint8_t blame = loss->blame;
	uint64_t start_ns = clock_now_ns();

	if (!may_explain(c, sample, loss, f))
		return;
	f->again = stage_explain(c->stage, sample, flow, loss) == -EAGAIN ||
		   (loss->in_netfilter && loss->blame < LOSS_BLAMED);
	f->tell |= was_again && (!f->again || loss->blame > blame);
	f->tries++;
	f->tried_ns = clock_now_ns();
	c->explain_ns += f->tried_ns - start_ns;
}

/* ---- packets --------------------------------------------------------------------------------- */

static void packet_show(struct capture *c, struct loss *loss, const struct dd_sample *sample,
			const uint8_t *data)
{
	struct follow *f = follow_of(c, loss);
	const struct capture_packet packet = {
		.event = {
			.time_ns = sample->ev.ts_ns + c->real_offset_ns,
			.not_shown = f->not_shown,
			.pkt = sample->ev.pkt,
		},
		.sample = sample,
		.data = data,
		.first = !loss->sampled || f->tell,
	};

	f->not_shown = 0;
	f->tell = false;
	loss->sampled++;
	c->shown++;
	c->ops.packet(c->ops.ctx, loss, &packet);
}

static bool enough(const struct capture *c)
{
	return c->o->watch.max_events && c->shown >= (uint64_t)c->o->watch.max_events;
}

static void on_sample(void *ctx, const void *data, size_t len)
{
	struct capture *c = ctx;
	const uint8_t *bytes = (const uint8_t *)data + sizeof(struct dd_sample);
	struct dd_sample sample;
	struct loss *loss;
	bool fits;

	if (decode_sample(data, len, &sample)) {
		c->malformed++;
		return;
	}
	stage_ports(c->stage);
	loss = ledger_find(c->ledger, &sample.flow);
	if (!loss)
		return;
	follow_of(c, loss)->sampled++;
	if (!loss->device[0])
		memcpy(loss->device, sample.ev.dev, sizeof(loss->device));
	if (!loss->length)
		loss->length = sample.ev.pkt.len;
	explain(c, &sample, &sample.flow, loss);
	fits = !c->expression || expression_fits(c->expression, bytes, sample.caplen, sample.len,
						 sample.link_len);
	follow_of(c, loss)->matched |= fits;
	judge(c, loss);
	if (fits && !enough(c) && is_shown(c, loss))
		packet_show(c, loss, &sample, bytes);
}

/* ---- counts ------------------------------------------------------------------------------------ */

static void on_count(void *ctx, const struct dd_flow *flow, uint64_t n)
{
	struct capture *c = ctx;
	struct loss *loss;
	struct follow *f;
	uint64_t gap;

	stage_ports(c->stage);
	loss = ledger_find(c->ledger, flow);
	if (!loss) {
		c->malformed += n; /* out of memory: they are in no kind, but they are told of */
		return;
	}
	f = follow_of(c, loss);
	ledger_count(c->ledger, loss, n, capture_now_ns(c));
	gap = loss->total > f->sampled ? loss->total - f->sampled : 0;
	f->not_shown += gap;
	f->sampled += gap;
	if (!loss->explained)
		explain(c, NULL, flow, loss);
	judge(c, loss);
	if (c->ops.counted)
		c->ops.counted(c->ops.ctx, loss, n);
}

static void collect(struct capture *c)
{
	int err;

	drops_samples(c->drops, on_sample, c);
	err = drops_collect(c->drops, on_count, c);
	if (err)
		log_debug("counts cannot be read: %s", strerror(-err));
}

static void on_changed(void *ctx)
{
	const struct capture *c = ctx;

	if (c->ledger)
		ledger_renamed(c->ledger);
}

/* Who is who changes now: what was counted so far is the former ones'. */
static void on_change(void *ctx)
{
	struct capture *c = ctx;

	if (!c->drops)
		return;
	collect(c);
	ledger_renamed(c->ledger);
}

static void on_note(void *ctx, const char *text)
{
	struct capture *c = ctx;

	c->ops.note(c->ops.ctx, text);
}

/* ---- run -------------------------------------------------------------------------------------- */

static bool is_over(const struct capture *c)
{
	return interrupt_came() || enough(c) || (c->end_ns && clock_now_ns() >= c->end_ns) ||
	       (c->ops.over && c->ops.over(c->ops.ctx));
}

static int wait_ms(const struct capture *c)
{
	uint64_t now = clock_now_ns(), next = c->next_second_ns;

	if (c->end_ns && c->end_ns < next)
		next = c->end_ns;
	if (next <= now)
		return 0;
	next = (next - now) / NS_PER_MS + 1;
	return next < TURN_MS ? next : TURN_MS;
}

/* A second stays a second, whatever becomes of the clock on the wall. */
static void clock_check(struct capture *c)
{
	int64_t set_ns = (int64_t)(wall_ns() - capture_now_ns(c)), more_ns = set_ns - c->set_ns;

	if (more_ns > -(int64_t)NS_PER_S && more_ns < (int64_t)NS_PER_S)
		return;
	c->set_ns = set_ns;
	c->ops.note(c->ops.ctx, "the clock was set, or the machine slept: times go on as if it had not");
}

static void second(struct capture *c)
{
	uint64_t now = clock_now_ns();

	if (now < c->next_second_ns)
		return;
	c->next_second_ns += NS_PER_S;
	if (c->next_second_ns < now)
		c->next_second_ns = now + NS_PER_S;
	c->explain_ns = 0;
	clock_check(c);
	collect(c);
	if (c->ops.second)
		c->ops.second(c->ops.ctx, capture_now_ns(c));
}

void capture_run(struct capture *c, int more)
{
	struct pollfd fds[] = {
		{ .fd = drops_fd(c->drops), .events = POLLIN },
		{ .fd = more, .events = POLLIN },
		{ .fd = STDOUT_FILENO }, /* a pipe that nobody reads any more */
		{ .events = POLLIN },    /* the engine */
	};
	bool hurry = false;

	while (!is_over(c)) {
		fds[3].fd = stage_fd(c->stage);
		poll(fds, 4, hurry ? 0 : wait_ms(c));
		if (fds[2].revents & (POLLERR | POLLHUP | POLLNVAL))
			break;
		hurry = stage_update(c->stage); /* first, so that who has just come has a name */
		drops_samples(c->drops, on_sample, c);
		second(c);
	}
}

void capture_finish(struct capture *c)
{
	c->explain_ns = 0;
	collect(c);
	if (c->ops.second)
		c->ops.second(c->ops.ctx, capture_now_ns(c));
}

static int sources_open(struct capture *c, uint32_t snaplen)
{
	const struct watch_options *w = &c->o->watch;
	struct drops_plan plan = {
		.reasons = c->reasons,
		.l4 = { w->protocol, w->protocol == IPPROTO_ICMP ? IPPROTO_ICMPV6 : 0 },
		.port = w->port,
		.snaplen = snaplen,
	};
	const struct stage_ops ops = {
		.note = on_note, .change = on_change, .changed = on_changed, .ctx = c,
	};
	struct ledger_names names = { .ksym = c->ksym, .reasons = c->reasons };
	int err = w->expression ? expression_compile(w->expression, &c->expression) : 0;

	if (!err)
		err = stage_open(c->o->engine, c->ksym, c->reasons, &ops, &c->stage);
	if (err)
		return err;
	names.cast = stage_cast(c->stage);
	names.host_netns = stage_host_netns(c->stage);
	err = ledger_new(&names, &c->ledger);
	return err ? err : drops_open(&plan, &c->drops);
}

static void clocks_start(struct capture *c)
{
	uint64_t now = clock_now_ns();

	c->from_ns = wall_ns();
	c->real_offset_ns = c->from_ns - now;
	c->next_second_ns = now + NS_PER_S;
	if (c->o->watch.duration_ms)
		c->end_ns = now + c->o->watch.duration_ms * NS_PER_MS;
}

int capture_open(const struct options *o, const struct capture_ops *ops, uint32_t snaplen,
		 bool keep_files, struct capture **out)
{
	struct capture *c __cleanup(cleanup_capture) = calloc(1, sizeof(*c));
	int err = c ? caps_check() : -ENOMEM;

	if (err)
		return err;
	/* fixed: what is large is given back when it is freed, for a process that runs for days */
	mallopt(M_MMAP_THRESHOLD, LARGE);
	c->o = o;
	c->ops = *ops;
	interrupt_catch();
	err = reason_open(&c->reasons);
	if (!err)
		err = wanted_reason(o, c->reasons);
	if (!err)
		err = ksym_open(&c->ksym);
	if (err)
		return err;
	reason_forget_types(c->reasons);
	footprint_trim(); /* before libbpf reads them once more */
	err = sources_open(c, snaplen);
	if (!err)
		err = caps_reduce(keep_files);
	if (err)
		return err;
	err = jail_enter();
	if (err)
		log_debug("no system call is refused from now on: %s", strerror(-err));
	footprint_trim(); /* type information took megabytes, and is gone */
	clocks_start(c);
	wanted_missing(o, stage_cast(c->stage), on_note, c);
	*out = take_ptr(c);
	return 0;
}

void capture_close(struct capture *c)
{
	if (!c)
		return;
	drops_close(c->drops);
	ledger_free(c->ledger);
	stage_close(c->stage);
	expression_free(c->expression);
	ksym_free(c->ksym);
	reason_free(c->reasons);
	free(c);
}

void cleanup_capture(struct capture **c)
{
	capture_close(*c);
}

/* ---- the accounts ---------------------------------------------------------------------------- */

const struct stage *capture_stage(const struct capture *c)
{
	return c->stage;
}

void capture_totals(const struct capture *c, struct loss_totals *out)
{
	struct drops_rest rest = { 0 };

	*out = (struct loss_totals){ 0 };
	ledger_totals(c->ledger, out);
	drops_rest(c->drops, &rest);
	out->other = rest.other;
	out->missed = rest.missed;
	out->filtered = rest.filtered;
	out->local = rest.local;
	out->unsampled = rest.unsampled;
	out->malformed = c->malformed;
}

size_t capture_kinds(const struct capture *c, const struct loss **out)
{
	static const enum loss_class classes[] = { LOSS_SHOWN, LOSS_NOISE, LOSS_ELSEWHERE };
	size_t n = 0;

	for (size_t i = 0; i < (c->o->watch.all ? 3 : 1); i++) {
		size_t found = ledger_sorted(c->ledger, classes[i], out + n), kept = n;

		for (size_t j = n; j < n + found; j++)
			if (is_shown(c, out[j]))
				out[kept++] = out[j];
		n = kept;
	}
	return n;
}

uint64_t capture_from_ns(const struct capture *c)
{
	return c->from_ns;
}
