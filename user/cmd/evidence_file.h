/* SPDX-License-Identifier: GPL-2.0 */
/* The file of --evidence. What goes wrong is logged. */
#ifndef DD_CMD_EVIDENCE_FILE_H
#define DD_CMD_EVIDENCE_FILE_H

#include <stdio.h>

/* Never over a file that is there, nor through a link: this runs as root. path NULL: none is wanted. */
int evidence_file_open(const char *path, FILE **out);

/* Whether all of it has been written; 0, or a negative errno. file NULL: there is none. */
int evidence_file_done(FILE *file, const char *path);

#endif
