/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What watch and record have in common: takes in drops and the engine's news, names and explains
 * them, and keeps the accounts, until time is up, enough was seen, or a signal came.
 */
#ifndef DD_CAPTURE_H
#define DD_CAPTURE_H

#include <poll.h>

#include "cmd/options.h"
#include "cmd/stage.h"
#include "core/ledger.h"
#include "view/loss_json.h"

struct capture;

/* A packet to be shown; data are sample->caplen bytes of it. */
struct capture_packet {
	struct loss_event event;
	const struct dd_sample *sample;
	const uint8_t *data;
	bool first; /* of its kind, or the first since more is known of it */
};

struct capture_ops {
	/* A packet of a visible kind. */
	void (*packet)(void *ctx, const struct loss *loss, const struct capture_packet *packet);
	/* n drops of any kind were counted in the second that is over; may be NULL. */
	void (*counted)(void *ctx, const struct loss *loss, uint64_t n);
	/* A second is over, all of it was counted; may be NULL. */
	void (*second)(void *ctx, uint64_t now_ns);
	/* To be told to the user: the engine went, or came back. */
	void (*note)(void *ctx, const char *text);
	/* Whether there is nobody left to show anything to; may be NULL. */
	bool (*over)(void *ctx);
	void *ctx;
};

/*
 * Opens everything and lets go of the privileges that are not needed any more. Logs what is missing.
 * keep_files: files will be made later, in places that only root may write to.
 */
int capture_open(const struct options *o, const struct capture_ops *ops, uint32_t snaplen,
		 bool keep_files, struct capture **out);
void capture_close(struct capture *c);
void cleanup_capture(struct capture **c);

/* Runs until it is over. more: one more descriptor that ends a wait, -1: none. */
void capture_run(struct capture *c, int more);

/* Once more what has come by now; at the end. */
void capture_finish(struct capture *c);

const struct stage *capture_stage(const struct capture *c);
void capture_totals(const struct capture *c, struct loss_totals *out);

/* The kinds that are shown, the largest first, in out with room for LEDGER_MAX; returns how many. */
size_t capture_kinds(const struct capture *c, const struct loss **out);

/* Begin, and now; CLOCK_REALTIME, but for what it was set since then. NULL: it has not begun. */
uint64_t capture_from_ns(const struct capture *c);
uint64_t capture_now_ns(const struct capture *c);

#endif
