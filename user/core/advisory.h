/* SPDX-License-Identifier: GPL-2.0 */
/* Known problems and changes of engine versions: which of them fits what was seen. */
#ifndef DD_ADVISORY_H
#define DD_ADVISORY_H

#include "model.h"

/* What was seen, by a trace or without one. Everything is borrowed. */
struct symptom {
	const struct scene *scene;
	const char *cause; /* cause.id */
	const struct rule *rule; /* that did it; NULL: none, or it is not known */
	enum owner owner;
	enum purpose purpose;
	int hook;            /* NF_INET_*, -1: none */
	const char *device;  /* where the packet came in; "": not known */
	bool neigh;          /* the packet was one of ARP or Neighbour Discovery */
	bool reply;          /* it was an answer */
};

/* The advisories that fit by version, symptom and conditions; returns how many of out are filled. */
int advisory_match(const struct symptom *symptom, struct advisory out[ADVISORIES_MAX]);

/* The same for a verdict, whose advisories are filled. */
void advisory_verdict(const struct scene *scene, struct verdict *v);

/* A row of the table, for a list of them. */
struct advisory_row {
	const char *id;
	enum advisory_kind kind;
	const char *versions, *fixed, *url;
	const char *causes; /* words; empty: a trace cannot show it */
	uint64_t conditions;
	const char *sentence;
};

/* The rows in order; NULL behind the last. */
const struct advisory_row *advisory_row(size_t n);

/* Whether the row is about that version. */
bool advisory_is_about(const struct advisory_row *row, const char *version);

/* How many problems, not changes, are known of the engine's version. */
int advisory_count(const struct engine *engine);

/* "regression"; NULL for what is none. */
const char *advisory_kind_name(enum advisory_kind kind);

/* Condition number n of a row, as a word: "br_netfilter"; NULL behind the last. */
const char *advisory_condition(const struct advisory_row *row, size_t n);

/* Whether it would be shown if it fitted: what is no problem of the engine's, and no change, is only listed. */
bool advisory_is_shown(const struct advisory_row *row);

/* "Known problem, fixed upstream in 28.0.1: ..." */
void advisory_text(const struct advisory_row *row, char *out, size_t out_len);

#endif
