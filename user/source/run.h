/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Another program, run to its end in a network namespace: no shell, no terminal, a deadline, and a
 * limit on what it may print. It dies with this process and inherits none of its descriptors.
 */
#ifndef DD_RUN_H
#define DD_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"

#define RUN_ARGS_MAX 16

/*
 * Runs argv[0], looked up in PATH and in the sbin directories, and puts its standard output in
 * *out, which the caller frees; its standard error is thrown away. Errors: -ENOENT not installed,
 * -EIO its exit status was not 0, -ETIMEDOUT, -EMSGSIZE it printed too much.
 */
int run_capture(int netns, const char *const argv[], struct strbuf *out);

/*
 * A program that goes by two names. Where `name` is not installed, `common` is the same program if
 * `common -V` prints `mark`.
 */
struct run_program {
	const char *name;
	const char *common;
	const char *mark;
};

/* args: without the program's name, fewer than RUN_ARGS_MAX, NULL at the end. Errors as above. */
int run_program(int netns, const struct run_program *program, const char *const args[],
		struct strbuf *out);

/*
 * The next line of what a program printed, with its length, without the newline; NULL at the end. A
 * newline between double quotes does not end the line: comments of rules may hold one. escapes: a
 * backslash in quoted text takes the next character along.
 */
const char *run_line(const char **text, bool escapes, size_t *len);

#endif
