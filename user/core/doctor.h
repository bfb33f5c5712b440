/* SPDX-License-Identifier: GPL-2.0 */
/* What is wrong with a host, or between two containers, by what can be read without a packet. */
#ifndef DD_DOCTOR_H
#define DD_DOCTOR_H

#include "checkup.h"

/* Makes every check of checks.def. The caller frees out with doctor_free(). */
void doctor_examine(const struct checkup *c, struct diagnosis *out);
void doctor_free(struct diagnosis *d);

/* Whether something that was found would break the two, or something on the host. */
bool doctor_is_broken(const struct diagnosis *d);

/* What has to be read to tell which check finds the verdict's cause, bits of enum need; 0: none can. */
unsigned int doctor_needs(const struct verdict *v);

/* The check that finds it in what was read; NULL: none does. */
const char *doctor_check_of(const struct checkup *c, const struct verdict *v);

/* The id of row n of checks.def, for tests; NULL behind the last. */
const char *doctor_check(size_t n);

/* Lines of files and logs that matter: which words of logs.def a line has, NULL: none. */
const char *doctor_docker_rule(const char *line);
const char *doctor_ominous(const char *line);

/* Whether it tells that a container, or the engine, was denied something of the network. */
bool doctor_denied(const char *line, struct denial *out);

#endif
