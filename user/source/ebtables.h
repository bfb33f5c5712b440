/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ebtables-legacy, read-only. The kernel makes a table when it is asked for one that is not there (since 5.15),
 * so that only those are asked for which the list of hooks has.
 */
#ifndef DD_EBTABLES_H
#define DD_EBTABLES_H

#include "base/strbuf.h"

/*
 * The rules of a namespace, as iptables-save would print them. The caller frees out. -ENODATA: no table is in
 * use there; -ENOEXEC: ebtables-legacy cannot be run; others: the kernel lists no hooks (before 5.14).
 */
int ebtables_print(int netns, struct strbuf *out);

/* Parser behind it, for tests: adds what ebtables-legacy -L printed of one table. */
void ebtables_convert(const char *listing, struct strbuf *out);

#endif
