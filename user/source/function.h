/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kernel functions that are probed: with BTF (fentry, fexit) where the kernel has it for the function
 * and takes it, else by kprobe, else not at all. All of it is found out by trying. The owner of
 * functions[] is function.c; the programs are those of an open BPF object.
 */
#ifndef DD_FUNCTION_H
#define DD_FUNCTION_H

#include <stdbool.h>
#include <stdint.h>

#include "event.h"

struct bpf_object;
struct functions;
struct ksym;
struct reason;

enum probe_kind { PROBE_TRACEPOINT, PROBE_KPROBE, PROBE_FENTRY, N_PROBE_KINDS };

/* What functions are probed for; each is attached and detached as a whole. */
enum function_group {
	FUNCTIONS_HOOKS,      /* netfilter's hooks; all others need it */
	FUNCTIONS_PATH,       /* where a packet passes inside the host */
	FUNCTIONS_EXPRESSION, /* which rule of nftables decided, by the expression */
	FUNCTIONS_TRACE,      /* the same by what nftables tells its tracers */
	FUNCTIONS_DROPPERS,   /* what drops on a hook and is no rule */
	FUNCTIONS_TABLES,     /* which rule of iptables-legacy dropped, by the counters that moved */
	N_FUNCTION_GROUPS,
};

/*
 * Whether a kernel takes a kind at all, asked with a program that does nothing: 0, or the negative
 * errno with which it does not.
 */
int functions_try(struct reason *btf, enum probe_kind kind);

/* The strongest kind that it takes. PROBE_TRACEPOINT: neither of the others. */
enum probe_kind functions_strongest(struct reason *btf);

struct functions_plan {
	enum probe_kind strongest; /* no stronger kind; functions_strongest() at most */
	struct reason *btf;        /* with its types; what is found there is borrowed */
	const struct ksym *ksym;   /* the functions that there are now, modules' too */
	int version, protocol;     /* of the packets, 4 or 6 and IPPROTO_*: others' functions are left out */
	bool legacy;               /* FUNCTIONS_TABLES are of use */
};

/* NULL: no memory. */
struct functions *functions_new(const struct functions_plan *plan);
void functions_free(struct functions *f);

/*
 * Before the object is loaded: gives each program its kind, or leaves it out. by_kprobe, of
 * DD_FN_MAX, is the programs' own.
 */
void functions_prepare(struct functions *f, struct bpf_object *obj, uint8_t *by_kprobe);

/* What FUNCTIONS_TABLES are given first is the packet: an old kernel. */
bool functions_skb_first(const struct functions *f);

/* The function that an fentry or fexit program is for; others leave both untouched. */
void functions_target(const struct functions *f, const char *program, uint32_t *btf_id, int *btf_fd);

/*
 * The kernel refused this program: the next weaker kind for its function, at the next
 * functions_prepare(). False if it is none of these, or there is no weaker kind.
 */
bool functions_weaken(struct functions *f, const char *program);

/* Whether the programs that the group cannot do without are planned. */
bool functions_has(const struct functions *f, enum function_group group);

/* Some function of the group is left by a probe, too: only fexit does that. */
bool functions_has_exits(const struct functions *f, enum function_group group);

/* 0, or a negative errno, and nothing of the group is attached then. */
int functions_attach(struct functions *f, struct bpf_object *obj, enum function_group group);
void functions_detach(struct functions *f, enum function_group group);

/* The strongest kind among what is attached. */
enum probe_kind functions_attached(const struct functions *f);

/* What a program is for: the function ("": several), the kind. False: it is none of these. */
bool functions_describe(const struct functions *f, const char *program, const char **function,
			enum probe_kind *kind);

#endif
