/* SPDX-License-Identifier: GPL-2.0 */
/* System calls that a capture never makes, refused from then on. The owner of libseccomp. */
#ifndef DD_JAIL_H
#define DD_JAIL_H

/*
 * For this process and its children, for good, with no_new_privs set before: CAP_SYS_ADMIN and
 * CAP_SYS_PTRACE stay for setns(2) and /proc, and shall be good for nothing else. 0, or a negative errno:
 * not logged, nothing is refused then.
 */
int jail_enter(void);

#endif
