/* SPDX-License-Identifier: GPL-2.0 */
/* Files as another process sees them. */
#ifndef DD_ROOTFILE_H
#define DD_ROOTFILE_H

/*
 * Opens a path for reading, or a directory, in the root of process pid; links lead nowhere outside of that. Never
 * one that would block. A descriptor, or a negative errno.
 */
int rootfile_open(int pid, const char *path);

#endif
