/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bpf(2) by the plain system call, for what the distribution's libbpf does not know.
 */
#ifndef DD_BPFCALL_H
#define DD_BPFCALL_H

#include <stddef.h>
#include <stdint.h>

/* include/uapi/linux/bpf.h of 6.4; the distribution's headers may be older. */
#define PROG_TYPE_NETFILTER   32
#define ATTACH_TYPE_NETFILTER 45

/* What the call returned, or a negative errno. attr is union bpf_attr, or the head of it that counts. */
int bpfcall(int cmd, void *attr, size_t len);

/*
 * Fills info, len bytes, with what the kernel says of the program or link behind fd; what the kernel
 * does not know stays as it is. 0 or a negative errno.
 */
int bpfcall_info(int fd, void *info, size_t len);

/* The same of a program by its id; -ENOENT if it is gone. info is struct bpf_prog_info. */
int bpfcall_program_info(uint32_t id, void *info, size_t len);

/*
 * The name of a program as bpftool shows it, cut to fit. 0, or a negative errno with out untouched:
 * -ENOENT if it is gone, -ENODATA if it has no name.
 */
int bpfcall_program_name(uint32_t id, char *out, size_t out_len);

/*
 * Attaches the program to a hook of netfilter in the current namespace, for as long as the descriptor that
 * is returned is open. -EBUSY: something else has that priority (nf_hook_entries_grow()). libbpf knows
 * such links since 1.3.
 */
int bpfcall_link_netfilter(int prog_fd, uint32_t pf, uint32_t hook, int32_t priority);

#endif
