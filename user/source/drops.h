/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every drop of the host, counted in the kernel: exact counts by flow, and samples of the packets. The
 * owner of the skeleton of watch. One program, on skb:kfree_skb; the kernel lets go of it when this
 * process ends, however that is.
 */
#ifndef DD_DROPS_H
#define DD_DROPS_H

#include <stddef.h>

#include "counted.h"
#include "source/reason.h"

struct drops;

struct drops_plan {
	const struct reason *reasons; /* for the tracepoint's arguments */
	uint8_t l4[2];    /* only packets of either IPPROTO_*; 0: any */
	uint16_t port;    /* only packets from or to it; 0: any */
	uint32_t snaplen; /* bytes of a packet in a sample, at most DD_SNAPLEN_MAX */
};

/* What has no count of its own, since the start. */
struct drops_rest {
	uint64_t other;    /* counted, but the table of flows was full */
	uint64_t filtered; /* not what the plan asks for */
	uint64_t local;    /* no packets of a network */
	uint64_t unsampled; /* samples that were lost; they are counted all the same */
	/*
	 * Drops that came while the program ran already on that CPU, which the kernel counts but does
	 * not show (bpf_prog_info.recursion_misses, 5.12): of whatever flow.
	 */
	uint64_t missed;
};

typedef void (*drops_count_sink)(void *ctx, const struct dd_flow *flow, uint64_t n);
/* data is one struct dd_sample as the kernel wrote it, valid during the call. */
typedef void (*drops_sample_sink)(void *ctx, const void *data, size_t len);

/* Loads and attaches. Logs what is missing; a negative errno. */
int drops_open(const struct drops_plan *plan, struct drops **out);
void drops_close(struct drops *d);
void cleanup_drops(struct drops **d);

/* To poll for POLLIN. */
int drops_fd(const struct drops *d);

/* Gives every sample that is there to the sink. */
void drops_samples(struct drops *d, drops_sample_sink sink, void *ctx);

/*
 * Gives what was counted since the last call to the sink: each flow once, none twice, none left out.
 * Begins a new period of samples. 0, or a negative errno: what could not be read stays where it is.
 */
int drops_collect(struct drops *d, drops_count_sink sink, void *ctx);

void drops_rest(const struct drops *d, struct drops_rest *out);

/* Nanoseconds and runs of the program, where the kernel counts them (kernel.bpf_stats_enabled). */
uint64_t drops_run_ns(const struct drops *d, uint64_t *runs);

#endif
