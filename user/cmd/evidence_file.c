/* SPDX-License-Identifier: GPL-2.0 */
#include "cmd/evidence_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/log.h"

int evidence_file_open(const char *path, FILE **out)
{
	int fd = path ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600) : -1;

	if (!path)
		return 0;
	*out = fd < 0 ? NULL : fdopen(fd, "w");
	if (*out)
		return 0;
	log_error("%s cannot be made (%s): name a file that does not exist yet", path,
		  strerror(errno));
	return -errno;
}

int evidence_file_done(FILE *file, const char *path)
{
	if (!file || (!fflush(file) && !ferror(file)))
		return 0;
	log_error("%s is not complete (%s): free some space", path, strerror(errno));
	return -EIO;
}
