/* SPDX-License-Identifier: GPL-2.0 */
/* The privileges that tracing takes. The owner of libcap. */
#ifndef DD_CAPS_H
#define DD_CAPS_H

#include <stdbool.h>
#include <stddef.h>

/* The names of the capabilities that are missing, with commas; empty: none. */
void caps_missing(char *out, size_t out_len);

/* 0, or -EPERM: one line was logged that names the missing capabilities. */
int caps_check(void);

/*
 * Once everything is attached: gives up for good, for this process and its children, what is not
 * needed any more, and the way to get it back (no_new_privs). SYS_ADMIN, SYS_PTRACE and NET_ADMIN stay,
 * to enter the namespaces of containers and read what is there, and NET_RAW, without which
 * iptables-legacy-save gets no socket to ask by; keep_files: DAC_OVERRIDE too,
 * for files that are made later. 0, or a negative errno, logged.
 */
int caps_reduce(bool keep_files);

#endif
