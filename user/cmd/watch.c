/* SPDX-License-Identifier: GPL-2.0 */
#include "cmd/watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "cmd/account.h"
#include "cmd/capture.h"
#include "cmd/terminal.h"
#include "view/losses.h"
#include "view/top.h"

#define SNAPLEN 128 /* what an expression can look at */

struct watch {
	const struct options *o;
	struct capture *capture;
	int width;
	struct top *top; /* NULL: lines */
	bool quit;
};

static void print_json(char *line)
{
	printf("%s\n", line ? line : "");
	free(line);
}

static void on_packet(void *ctx, const struct loss *loss, const struct capture_packet *p)
{
	const struct watch *w = ctx;

	if (w->top)
		return;
	if (w->o->json) {
		print_json(loss_json_event(loss, &p->event));
		return;
	}
	losses_event(stdout, loss, &p->event);
	if (p->first)
		losses_explain(stdout, loss, w->width);
}

static void top_show(struct watch *w)
{
	const struct loss **kinds __free = calloc(LEDGER_MAX, sizeof(*kinds));
	struct loss_totals totals;

	if (!kinds)
		return;
	capture_totals(w->capture, &totals);
	top_update(w->top, kinds, capture_kinds(w->capture, kinds), &totals, capture_now_ns(w->capture));
}

static void on_second(void *ctx, uint64_t now_ns)
{
	struct watch *w = ctx;

	(void)now_ns;
	if (w->top && w->capture)
		top_show(w);
}

static void on_note(void *ctx, const char *text)
{
	const struct watch *w = ctx;

	if (w->top)
		top_note(w->top, text);
	else if (w->o->json)
		print_json(loss_json_note(capture_now_ns(w->capture), text));
	else
		log_warn("%s", text);
}

/* What was printed is flushed here: once a turn, not once a line. */
static bool is_over(void *ctx)
{
	struct watch *w = ctx;

	if (w->top)
		w->quit |= top_keys(w->top);
	return w->quit || fflush(stdout) || ferror(stdout);
}

static int run(struct watch *w, struct capture *c)
{
	int err = w->o->watch.top ? top_open(&w->top) : 0;

	w->capture = c;
	if (err) {
		log_error("there is no table without a terminal (%s): leave out --top",
			  strerror(-err));
		return EXIT_CANNOT_RUN;
	}
	if (!w->o->json && !w->top)
		log_note("watching; Ctrl-C ends and sums up");
	capture_run(c, w->top ? STDIN_FILENO : -1);
	top_close(take_ptr(w->top));
	capture_finish(c);
	account_print(w->o, c);
	return EXIT_DELIVERED;
}

int cmd_watch(const struct options *o)
{
	struct watch w = { .o = o, .width = terminal_width(0) };
	const struct capture_ops ops = {
		.packet = on_packet, .second = on_second, .note = on_note, .over = is_over, .ctx = &w,
	};
	struct capture *c __cleanup(cleanup_capture) = NULL;

	if (capture_open(o, &ops, o->watch.expression ? SNAPLEN : 0, false, &c))
		return EXIT_CANNOT_RUN;
	return run(&w, c);
}
