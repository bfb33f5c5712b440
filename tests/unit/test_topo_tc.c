/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "netlab.h"

#include "base/array.h"
#include "base/cleanup.h"
#include "source/topo.h"


static uint32_t index_of(int ns, const char *name)
{
	struct link link = { 0 };

	assert_int_equal(topo_link_by_name(ns, name, &link), 0);
	assert_string_equal(link.name, name);
	return link.ifindex;
}

static int load_program(const char *name, int expected_attach_type)
{
	const struct bpf_insn pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = expected_attach_type);

	return bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, name, "GPL", pass, ARRAY_SIZE(pass), &opts);
}

static uint32_t id_of(int prog_fd)
{
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);

	assert_int_equal(bpf_obj_get_info_by_fd(prog_fd, &info, &len), 0);
	return info.id;
}

static int attach_tcx(int prog_fd, uint32_t ifindex, int type)
{
	union bpf_attr attr = { .target_fd = ifindex };

	attr.attach_bpf_fd = prog_fd;
	attr.attach_type = type;
	return syscall(__NR_bpf, BPF_PROG_ATTACH, &attr, sizeof(attr)) ? -errno : 0;
}

static int attach_tc(int prog_fd, uint32_t ifindex, enum bpf_tc_attach_point where)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex, .attach_point = where);
	LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = prog_fd);

	return bpf_tc_attach(&hook, &opts);
}

static void test_no_programs(void **state)
{
	struct program programs[4];

	(void)state;
	netlab_or_skip();
	int ns __close = netlab_new();

	netlab_veth(ns, "v0", ns, "v1");
	assert_int_equal(topo_programs(ns, index_of(ns, "v0"), programs, 4), 0);
	netlab_run(ns, "tc qdisc add dev v0 clsact");
	assert_int_equal(topo_programs(ns, index_of(ns, "v0"), programs, 4), 0);
}

#define EVERYTHING "filter add dev v0 %s protocol all pref %d u32 match u32 0 0"

/* A plain ingress qdisc, whose filters the kernel also shows to who asks for egress. */
static void test_ingress_qdisc(void **state)
{
	struct program programs[4];

	(void)state;
	netlab_or_skip();
	int ns __close = netlab_new();

	netlab_veth(ns, "v0", ns, "v1");
	if (netlab_try(ns, "tc qdisc add dev v0 ingress && tc " EVERYTHING, "parent ffff:", 10)) {
		print_message("no ingress qdisc or no u32 here\n");
		skip();
	}
	assert_int_equal(topo_programs(ns, index_of(ns, "v0"), programs, 4), 1);
	assert_string_equal(programs[0].kind, "u32");
	assert_string_equal(programs[0].device, "v0");
	assert_string_equal(programs[0].name, "");
	assert_int_equal(programs[0].id, 0);
	assert_true(programs[0].ingress);
}

/* Filters of a classful qdisc at the root, and how the answer is cut to what fits. */
static void test_root_qdisc(void **state)
{
	struct program programs[4];
	uint32_t v0;

	(void)state;
	netlab_or_skip();
	int ns __close = netlab_new();

	netlab_veth(ns, "v0", ns, "v1");
	if (netlab_try(ns, "tc qdisc add dev v0 root handle 1: htb && tc " EVERYTHING, "parent 1:",
		       3)) {
		print_message("no htb or no u32 here\n");
		skip();
	}
	netlab_run(ns, "tc qdisc add dev v0 clsact && tc " EVERYTHING, "ingress", 7);
	v0 = index_of(ns, "v0");
	assert_int_equal(topo_programs(ns, v0, programs, 4), 2);
	assert_true(programs[0].ingress);
	assert_false(programs[1].ingress);
	assert_string_equal(programs[1].kind, "u32");
	programs[1].id = 7;
	assert_int_equal(topo_programs(ns, v0, programs, 1), 1);
	assert_int_equal(programs[1].id, 7);
	assert_int_equal(topo_programs(ns, v0, programs, 0), 0);
	assert_int_equal(topo_programs(ns, index_of(ns, "v1"), programs, 4), 0);
}

static void check_program(const struct program *p, const char *kind, const char *name, uint32_t id,
			  bool ingress)
{
	assert_string_equal(p->kind, kind);
	/* libbpf adds the id to the name of a tc filter */
	assert_memory_equal(p->name, name, strlen(name));
	assert_int_equal(p->id, id);
	assert_int_equal(p->ingress, ingress);
	assert_string_equal(p->device, "v0");
	assert_string_equal(p->netns, "");
}

static void test_bpf_filters(void **state)
{
	struct program programs[4];
	int prog __close = load_program("dd_test_pass", 0);
	uint32_t v0;

	(void)state;
	netlab_or_skip();
	if (prog < 0) {
		print_message("BPF programs cannot be loaded here\n");
		skip();
	}
	int ns __close = netlab_new();

	netlab_veth(ns, "v0", ns, "v1");
	netlab_run(ns, "tc qdisc add dev v0 clsact");
	netlab_run(ns, "tc filter add dev v0 ingress protocol all bpf da bytecode '1,6 0 0 0,'");
	v0 = index_of(ns, "v0");
	{
		int back __leave_netns = netns_enter(ns);

		assert_int_equal(attach_tc(prog, v0, BPF_TC_EGRESS), 0);
		assert_int_equal(attach_tc(prog, v0, BPF_TC_EGRESS), 0);
	}
	assert_int_equal(topo_programs(ns, v0, programs, 4), 3);
	check_program(&programs[0], "bpf", "", 0, true);
	check_program(&programs[1], "bpf", "dd_test_pass", id_of(prog), false);
	check_program(&programs[2], "bpf", "dd_test_pass", id_of(prog), false);
}

static void test_tcx(void **state)
{
	struct program programs[4];
	int in __close = load_program("dd_test_in", 0);
	int out __close = load_program("dd_test_out", 0);
	uint32_t v0;
	int err;

	(void)state;
	netlab_or_skip();
	int ns __close = netlab_new();

	netlab_veth(ns, "v0", ns, "v1");
	v0 = index_of(ns, "v0");
	{
		int back __leave_netns = netns_enter(ns);

		err = attach_tcx(in, v0, 46);
		if (!err)
			err = attach_tcx(out, v0, 47);
	}
	if (err) {
		print_message("no tcx here (before 6.6)\n");
		skip();
	}
	assert_int_equal(topo_programs(ns, v0, programs, 4), 2);
	check_program(&programs[0], "tcx", "dd_test_in", id_of(in), true);
	check_program(&programs[1], "tcx", "dd_test_out", id_of(out), false);
	assert_int_equal(topo_programs(ns, index_of(ns, "v1"), programs, 4), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_programs),
		cmocka_unit_test(test_ingress_qdisc),
		cmocka_unit_test(test_root_qdisc),
		cmocka_unit_test(test_bpf_filters),
		cmocka_unit_test(test_tcx),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
