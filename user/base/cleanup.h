/* SPDX-License-Identifier: GPL-2.0 */
/* Scope-bound release: declare with __cleanup(), leave only through take_ptr() or take_fd(). */
#ifndef DD_CLEANUP_H
#define DD_CLEANUP_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define __cleanup(fn) __attribute__((cleanup(fn)))

/* Hands the pointer out and leaves NULL behind, so that the cleanup does nothing. */
#define take_ptr(p)                   \
	({                            \
		__auto_type __p = (p); \
		(p) = NULL;           \
		__p;                  \
	})

/* The same for a file descriptor, which leaves -1. */
#define take_fd(fd)           \
	({                    \
		int __fd = (fd); \
		(fd) = -1;    \
		__fd;         \
	})

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_file(FILE **f)
{
	if (*f)
		fclose(*f);
}

static inline void cleanup_dir(DIR **d)
{
	if (*d)
		closedir(*d);
}

#define __free __cleanup(cleanup_free)
#define __close __cleanup(cleanup_fd)
#define __fclose __cleanup(cleanup_file)
#define __closedir __cleanup(cleanup_dir)

#endif
