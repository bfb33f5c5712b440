/* SPDX-License-Identifier: GPL-2.0 */
#include "source/reason.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"

#define REASON_MAX 1024

struct reason {
	struct btf *btf; /* NULL for a table made by hand */
	char *names[REASON_MAX];
};

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
static int reasons_load(struct reason *r)
{
	static const char prefix[] = "SKB_DROP_REASON_";
	int id = btf__find_by_name_kind(r->btf, "skb_drop_reason", BTF_KIND_ENUM);
	const struct btf_type *type;
	const struct btf_enum *e;

	if (id < 0)
		return 0; /* before 5.17 */
	type = btf__type_by_id(r->btf, id);
	e = btf_enum(type);
	for (int i = 0; i < btf_vlen(type); i++) {
		const char *name = btf__name_by_offset(r->btf, e[i].name_off);

		if (strncmp(name, prefix, strlen(prefix)) || e[i].val < 0)
			continue;
		if (reason_add(r, e[i].val, name + strlen(prefix)) == -ENOMEM)
			return -ENOMEM;
	}
	return 0;
}

int reason_open(struct reason **out)
{
	struct reason *r __cleanup(cleanup_reason) = NULL;
	int err = reason_empty(&r);

	if (err)
		return err;
	r->btf = btf__load_vmlinux_btf();
	if (!r->btf) {
		err = -errno;
		log_error("this kernel has no type information (/sys/kernel/btf/vmlinux): use a kernel "
			  "built with CONFIG_DEBUG_INFO_BTF, as distributions ship since 2021");
		return err;
	}
	err = reasons_load(r);
	if (err)
		return err;
	*out = take_ptr(r);
	return 0;
}

void reason_free(struct reason *r)
{
	if (!r)
		return;
	btf__free(r->btf);
	for (int i = 0; i < REASON_MAX; i++)
		free(r->names[i]);
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

/* typedef void (*btf_trace_X)(void *, ...): the first argument is the tracepoint's own. */
int reason_tracepoint_args(const struct reason *r, const char *name)
{
	const struct btf_type *type;
	char full[128];
	int id;

	snprintf(full, sizeof(full), "btf_trace_%s", name);
	id = r->btf ? btf__find_by_name_kind(r->btf, full, BTF_KIND_TYPEDEF) : -ENOENT;
	if (id < 0)
		return -ENOENT;
	type = btf__type_by_id(r->btf, id);
	type = type ? btf__type_by_id(r->btf, type->type) : NULL;
	type = type ? btf__type_by_id(r->btf, type->type) : NULL;
	return type && btf_is_func_proto(type) ? btf_vlen(type) - 1 : -ENOENT;
}
