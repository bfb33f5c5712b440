/* SPDX-License-Identifier: GPL-2.0 */
/* What the IP stack of a namespace counts of itself, read-only. */
#ifndef DD_SNMP_H
#define DD_SNMP_H

#include <stdint.h>

/*
 * Packets that the namespace has freed so far because a checksum of theirs was wrong, of all protocols
 * together. 0, or a negative errno.
 */
int snmp_bad_checksums(int netns, uint64_t *out);

/*
 * Parsers behind it, for tests: the sum of the columns "InCsumErrors" in pairs of lines with titles and
 * values, as /proc/net/snmp and netstat have them, and of the rows whose names end so, as snmp6 has.
 */
uint64_t snmp_sum_pairs(const char *text);
uint64_t snmp_sum_rows(const char *text);

#endif
