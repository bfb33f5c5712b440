/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's modules, loaded and on disk. Read-only. */
#ifndef DD_MODULES_H
#define DD_MODULES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What the kernel cannot load of what Docker's rules need, in words: modules that are neither in /lib/modules,
 * as process pid sees it (0: this one), nor loaded, nor built in. "": nothing, or it cannot be told.
 */
void modules_lack(int pid, char *out, size_t out_len);

/* Part of it, for tests: of another directory and kernel; is_loaded is asked by a module's name. */
void modules_lack_in(const char *dir, const char *release, bool (*is_loaded)(const char *name), char *out,
		     size_t out_len);

#endif
