/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bpfdrop HOOK PRIORITY: a BPF program that drops every IPv4 packet on a netfilter hook (a number of
 * enum nf_inet_hooks) of this network namespace, until this process ends. Once it is there it says
 * "attached", the program's number and its own. By the plain system call: the distribution's libbpf
 * may not know such links.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/netfilter.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* include/uapi/linux/bpf.h of 6.4 */
#define PROG_TYPE_NETFILTER 32
#define ATTACH_TYPE_NETFILTER 45

static int load(void)
{
	/* the verdict is r0: NF_DROP */
	static const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = NF_DROP },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = PROG_TYPE_NETFILTER,
		.insns = (uintptr_t)insns,
		.insn_cnt = sizeof(insns) / sizeof(insns[0]),
		.license = (uintptr_t)"GPL",
		.prog_name = "lab_nf_drop",
		.expected_attach_type = ATTACH_TYPE_NETFILTER,
	};

	return syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static int attach(int prog_fd, uint32_t hook, int32_t priority)
{
	struct {
		uint32_t prog_fd, target_fd, attach_type, flags;
		uint32_t pf, hooknum;
		int32_t priority;
		uint32_t netfilter_flags;
	} attr = {
		.prog_fd = prog_fd,
		.attach_type = ATTACH_TYPE_NETFILTER,
		.pf = NFPROTO_IPV4,
		.hooknum = hook,
		.priority = priority,
	};

	return syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));
}

static unsigned int number(int fd)
{
	struct bpf_prog_info info = { 0 };
	union bpf_attr attr = {
		.info = { .bpf_fd = fd, .info_len = sizeof(info), .info = (uintptr_t)&info },
	};

	return syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)) ? 0 : info.id;
}

int main(int argc, char **argv)
{
	int fd = load();

	if (argc != 3)
		return 2;
	if (fd < 0 || attach(fd, atoi(argv[1]), atoi(argv[2])) < 0) {
		fprintf(stderr, "bpfdrop: %s\n", strerror(errno));
		return 1;
	}
	printf("attached %u %d\n", number(fd), getpid());
	fflush(stdout);
	for (;;)
		pause();
}
