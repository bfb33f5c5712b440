/* SPDX-License-Identifier: GPL-2.0 */
/* What this kernel, this engine and these privileges allow. */
#ifndef DD_FEATURE_H
#define DD_FEATURE_H

#include "engine.h"

#define FEATURES_MAX 48
#define PROGRAM_COSTS_MAX 64

enum works { WORKS_UNKNOWN, WORKS_NO, WORKS_YES };

/* cost and remedy are of something that does not work; empty where it costs nothing. */
struct feature {
	const char *section; /* static */
	const char *name;    /* static */
	enum works works;
	char detail[SENTENCE_LEN]; /* what was found; empty: no more than that */
	const char *cost, *remedy; /* static; NULL: none */
};

/* What a program costs before it has seen a packet. */
struct program_cost {
	char name[SHORT_LEN];
	char target[SHORT_LEN]; /* the tracepoint or function; empty: hooks */
	char kind[SHORT_LEN];   /* "fentry", "kprobe", "tracepoint", "netfilter" */
	uint32_t instructions;  /* that the verifier went through; 0: unknown (before 5.16) */
	uint64_t load_us;
};

struct features {
	char tool_version[SHORT_LEN];
	char kernel[SHORT_LEN];
	char arch[SHORT_LEN];
	char attach[SHORT_LEN]; /* the strongest kind of probe in use; empty: none */
	char scheme[SHORT_LEN]; /* by which rules of nftables are named; empty: not at all */
	struct engine engine;   /* name empty: not reached */
	struct feature rows[FEATURES_MAX];
	int n_rows;
	struct program_cost programs[PROGRAM_COSTS_MAX];
	int n_programs;
	uint64_t load_us, attach_us, detach_us;
	bool can_trace;
};

#endif
