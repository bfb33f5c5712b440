/* SPDX-License-Identifier: GPL-2.0 */
/* Kernel addresses to function names, modules included. */
#ifndef DD_KSYM_H
#define DD_KSYM_H

#include <stdint.h>
#include <stdio.h>

#include "model.h"

struct ksym;

/* From text as /proc/kallsyms has it; addresses that are all zero (kptr_restrict) are -EPERM. */
int ksym_parse(FILE *in, struct ksym **out);

/* From /proc/kallsyms. Logs what to do if it cannot be read. */
int ksym_open(struct ksym **out);
void ksym_free(struct ksym *k);
void cleanup_ksym(struct ksym **k);

/* The function that the address lies in; out->function is empty if there is none. k may be NULL. */
void ksym_lookup(const struct ksym *k, uint64_t address, struct symbol *out);

/*
 * For each of n names, the module that has a function of that name: "" if it is built in, NULL if
 * this kernel has no such function now. Borrowed.
 */
void ksym_modules(const struct ksym *k, const char *const names[], size_t n, const char *modules[]);

#endif
