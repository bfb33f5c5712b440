/* SPDX-License-Identifier: GPL-2.0 */
#include "source/function.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/log.h"
#include "source/ksym.h"
#include "source/reason.h"

#define KPROBE_PMU "/sys/bus/event_source/devices/kprobe/type"
#define MULTI_PROGRAM "dd_path"
#define COOKIE(id, skb_argument) ((uint64_t)(skb_argument) << 8 | (id))

static const struct row {
	const char *function;
	const char *program;
	enum dd_function id;
	enum function_group group;
	bool exit;   /* on its way out, with its arguments: fexit alone */
	bool fentry; /* by nothing weaker */
	bool untold; /* where skb:kfree_skb does not tell the socket (before 6.11) */
	bool needed; /* the group cannot do without, even if the kernel has no such function */
	int skb_argument;      /* of FUNCTIONS_PATH */
	int version, protocol; /* of IP packets that pass it, 0: all */
} rows[] = {
#define ENTRY(name) .function = #name, .program = "dd_" #name
#define EXIT(name) .function = #name, .program = "dd_" #name "_exit", .exit = true
	{ ENTRY(nf_hook_slow), .id = DD_FN_nf_hook_slow, .group = FUNCTIONS_HOOKS, .needed = true },
	{ EXIT(nf_hook_slow), .id = DD_FN_nf_hook_slow, .group = FUNCTIONS_HOOKS },
#define PATH(name, argument, layer, v, p)                                                         \
	{ ENTRY(name), .id = DD_FN_##name, .group = FUNCTIONS_PATH, .skb_argument = (argument), \
	  .version = (v), .protocol = (p) },
#include "path.def"
#undef PATH
	{ ENTRY(nft_do_chain), .id = DD_FN_nft_do_chain, .group = FUNCTIONS_EXPRESSION,
	  .needed = true },
	{ EXIT(nft_do_chain), .id = DD_FN_nft_do_chain, .group = FUNCTIONS_EXPRESSION,
	  .needed = true },
#define EVAL(name) { ENTRY(name), .id = DD_FN_nft_eval, .group = FUNCTIONS_EXPRESSION, .exit = true },
#include "nft_eval.def"
#undef EVAL
	{ EXIT(nf_conntrack_in), .id = DD_FN_nf_conntrack_in, .group = FUNCTIONS_DROPPERS },
	{ EXIT(__nf_conntrack_confirm), .id = DD_FN___nf_conntrack_confirm,
	  .group = FUNCTIONS_DROPPERS },
	{ EXIT(nf_hook_run_bpf), .id = DD_FN_nf_hook_run_bpf, .group = FUNCTIONS_DROPPERS },
	{ ENTRY(sk_filter_trim_cap), .id = DD_FN_sk_filter_trim_cap, .group = FUNCTIONS_DROPPERS,
	  .untold = true },
	{ EXIT(__cgroup_bpf_run_filter_skb), .id = DD_FN___cgroup_bpf_run_filter_skb,
	  .group = FUNCTIONS_DROPPERS },
#define TABLES(name, v)                                                                            \
	{ ENTRY(name), .id = DD_FN_##name, .group = FUNCTIONS_TABLES, .version = v, .fentry = true }, \
	{ EXIT(name), .id = DD_FN_##name, .group = FUNCTIONS_TABLES, .version = v }
	TABLES(ipt_do_table, 4),
	TABLES(ip6t_do_table, 6),
#undef TABLES
	{ ENTRY(__nft_trace_packet), .id = DD_FN___nft_trace_packet, .group = FUNCTIONS_TRACE,
	  .needed = true },
#undef ENTRY
#undef EXIT
};

#define N_ROWS ARRAY_SIZE(rows)
#define NOT_PROBED PROBE_TRACEPOINT

struct functions {
	enum probe_kind kinds[N_ROWS]; /* as planned; NOT_PROBED: left out */
	enum probe_kind limits[N_ROWS];
	struct btf_function btf[N_ROWS];
	struct bpf_link *links[N_ROWS];
	bool multi; /* FUNCTIONS_PATH by one program and one link */
	struct bpf_link *multi_link;
	bool broken[N_FUNCTION_GROUPS];
};

/* ---- what the kernel can do ------------------------------------------------------ */

/* return 0 */
static int load_nothing(enum bpf_prog_type type, const struct bpf_prog_load_opts *opts)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(type, "dd_try", "GPL", insns, ARRAY_SIZE(insns), opts);

	return fd < 0 ? -errno : fd;
}

static int try_fentry(const struct btf_function *function)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_FENTRY,
		    .attach_btf_id = function->id, .attach_btf_obj_fd = function->fd);
	int fd = load_nothing(BPF_PROG_TYPE_TRACING, &opts);

	return fd < 0 ? fd : close(fd);
}

/* Addresses that cannot be read are EFAULT where somebody reads them, and else EINVAL. */
static bool has_multi(void)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_KPROBE_MULTI);
	LIBBPF_OPTS(bpf_link_create_opts, unreadable, .kprobe_multi.cnt = 1,
		    .kprobe_multi.addrs = (const unsigned long *)1);
	int fd = load_nothing(BPF_PROG_TYPE_KPROBE, &opts), link;

	if (fd < 0)
		return false;
	link = bpf_link_create(fd, 0, BPF_TRACE_KPROBE_MULTI, &unreadable);
	link = link < 0 ? -errno : link;
	close(fd);
	if (link >= 0)
		close(link);
	return link == -EFAULT;
}

int functions_try(struct reason *btf, enum probe_kind kind)
{
	static const char *const every_kernel[] = { "nf_hook_slow" }, *const built_in[] = { "" };
	struct btf_function function;

	if (kind == PROBE_KPROBE)
		return access(KPROBE_PMU, R_OK) ? -EOPNOTSUPP : 0;
	if (kind != PROBE_FENTRY)
		return 0;
	reason_functions(btf, every_kernel, built_in, 1, &function);
	return function.id ? try_fentry(&function) : -ENOENT;
}

enum probe_kind functions_strongest(struct reason *btf)
{
	for (enum probe_kind kind = PROBE_FENTRY; kind > PROBE_TRACEPOINT; kind--) {
		int err = functions_try(btf, kind);

		if (!err)
			return kind;
		log_debug("probes of kind %d: %s", kind, strerror(-err));
	}
	return PROBE_TRACEPOINT;
}

static bool is_passed(const struct row *row, const struct functions_plan *plan)
{
	if (row->untold && reason_tracepoint_args(plan->btf, "kfree_skb") >= 4)
		return false;
	return (!row->version || row->version == plan->version) &&
	       (!row->protocol || row->protocol == plan->protocol) &&
	       (plan->legacy || row->group != FUNCTIONS_TABLES);
}

struct functions *functions_new(const struct functions_plan *plan)
{
	const char *names[N_ROWS], *modules[N_ROWS] = { NULL };
	struct functions *f = calloc(1, sizeof(*f));

	if (!f || plan->strongest == PROBE_TRACEPOINT)
		return f;
	for (size_t i = 0; i < N_ROWS; i++)
		names[i] = rows[i].function;
	ksym_modules(plan->ksym, names, N_ROWS, modules);
	reason_functions(plan->btf, names, modules, N_ROWS, f->btf);
	for (size_t i = 0; i < N_ROWS; i++)
		f->limits[i] = modules[i] && is_passed(&rows[i], plan) ? plan->strongest : NOT_PROBED;
	f->multi = has_multi();
	return f;
}

void functions_free(struct functions *f)
{
	if (!f)
		return;
	for (int group = 0; group < N_FUNCTION_GROUPS; group++)
		functions_detach(f, group);
	free(f);
}

/* ---- before loading ---------------------------------------------------------------- */

static struct bpf_program *program_of(struct bpf_object *obj, const struct row *row)
{
	return bpf_object__find_program_by_name(obj, row->program);
}

static bool is_multi(const struct functions *f, const struct row *row)
{
	return f->multi && row->group == FUNCTIONS_PATH;
}

static enum probe_kind kind_of(const struct functions *f, size_t i)
{
	if (f->broken[rows[i].group] || is_multi(f, &rows[i]))
		return NOT_PROBED;
	if (f->limits[i] == PROBE_FENTRY && f->btf[i].id)
		return PROBE_FENTRY;
	return f->limits[i] >= PROBE_KPROBE && !rows[i].exit && !rows[i].fentry ? PROBE_KPROBE :
										  NOT_PROBED;
}

static void program_prepare(struct bpf_program *prog, enum probe_kind kind, bool exit)
{
	bool btf = kind == PROBE_FENTRY;

	bpf_program__set_type(prog, btf ? BPF_PROG_TYPE_TRACING : BPF_PROG_TYPE_KPROBE);
	bpf_program__set_expected_attach_type(prog, !btf ? 0 : exit ? BPF_TRACE_FEXIT :
								      BPF_TRACE_FENTRY);
	bpf_program__set_autoload(prog, kind != NOT_PROBED);
}

static void multi_prepare(const struct functions *f, struct bpf_program *prog)
{
	bpf_program__set_type(prog, BPF_PROG_TYPE_KPROBE);
	bpf_program__set_expected_attach_type(prog, BPF_TRACE_KPROBE_MULTI);
	bpf_program__set_autoload(prog, f->multi && functions_has(f, FUNCTIONS_PATH));
}

void functions_prepare(struct functions *f, struct bpf_object *obj, uint8_t *by_kprobe)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		f->kinds[i] = kind_of(f, i);
		if (!rows[i].exit)
			by_kprobe[rows[i].id] = f->kinds[i] == PROBE_KPROBE;
	}
	for (size_t i = 0; i < N_ROWS; i++)
		program_prepare(program_of(obj, &rows[i]),
				functions_has(f, rows[i].group) ? f->kinds[i] : NOT_PROBED,
				rows[i].exit);
	multi_prepare(f, bpf_object__find_program_by_name(obj, MULTI_PROGRAM));
}

void functions_target(const struct functions *f, const char *program, uint32_t *btf_id, int *btf_fd)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		if (f->kinds[i] != PROBE_FENTRY || strcmp(rows[i].program, program))
			continue;
		*btf_id = f->btf[i].id;
		*btf_fd = f->btf[i].fd;
	}
}

/* Whoever cannot see all that might decide could name a wrong rule. */
static bool is_whole(enum function_group group)
{
	return group == FUNCTIONS_EXPRESSION || group == FUNCTIONS_TABLES;
}

bool functions_weaken(struct functions *f, const char *program)
{
	if (!strcmp(program, MULTI_PROGRAM)) {
		f->multi = false;
		return true;
	}
	for (size_t i = 0; i < N_ROWS; i++) {
		if (strcmp(rows[i].program, program) || f->kinds[i] == NOT_PROBED)
			continue;
		f->limits[i] = f->kinds[i] - 1;
		f->broken[rows[i].group] = is_whole(rows[i].group);
		return true;
	}
	return false;
}

bool functions_has(const struct functions *f, enum function_group group)
{
	if (f->broken[group])
		return false;
	for (size_t i = 0; i < N_ROWS; i++)
		if (rows[i].needed && f->kinds[i] == NOT_PROBED &&
		    (rows[i].group == group || rows[i].group == FUNCTIONS_HOOKS))
			return false;
	return true;
}

bool functions_skb_first(const struct functions *f)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if (rows[i].group == FUNCTIONS_TABLES && f->btf[i].skb_first)
			return true;
	return false;
}

bool functions_has_exits(const struct functions *f, enum function_group group)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if (rows[i].group == group && rows[i].exit && f->kinds[i] != NOT_PROBED)
			return true;
	return false;
}

/* ---- attaching --------------------------------------------------------------------- */

static int row_attach(struct functions *f, struct bpf_object *obj, size_t i)
{
	struct bpf_program *prog = program_of(obj, &rows[i]);

	f->links[i] = f->kinds[i] == PROBE_FENTRY ?
			      bpf_program__attach_trace(prog) :
			      bpf_program__attach_kprobe(prog, false, rows[i].function);
	return f->links[i] ? 0 : -errno;
}

static int multi_attach(struct functions *f, struct bpf_object *obj)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(obj, MULTI_PROGRAM);
	const char *names[N_ROWS];
	__u64 cookies[N_ROWS];
	LIBBPF_OPTS(bpf_kprobe_multi_opts, opts, .syms = names, .cookies = cookies);

	for (size_t i = 0; i < N_ROWS; i++) {
		if (rows[i].group != FUNCTIONS_PATH || f->limits[i] == NOT_PROBED)
			continue;
		names[opts.cnt] = rows[i].function;
		cookies[opts.cnt++] = COOKIE(rows[i].id, rows[i].skb_argument);
	}
	f->multi_link = bpf_program__attach_kprobe_multi_opts(prog, NULL, &opts);
	return f->multi_link ? 0 : -errno;
}

int functions_attach(struct functions *f, struct bpf_object *obj, enum function_group group)
{
	if (!functions_has(f, group))
		return -EOPNOTSUPP;
	if (f->multi && group == FUNCTIONS_PATH)
		return multi_attach(f, obj);
	for (size_t i = 0; i < N_ROWS; i++) {
		int err;

		if (rows[i].group != group || f->kinds[i] == NOT_PROBED || f->links[i])
			continue;
		err = row_attach(f, obj, i);
		if (!err)
			continue;
		log_debug("%s cannot be probed: %s", rows[i].function, strerror(-err));
		if (!rows[i].needed && !is_whole(group))
			continue;
		functions_detach(f, group);
		return err;
	}
	return 0;
}

void functions_detach(struct functions *f, enum function_group group)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		if (rows[i].group != group)
			continue;
		bpf_link__destroy(f->links[i]);
		f->links[i] = NULL;
	}
	if (group != FUNCTIONS_PATH)
		return;
	bpf_link__destroy(f->multi_link);
	f->multi_link = NULL;
}

enum probe_kind functions_attached(const struct functions *f)
{
	enum probe_kind strongest = f->multi_link ? PROBE_KPROBE : PROBE_TRACEPOINT;

	for (size_t i = 0; i < N_ROWS; i++)
		if (f->links[i] && f->kinds[i] > strongest)
			strongest = f->kinds[i];
	return strongest;
}

bool functions_describe(const struct functions *f, const char *program, const char **function,
			enum probe_kind *kind)
{
	*function = "";
	*kind = PROBE_KPROBE;
	for (size_t i = 0; i < N_ROWS; i++) {
		if (strcmp(rows[i].program, program))
			continue;
		*function = rows[i].function;
		*kind = f->kinds[i];
		return true;
	}
	return !strcmp(program, MULTI_PROGRAM);
}
