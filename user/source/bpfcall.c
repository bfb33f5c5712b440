/* SPDX-License-Identifier: GPL-2.0 */
#include "source/bpfcall.h"

#include <errno.h>
#include <linux/bpf.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "base/strbuf.h"

int bpfcall(int cmd, void *attr, size_t len)
{
	int ret = syscall(__NR_bpf, cmd, attr, len);

	return ret < 0 ? -errno : ret;
}

int bpfcall_info(int fd, void *info, size_t len)
{
	union bpf_attr ask = { 0 };

	ask.info.bpf_fd = fd;
	ask.info.info_len = len;
	ask.info.info = (uintptr_t)info;
	return bpfcall(BPF_OBJ_GET_INFO_BY_FD, &ask, sizeof(ask));
}

int bpfcall_program_info(uint32_t id, void *info, size_t len)
{
	union bpf_attr by_id = { .prog_id = id };
	int fd __close = bpfcall(BPF_PROG_GET_FD_BY_ID, &by_id, sizeof(by_id));

	return fd < 0 ? fd : bpfcall_info(fd, info, len);
}

int bpfcall_program_name(uint32_t id, char *out, size_t out_len)
{
	struct bpf_prog_info info = { 0 };
	int err = bpfcall_program_info(id, &info, sizeof(info));

	if (err)
		return err;
	info.name[sizeof(info.name) - 1] = '\0';
	if (!info.name[0])
		return -ENODATA;
	text_copy(out, out_len, info.name);
	return 0;
}

int bpfcall_link_netfilter(int prog_fd, uint32_t pf, uint32_t hook, int32_t priority)
{
	/* the members of union bpf_attr of 6.4 */
	struct {
		uint32_t prog_fd, target_fd, attach_type, flags;
		uint32_t pf, hooknum;
		int32_t priority;
		uint32_t netfilter_flags;
	} attr = {
		.prog_fd = prog_fd,
		.attach_type = ATTACH_TYPE_NETFILTER,
		.pf = pf,
		.hooknum = hook,
		.priority = priority,
	};

	return bpfcall(BPF_LINK_CREATE, &attr, sizeof(attr));
}
