/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel side: loads the programs, attaches them, brings their records here. The owner of
 * libbpf and of the skeleton. Everything attached is held by a descriptor of this process, so the
 * kernel lets go of it however the process ends.
 */
#ifndef DD_PROBE_H
#define DD_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model.h"
#include "source/function.h"

struct reason;
struct probe;

/* data is one record as the kernel wrote it, valid during the call. */
typedef void (*probe_sink)(void *ctx, const void *data, size_t len);

struct probe_plan {
	const struct dd_filter *filter; /* burnt in */
	struct functions_plan functions; /* its type information is let go */
	bool between_tables;            /* probe_mark_hooks() marks behind each table's priority, too */
	uint32_t test_netns;            /* whose packets schemes report whatever they are; 0: none */
};

/*
 * Loads and attaches what this kernel takes. Logs what is missing. Errors: -EPERM, -EOPNOTSUPP where
 * a probe that trace cannot do without is not to be had.
 */
int probe_open(const struct probe_plan *plan, probe_sink sink, void *ctx, struct probe **out);
void probe_close(struct probe *p);
void cleanup_probe(struct probe **p);

/*
 * Puts markers on the netfilter hooks of a namespace, for IPv4, beside those of others who do the
 * same. Returns how many hooks have all of theirs; 0 on a kernel without netfilter programs (before
 * 6.4); or a negative errno. Warns where a marker found no place.
 */
int probe_mark_hooks(struct probe *p, int netns);

/* Whether the programs of a scheme are loaded: SCHEME_EXPRESSION and SCHEME_TRACE can be. */
bool probe_can(const struct probe *p, enum scheme scheme);

/* Attaches a scheme's programs: 0, or a negative errno and none is attached. */
int probe_arm(struct probe *p, enum scheme scheme);
void probe_disarm(struct probe *p, enum scheme scheme);

/* Records go to this sink from now on. */
void probe_redirect(struct probe *p, probe_sink sink, void *ctx);

/* To poll for POLLIN. */
int probe_fd(const struct probe *p);

/* Gives every record that is there to the sink. 0, or a negative errno. */
int probe_drain(struct probe *p);

/* Records that found no room since the start. */
uint64_t probe_lost(const struct probe *p);

/* Records that were left out so that drops find room; filter.passive only. */
uint64_t probe_thinned(const struct probe *p);

/*
 * Runs that the kernel skipped since the start, because the same program was already running on
 * that CPU: an interrupt came in between (__bpf_trace_run() in kernel/trace/bpf_trace.c). They may
 * have been for any traffic: an upper bound for what is missing of the exchange. 0 on a kernel that
 * does not count them (bpf_prog_info.recursion_misses is of 5.12).
 */
uint64_t probe_missed(const struct probe *p);

/* Whether a hook's events tell which of its tables a packet got past. */
bool probe_tells_tables(const struct probe *p);

/* Whether the kernel takes BPF programs on netfilter's hooks. */
bool probe_has_markers(const struct probe *p);

/*
 * What each loaded program cost, and all of them to load, and to attach so far. Returns how many
 * there are.
 */
int probe_costs(const struct probe *p, struct program_cost out[PROGRAM_COSTS_MAX], uint64_t *load_us,
		uint64_t *attach_us);

/* The strongest kind of probe in use: "fentry", "kprobe", "tracepoint". Borrowed. */
const char *probe_kind(const struct probe *p);

#endif
