/* SPDX-License-Identifier: GPL-2.0 */
#include "source/reason.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "model.h"

#define REASON_MAX 1024
#define MODULES_MAX 32 /* that have a function which is probed */
#define KERNEL_BTF "/sys/kernel/btf/vmlinux"

struct tracepoint {
	char *name;
	int args;
};

/* A module whose type information is held open. */
struct module {
	char name[SHORT_LEN];
	uint32_t btf_id;
	int fd;
};

/* A copy of the little that is needed, since the kernel's type information takes megabytes. */
struct reason {
	char *names[REASON_MAX];
	struct tracepoint *tracepoints;
	size_t n_tracepoints;
	struct btf *btf; /* of the kernel; NULL: forgotten */
	struct module modules[MODULES_MAX];
	int n_modules;
};

static void cleanup_btf(struct btf **btf)
{
	btf__free(*btf);
}

int reason_empty(struct reason **out)
{
	struct reason *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	*out = r;
	return 0;
}

int reason_add(struct reason *r, uint32_t number, const char *name)
{
	char *copy;

	if (number >= REASON_MAX)
		return -ERANGE;
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	free(r->names[number]);
	r->names[number] = copy;
	return 0;
}

/*
 * enum skb_drop_reason, SKB_DROP_REASON_X. The reasons of other subsystems (SKB_DROP_REASON_SUBSYS)
 * are enums of their own with numbers above REASON_MAX; none of them is on the way of these packets.
 */
static int reasons_load(struct reason *r, const struct btf *btf)
{
	static const char prefix[] = "SKB_DROP_REASON_";
	int id = btf__find_by_name_kind(btf, "skb_drop_reason", BTF_KIND_ENUM);
	const struct btf_type *type;
	const struct btf_enum *e;

	if (id < 0)
		return 0; /* before 5.17 */
	type = btf__type_by_id(btf, id);
	e = btf_enum(type);
	for (int i = 0; i < btf_vlen(type); i++) {
		const char *name = btf__name_by_offset(btf, e[i].name_off);

		if (strncmp(name, prefix, strlen(prefix)) || e[i].val < 0)
			continue;
		if (reason_add(r, e[i].val, name + strlen(prefix)) == -ENOMEM)
			return -ENOMEM;
	}
	return 0;
}

/* typedef void (*btf_trace_X)(void *, ...): the first argument is the tracepoint's own. */
static int tracepoint_args(const struct btf *btf, const struct btf_type *type)
{
	type = btf__type_by_id(btf, type->type);
	type = type && btf_is_ptr(type) ? btf__type_by_id(btf, type->type) : NULL;
	return type && btf_is_func_proto(type) ? btf_vlen(type) - 1 : -1;
}

static int tracepoint_add(struct reason *r, const char *name, int args)
{
	struct tracepoint *all = reallocarray(r->tracepoints, r->n_tracepoints + 1, sizeof(*all));
	char *copy = strdup(name);

	if (all)
		r->tracepoints = all;
	if (!all || !copy) {
		free(copy);
		return -ENOMEM;
	}
	all[r->n_tracepoints++] = (struct tracepoint){ copy, args };
	return 0;
}

static int tracepoints_load(struct reason *r, const struct btf *btf)
{
	static const char prefix[] = "btf_trace_";
	int err = 0;

	for (uint32_t id = 1; id < btf__type_cnt(btf) && !err; id++) {
		const struct btf_type *type = btf__type_by_id(btf, id);
		const char *name = btf__name_by_offset(btf, type->name_off);

		if (btf_is_typedef(type) && !strncmp(name, prefix, strlen(prefix)))
			err = tracepoint_add(r, name + strlen(prefix), tracepoint_args(btf, type));
	}
	return err;
}

int reason_open(struct reason **out)
{
	struct reason *r __cleanup(cleanup_reason) = NULL;
	struct btf *btf __cleanup(cleanup_btf) = btf__parse(KERNEL_BTF, NULL);
	int err = btf ? reason_empty(&r) : -errno;

	if (!btf)
		log_error("this kernel has no type information (" KERNEL_BTF "): use a kernel "
			  "built with CONFIG_DEBUG_INFO_BTF, as distributions ship since 2021");
	if (!err)
		err = reasons_load(r, btf);
	if (!err)
		err = tracepoints_load(r, btf);
	if (err)
		return err;
	r->btf = take_ptr(btf);
	*out = take_ptr(r);
	return 0;
}

void reason_free(struct reason *r)
{
	if (!r)
		return;
	reason_forget_types(r);
	for (int i = 0; i < r->n_modules; i++)
		close(r->modules[i].fd);
	for (int i = 0; i < REASON_MAX; i++)
		free(r->names[i]);
	for (size_t i = 0; i < r->n_tracepoints; i++)
		free(r->tracepoints[i].name);
	free(r->tracepoints);
	free(r);
}

void cleanup_reason(struct reason **r)
{
	reason_free(*r);
}

const char *reason_name(const struct reason *r, uint32_t number)
{
	return r && number < REASON_MAX && r->names[number] ? r->names[number] : "";
}

bool reason_exists(const struct reason *r, const char *name)
{
	for (uint32_t i = 0; i < REASON_MAX; i++)
		if (r->names[i] && !strcasecmp(r->names[i], name))
			return true;
	return false;
}

int reason_tracepoint_args(const struct reason *r, const char *name)
{
	for (size_t i = 0; i < r->n_tracepoints; i++)
		if (!strcmp(r->tracepoints[i].name, name))
			return r->tracepoints[i].args;
	return -ENOENT;
}

void reason_forget_types(struct reason *r)
{
	btf__free(r->btf);
	r->btf = NULL;
}

/* ---- functions ---------------------------------------------------------------- */

/* What is looked for in one BTF. */
struct lookup {
	const char *const *names;
	const char *const *modules;
	size_t n;
	struct btf_function *out;
};

static bool is_skb_first(const struct btf *btf, const struct btf_type *function)
{
	const struct btf_type *type = btf__type_by_id(btf, function->type);

	if (!type || !btf_is_func_proto(type) || !btf_vlen(type))
		return false;
	type = btf__type_by_id(btf, btf_params(type)[0].type);
	type = type && btf_is_ptr(type) ? btf__type_by_id(btf, type->type) : NULL;
	return type && btf_is_struct(type) &&
	       !strcmp(btf__name_by_offset(btf, type->name_off), "sk_buff");
}

static void find_in(const struct btf *btf, uint32_t first, const char *module, int fd,
		    const struct lookup *l)
{
	for (uint32_t id = first; id < btf__type_cnt(btf); id++) {
		const struct btf_type *type = btf__type_by_id(btf, id);
		const char *name;

		if (!btf_is_func(type))
			continue;
		name = btf__name_by_offset(btf, type->name_off);
		for (size_t i = 0; i < l->n; i++)
			if (l->modules[i] && l->names[i][0] == name[0] &&
			    !strcmp(l->modules[i], module) && !strcmp(l->names[i], name))
				l->out[i] = (struct btf_function){ id, fd,
								   is_skb_first(btf, type) };
	}
}

static bool is_module_wanted(const struct lookup *l, const char *name)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->modules[i] && l->modules[i][0] && !strcmp(l->modules[i], name))
			return true;
	return false;
}

/* The descriptor is kept if it is that of a module that has one of the functions. */
static void module_open(struct reason *r, uint32_t btf_id, const struct lookup *l)
{
	struct module *m = &r->modules[r->n_modules];
	struct bpf_btf_info info = {
		.name = (uintptr_t)m->name,
		.name_len = sizeof(m->name),
	};
	uint32_t len = sizeof(info);

	if (r->n_modules == MODULES_MAX)
		return;
	m->fd = bpf_btf_get_fd_by_id(btf_id);
	if (m->fd < 0)
		return;
	if (bpf_obj_get_info_by_fd(m->fd, &info, &len) || !info.kernel_btf ||
	    !is_module_wanted(l, m->name)) {
		close(m->fd);
		return;
	}
	m->btf_id = btf_id;
	r->n_modules++;
}

static void modules_open(struct reason *r, const struct lookup *l)
{
	uint32_t id = 0;

	while (!bpf_btf_get_next_id(id, &id))
		module_open(r, id, l);
}

static void find_in_module(const struct reason *r, const struct module *m, const struct lookup *l)
{
	struct btf *btf __cleanup(cleanup_btf) = btf__load_from_kernel_by_id_split(m->btf_id, r->btf);

	if (btf)
		find_in(btf, btf__type_cnt(r->btf), m->name, m->fd, l);
}

void reason_functions(struct reason *r, const char *const names[], const char *const modules[],
		      size_t n, struct btf_function out[])
{
	const struct lookup l = { names, modules, n, out };

	memset(out, 0, n * sizeof(*out));
	if (!r->btf)
		return;
	find_in(r->btf, 1, "", 0, &l);
	if (!r->n_modules)
		modules_open(r, &l);
	for (int i = 0; i < r->n_modules; i++)
		find_in_module(r, &r->modules[i], &l);
}
