/* SPDX-License-Identifier: GPL-2.0 */
/* What the running kernel's type information says: drop reasons, arguments of tracepoints. */
#ifndef DD_REASON_H
#define DD_REASON_H

#include <stdbool.h>
#include <stdint.h>

struct reason;

/* Reads /sys/kernel/btf/vmlinux. Logs what to do if it is not there: -ENOENT. */
int reason_open(struct reason **out);

/* For tests and replay: a table made by hand; add names with reason_add(). */
int reason_empty(struct reason **out);
int reason_add(struct reason *r, uint32_t number, const char *name);
void reason_free(struct reason *r);
void cleanup_reason(struct reason **r);

/* "NETFILTER_DROP", without the prefix; "" if the number is unknown or this kernel has no reasons. Borrowed. */
const char *reason_name(const struct reason *r, uint32_t number);

/* How many arguments the raw tracepoint passes (btf_trace_<name>), -ENOENT if there is none. */
int reason_tracepoint_args(const struct reason *r, const char *name);

/* The BTF id of a function that every kernel has, to try things with: nf_hook_slow(). 0: unknown. */
uint32_t reason_function_id(const struct reason *r);

#endif
