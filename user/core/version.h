/* SPDX-License-Identifier: GPL-2.0 */
/* Versions of Docker Engine, also as distributions write them, and ranges of them. */
#ifndef DD_VERSION_H
#define DD_VERSION_H

#include <stdbool.h>

struct version {
	unsigned int part[3];
	bool before; /* a release candidate or the like: before that version, and no more is known */
};

/*
 * "28.5.2", "17.06.2-ce", "20.10.24+dfsg1", "5:28.2.2-1~ubuntu.24.04~noble", "28.0.0-rc.1". -EINVAL for
 * what names no release, such as "dev" and "0.0.0-20250101-abcdef".
 */
int version_parse(const char *text, struct version *out);

/*
 * Whether it is in the ranges: "*", or alternatives between "||", each of comparisons that all hold:
 * ">=28.0.0 <28.0.1", "18.09.1". A release candidate is neither below nor at nor above its release:
 * what it has of that is not known.
 */
bool version_in(const struct version *version, const char *ranges);

#endif
