/* SPDX-License-Identifier: GPL-2.0 */
/* The way out, and what user space tells the programs before they are loaded. */
#ifndef DD_MAPS_BPF_H
#define DD_MAPS_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#include "event.h"

/* 1 MiB: some 2,900 events, hundreds of times what an exchange makes. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} dd_events SEC(".maps") __weak;

/* Which packets are the exchange's; filled before load, so that the verifier sees constants. */
extern const volatile struct dd_filter dd_filter;

/* Arguments that the running kernel's tracepoints pass; see compat.bpf.h. */
extern const volatile __u32 dd_kfree_skb_args;
extern const volatile __u32 dd_consume_skb_args;

/* Whether any kernel function is probed, besides tracepoints. */
extern const volatile bool dd_functions;

/* By enum dd_function: it is probed by kprobe, not by fentry. */
extern const volatile __u8 dd_by_kprobe[DD_FN_MAX];

/* ipt_do_table() and ip6t_do_table() are given the skb first, the table last: before 5.16. */
extern const volatile bool dd_xt_skb_first;

/* There can be no other CPU: a counter of x_tables is where else the address of one for each CPU is. */
extern const volatile bool dd_xt_one_cpu;

/* The namespace of the self-test, whose packets are reported whatever they are. 0: none. */
extern const volatile __u32 dd_test_netns;

/* Passive: when so many bytes wait to be read, only drops are reported. */
extern const volatile __u64 dd_room;

/* Events that found no room in dd_events, and those that were left out to keep some. */
extern __u64 dd_lost, dd_thinned;

#endif
