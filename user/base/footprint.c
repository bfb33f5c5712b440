/* SPDX-License-Identifier: GPL-2.0 */
#include "base/footprint.h"

#include <link.h>
#include <malloc.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* Only what was never written to: relocations go to segments that are writable, at least for a while. */
static int object_trim(struct dl_phdr_info *info, size_t size, void *ctx)
{
	const uintptr_t page = sysconf(_SC_PAGESIZE);

	(void)size;
	(void)ctx;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		uintptr_t from = info->dlpi_addr + p->p_vaddr, to = from + p->p_filesz;

		if (p->p_type != PT_LOAD || p->p_flags & PF_W)
			continue;
		from &= ~(page - 1);
		to = (to + page - 1) & ~(page - 1);
		madvise((void *)from, to - from, MADV_DONTNEED);
	}
	return 0;
}

void footprint_trim(void)
{
	malloc_trim(0);
	dl_iterate_phdr(object_trim, NULL);
}
