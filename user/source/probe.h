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

#include "event.h"

struct reason;
struct probe;

/* data is one record as the kernel wrote it, valid during the call. */
typedef void (*probe_sink)(void *ctx, const void *data, size_t len);

/*
 * Loads and attaches what this kernel takes; the filter is burnt in. btf tells the tracepoints'
 * arguments. between_tables: the markers of probe_mark_hooks() also sit behind each table's
 * priority, which tells the table that dropped. Logs what is missing. Errors: -EPERM, -EOPNOTSUPP
 * where a probe that trace cannot do without is not to be had.
 */
int probe_open(const struct dd_filter *filter, const struct reason *btf, bool between_tables,
	       probe_sink sink, void *ctx, struct probe **out);
void probe_close(struct probe *p);
void cleanup_probe(struct probe **p);

/*
 * Puts markers on the netfilter hooks of a namespace, for IPv4, beside those of others who do the
 * same. Returns how many hooks have all of theirs; 0 on a kernel without netfilter programs (before
 * 6.4); or a negative errno. Warns where a marker found no place.
 */
int probe_mark_hooks(struct probe *p, int netns);

/* To poll for POLLIN. */
int probe_fd(const struct probe *p);

/* Gives every record that is there to the sink. 0, or a negative errno. */
int probe_drain(struct probe *p);

/* Records that found no room since the start. */
uint64_t probe_lost(const struct probe *p);

/*
 * Runs that the kernel skipped since the start, because the same program was already running on
 * that CPU: an interrupt came in between (__bpf_trace_run() in kernel/trace/bpf_trace.c). They may
 * have been for any traffic: an upper bound for what is missing of the exchange. 0 on a kernel that
 * does not count them (bpf_prog_info.recursion_misses is of 5.12).
 */
uint64_t probe_missed(const struct probe *p);

/* The strongest kind of probe in use: "tracepoint". Borrowed. */
const char *probe_kind(const struct probe *p);

#endif
