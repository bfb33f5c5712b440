/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gate cgroup DIR egress|ingress|socket|connect4|connect6|pass: a BPF program that refuses everything, or
 * passes what is sent, on a cgroup as long as that lives. Prints "attached ID".
 *
 * gate socket tcp|udp PORT classic|bpf: a service whose socket has a filter that refuses everything; until
 * it is killed. Prints "attached ID", for a classic filter 0.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct kind {
	const char *name;
	enum bpf_prog_type type;
	enum bpf_attach_type attach;
	const char *program;
} kinds[] = {
	{ "egress", BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS, "lab_cg_egress" },
	{ "ingress", BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_INGRESS, "lab_cg_ingress" },
	{ "socket", BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_CREATE, "lab_cg_socket" },
	{ "connect4", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_CONNECT, "lab_cg_connect" },
	{ "connect6", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET6_CONNECT, "lab_cg_connect" },
	{ "pass", BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS, "lab_cg_pass" },
	{ "bpf", BPF_PROG_TYPE_SOCKET_FILTER, 0, "lab_filter" },
};

static int fail(const char *what)
{
	fprintf(stderr, "gate: %s: %s\n", what, strerror(errno));
	return 1;
}

static const struct kind *kind_find(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

/* A program that says no, but for one. */
static int load(const struct kind *kind)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0,
		  .imm = !strcmp(kind->name, "pass") },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = kind->type,
		.expected_attach_type = kind->attach,
		.insns = (uintptr_t)insns,
		.insn_cnt = sizeof(insns) / sizeof(insns[0]),
		.license = (uintptr_t)"GPL",
	};

	strcpy(attr.prog_name, kind->program);
	return syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static void told(int fd)
{
	struct bpf_prog_info info = { 0 };
	union bpf_attr attr = {
		.info = { .bpf_fd = fd, .info_len = sizeof(info), .info = (uintptr_t)&info },
	};

	if (fd >= 0)
		syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr));
	printf("attached %u\n", info.id);
	fflush(stdout);
}

static int on_cgroup(const char *dir, const struct kind *kind)
{
	union bpf_attr attr = { .attach_flags = BPF_F_ALLOW_MULTI };
	int fd = kind ? load(kind) : -1;

	if (fd < 0)
		return fail("load");
	/* a mistake in a script must not cut off the machine */
	if (!strstr(dir, "/dockdrop-lab.")) {
		fprintf(stderr, "gate: %s is no lab's cgroup\n", dir);
		return 1;
	}
	attr.target_fd = open(dir, O_RDONLY | O_DIRECTORY);
	attr.attach_bpf_fd = fd;
	attr.attach_type = kind->attach;
	if (syscall(SYS_bpf, BPF_PROG_ATTACH, &attr, sizeof(attr)))
		return fail(dir);
	told(fd);
	return 0;
}

static int on_socket(int type, int port, const char *filter)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sock_filter none = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog classic = { 1, &none };
	int fd = socket(AF_INET6, type, 0), program = -1;

	if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof(any)) ||
	    (type == SOCK_STREAM && listen(fd, 8)))
		return fail("socket");
	if (!strcmp(filter, "bpf")) {
		program = load(kind_find(filter));
		if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_BPF, &program, sizeof(program)))
			return fail("filter");
	} else if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &classic, sizeof(classic))) {
		return fail("filter");
	}
	told(program);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "cgroup"))
		return on_cgroup(argv[2], kind_find(argv[3]));
	if (argc == 5 && !strcmp(argv[1], "socket"))
		return on_socket(strcmp(argv[2], "tcp") ? SOCK_DGRAM : SOCK_STREAM, atoi(argv[3]),
				 argv[4]);
	return 2;
}
