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

/* A group's function that exists and cannot be probed makes the whole group worthless, but for path. */
static const struct row {
	const char *function;
	const char *program;
	enum dd_function id;
	enum function_group group;
	bool exit;   /* on its way out, with its arguments: fexit alone */
	bool needed; /* the group cannot do without, even if the kernel has no such function */
} rows[] = {
	{ "nf_hook_slow", "dd_nf_hook_slow", DD_FN_nf_hook_slow, FUNCTIONS_HOOKS, false, true },
	{ "nf_hook_slow", "dd_nf_hook_slow_exit", DD_FN_nf_hook_slow, FUNCTIONS_HOOKS, true, false },
#define PATH(name, skb_argument, layer) \
	{ #name, "dd_" #name, DD_FN_##name, FUNCTIONS_PATH, false, false },
#include "path.def"
#undef PATH
	{ "nft_do_chain", "dd_nft_do_chain", DD_FN_nft_do_chain, FUNCTIONS_EXPRESSION, false, true },
	{ "nft_do_chain", "dd_nft_do_chain_exit", DD_FN_nft_do_chain, FUNCTIONS_EXPRESSION, true,
	  true },
#define EVAL(name) { #name, "dd_" #name, DD_FN_nft_eval, FUNCTIONS_EXPRESSION, true, false },
#include "nft_eval.def"
#undef EVAL
	{ "__nft_trace_packet", "dd___nft_trace_packet", DD_FN___nft_trace_packet, FUNCTIONS_TRACE,
	  false, true },
};

#define N_ROWS ARRAY_SIZE(rows)
#define NOT_PROBED PROBE_TRACEPOINT

struct functions {
	enum probe_kind kinds[N_ROWS]; /* as planned; NOT_PROBED: left out */
	enum probe_kind limits[N_ROWS];
	struct btf_function btf[N_ROWS];
	struct bpf_link *links[N_ROWS];
	bool broken[N_FUNCTION_GROUPS];
};

/* return 0 */
static int try_fentry(const struct btf_function *function)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_FENTRY,
		    .attach_btf_id = function->id, .attach_btf_obj_fd = function->fd);
	int fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "dd_try", "GPL", insns, ARRAY_SIZE(insns),
			       &opts);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

enum probe_kind functions_strongest(struct reason *btf)
{
	static const char *const every_kernel[] = { "nf_hook_slow" }, *const built_in[] = { "" };
	struct btf_function function;
	int err;

	reason_functions(btf, every_kernel, built_in, 1, &function);
	err = function.id ? try_fentry(&function) : -ENOENT;
	if (!err)
		return PROBE_FENTRY;
	log_debug("fentry: %s", strerror(-err));
	return access(KPROBE_PMU, R_OK) ? PROBE_TRACEPOINT : PROBE_KPROBE;
}

struct functions *functions_new(enum probe_kind strongest, struct reason *btf,
				const struct ksym *ksym)
{
	const char *names[N_ROWS], *modules[N_ROWS] = { NULL };
	struct functions *f = calloc(1, sizeof(*f));

	if (!f || strongest == PROBE_TRACEPOINT)
		return f;
	for (size_t i = 0; i < N_ROWS; i++)
		names[i] = rows[i].function;
	ksym_modules(ksym, names, N_ROWS, modules);
	reason_functions(btf, names, modules, N_ROWS, f->btf);
	for (size_t i = 0; i < N_ROWS; i++)
		f->limits[i] = modules[i] ? strongest : NOT_PROBED;
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

static struct bpf_program *program_of(struct bpf_object *obj, const struct row *row)
{
	return bpf_object__find_program_by_name(obj, row->program);
}

static enum probe_kind plan(const struct functions *f, size_t i)
{
	if (f->broken[rows[i].group])
		return NOT_PROBED;
	if (f->limits[i] == PROBE_FENTRY && f->btf[i].id)
		return PROBE_FENTRY;
	return f->limits[i] >= PROBE_KPROBE && !rows[i].exit ? PROBE_KPROBE : NOT_PROBED;
}

static void program_prepare(struct bpf_program *prog, const struct row *row, enum probe_kind kind)
{
	bool btf = kind == PROBE_FENTRY;

	bpf_program__set_type(prog, btf ? BPF_PROG_TYPE_TRACING : BPF_PROG_TYPE_KPROBE);
	bpf_program__set_expected_attach_type(prog, !btf ? 0 : row->exit ? BPF_TRACE_FEXIT :
									   BPF_TRACE_FENTRY);
	bpf_program__set_autoload(prog, kind != NOT_PROBED);
}

void functions_plan(struct functions *f, struct bpf_object *obj, uint8_t *by_kprobe)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		f->kinds[i] = plan(f, i);
		if (!rows[i].exit)
			by_kprobe[rows[i].id] = f->kinds[i] == PROBE_KPROBE;
	}
	for (size_t i = 0; i < N_ROWS; i++)
		program_prepare(program_of(obj, &rows[i]), &rows[i],
				functions_has(f, rows[i].group) ? f->kinds[i] : NOT_PROBED);
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

bool functions_weaken(struct functions *f, const char *program)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		if (strcmp(rows[i].program, program) || f->kinds[i] == NOT_PROBED)
			continue;
		f->limits[i] = f->kinds[i] - 1;
		f->broken[rows[i].group] = rows[i].group == FUNCTIONS_EXPRESSION;
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

bool functions_has_exits(const struct functions *f, enum function_group group)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if (rows[i].group == group && rows[i].exit && f->kinds[i] != NOT_PROBED)
			return true;
	return false;
}

static int row_attach(struct functions *f, struct bpf_object *obj, size_t i)
{
	struct bpf_program *prog = program_of(obj, &rows[i]);

	f->links[i] = f->kinds[i] == PROBE_FENTRY ?
			      bpf_program__attach_trace(prog) :
			      bpf_program__attach_kprobe(prog, false, rows[i].function);
	return f->links[i] ? 0 : -errno;
}

int functions_attach(struct functions *f, struct bpf_object *obj, enum function_group group)
{
	if (!functions_has(f, group))
		return -EOPNOTSUPP;
	for (size_t i = 0; i < N_ROWS; i++) {
		int err;

		if (rows[i].group != group || f->kinds[i] == NOT_PROBED || f->links[i])
			continue;
		err = row_attach(f, obj, i);
		if (!err)
			continue;
		log_debug("%s cannot be probed: %s", rows[i].function, strerror(-err));
		if (!rows[i].needed && (group == FUNCTIONS_PATH || group == FUNCTIONS_HOOKS))
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
}

enum probe_kind functions_attached(const struct functions *f)
{
	enum probe_kind strongest = PROBE_TRACEPOINT;

	for (size_t i = 0; i < N_ROWS; i++)
		if (f->links[i] && f->kinds[i] > strongest)
			strongest = f->kinds[i];
	return strongest;
}

bool functions_row(const struct functions *f, int i, const char **program, const char **function,
		   enum probe_kind *kind)
{
	if (i >= (int)N_ROWS)
		return false;
	*program = rows[i].program;
	*function = rows[i].function;
	*kind = f->kinds[i];
	return true;
}
