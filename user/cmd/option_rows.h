/* SPDX-License-Identifier: GPL-2.0 */
/* The options as rows: what each is called, whose it is, what it sets. For reading them and for the help. */
#ifndef DD_OPTION_ROWS_H
#define DD_OPTION_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "cmd/options.h"

#define ROWS_MAX 64

struct row;

/* What is being read; protocol: the row that chose it, NULL: none did. */
struct parse {
	struct options *o;
	const struct row *protocol;
	const struct row *for_probes; /* the first that was given of those that say how probes are sent */
	const struct row *given[ROWS_MAX]; /* in their order */
	int n_given;
	bool sized; /* --size was given */
	bool timed; /* --timeout was given */
};

struct row {
	const char *section; /* of the help, starts here; NULL: goes on */
	bool everywhere;     /* of every command, else */
	unsigned int of;     /* bits of those that it is of; 0: trace alone */
	bool of_probes;	     /* says how they are sent, and so nothing with --passive */
	char letter;	     /* 0: none */
	const char *name;
	const char *arg;  /* NULL: takes none */
	const char *help; /* a line break goes on in the help's column */
	const char *other_help; /* for commands that are not about SRC and DST; NULL: the same */
	int (*set)(struct parse *p, const struct row *row, const char *arg);
	size_t member; /* of struct options */
	int value;     /* what it stands for, where that is not in the argument */
	int min, max;  /* of a number */
	const char *const *words; /* to choose from, in the order of their enum; NULL: those not offered */
	int n_words;
};

/* The row number i, NULL behind the last. Static. */
const struct row *option_row(size_t i);

const char *option_row_help(const struct row *row, enum command command);
bool option_row_is_of(const struct row *row, enum command command);

/* Logs one line about the command line that also says how to get help. Always -EINVAL. */
int option_refuse(const struct options *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
