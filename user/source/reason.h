/* SPDX-License-Identifier: GPL-2.0 */
/* What the running kernel's type information says: drop reasons, arguments of tracepoints. */
#ifndef DD_REASON_H
#define DD_REASON_H

#include <stdbool.h>
#include <stddef.h>
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

/* Whether it has a reason of that name, in whatever case. */
bool reason_exists(const struct reason *r, const char *name);

/* How many arguments the raw tracepoint passes (btf_trace_<name>), -ENOENT if there is none. */
int reason_tracepoint_args(const struct reason *r, const char *name);

/* Where type information has a function. */
struct btf_function {
	uint32_t id; /* 0: nowhere */
	int fd;      /* of the module's type information, owned by struct reason; 0: of the kernel's own */
	bool skb_first; /* its first argument is a struct sk_buff * */
};

/*
 * Looks up n functions, each where its module says: "" in the kernel's own type information, NULL
 * nowhere. One pass for all of them. Modules have type information since 5.11.
 */
void reason_functions(struct reason *r, const char *const names[], const char *const modules[],
		      size_t n, struct btf_function out[]);

/* Lets go of the megabytes that reason_functions() needs. What it gave stays valid. */
void reason_forget_types(struct reason *r);

#endif
