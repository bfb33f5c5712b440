/* SPDX-License-Identifier: GPL-2.0 */
/* topo_programs(): tc filters by rtnetlink, tcx programs by bpf(2). */
#include "source/topo.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "source/bpfcall.h"
#include "source/netns.h"
#include "source/topo_nl.h"

#define DUMP_TRIES 3

/* include/uapi/linux/bpf.h since 6.6, enum bpf_attach_type. */
#define TCX_INGRESS 46
#define TCX_EGRESS  47
#define TCX_MAX     64 /* BPF_MPROG_MAX in include/linux/bpf_mprog.h */

#define PARENT_INGRESS TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS)
#define PARENT_EGRESS  TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS)
#define PARENT_ROOT    0 /* whatever qdisc is at the root, by its own handle */

struct found {
	struct program *programs;
	int max;
	int n;
	const char *device;
	bool ingress;
	uint32_t parent; /* the class whose filters are asked for */
};

static void found_add(struct found *found, const struct program *program)
{
	struct program *slot = found->programs + found->n;

	if (found->n == found->max)
		return;
	*slot = *program;
	slot->ingress = found->ingress;
	text_copy(slot->device, sizeof(slot->device), found->device);
	found->n++;
}

/* ---- tc --------------------------------------------------------------------- */

static const struct topo_field filter_fields[] = {
	TOPO_TEXT(TCA_KIND, struct program, kind),
};

static const struct topo_field bpf_fields[] = {
	TOPO_TEXT(TCA_BPF_NAME, struct program, name),
	TOPO_FIELD(TCA_BPF_ID, struct program, id),
};

static void parse_bpf(const struct nlattr *options, struct program *program)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, options)
		topo_store(attr, bpf_fields, ARRAY_SIZE(bpf_fields), program);
	if (program->id)
		bpfcall_program_name(program->id, program->name, sizeof(program->name));
}

/*
 * A plain ingress qdisc shows its filters to who asks for egress too, with the parent that they
 * were made under. A block that devices share has no parent to tell.
 */
static bool asked_for(const struct found *found, const struct tcmsg *tcm)
{
	return found->parent != PARENT_EGRESS || tcm->tcm_parent == PARENT_EGRESS ||
	       tcm->tcm_ifindex == (int)TCM_IFINDEX_MAGIC_BLOCK;
}

static int parse_filter(const struct nlmsghdr *nlh, void *data)
{
	const struct tcmsg *tcm = topo_header(nlh, sizeof(*tcm));
	const struct nlattr *attr, *options = NULL;
	struct program program = { 0 };
	bool bpf;

	if (!tcm || !asked_for(data, tcm))
		return MNL_CB_OK;
	mnl_attr_for_each(attr, nlh, sizeof(*tcm)) {
		topo_store(attr, filter_fields, ARRAY_SIZE(filter_fields), &program);
		if (mnl_attr_get_type(attr) == TCA_OPTIONS)
			options = attr;
	}
	/*
	 * A dump announces each classifier by an entry without a handle, then lists what is in it:
	 * for bpf the programs, for others rules and hash tables, which have no names to tell.
	 */
	bpf = !strcmp(program.kind, "bpf");
	if (bpf != !!tcm->tcm_handle)
		return MNL_CB_OK;
	if (bpf && options)
		parse_bpf(options, &program);
	found_add(data, &program);
	return MNL_CB_OK;
}

static int add_filters(int netns, uint32_t ifindex, uint32_t parent, struct found *found)
{
	union topo_request req;
	struct tcmsg *tcm = topo_request(&req, RTM_GETTFILTER, NLM_F_DUMP, sizeof(*tcm));
	int tries = DUMP_TRIES;
	int before = found->n;
	int err;

	tcm->tcm_family = AF_UNSPEC;
	tcm->tcm_ifindex = ifindex;
	tcm->tcm_parent = parent;
	found->parent = parent;
	do {
		found->n = before;
		err = topo_ask(netns, &req, parse_filter, found);
	} while (err == -EINTR && --tries);
	return err;
}

/* ---- tcx -------------------------------------------------------------------- */

/* Kernels without tcx call its attach types invalid; then there is nothing to find. */
static int query_tcx(int netns, uint32_t ifindex, uint32_t type, uint32_t ids[TCX_MAX])
{
	int back __leave_netns = netns_enter(netns);
	union bpf_attr attr = { 0 };
	int err;

	if (back < 0)
		return back;
	attr.query.target_fd = ifindex; /* a union with target_ifindex, which is younger */
	attr.query.attach_type = type;
	attr.query.prog_ids = (uintptr_t)ids;
	attr.query.prog_cnt = TCX_MAX;
	err = bpfcall(BPF_PROG_QUERY, &attr, sizeof(attr));
	if (err)
		return err == -EINVAL || err == -ENOENT ? 0 : err;
	return attr.query.prog_cnt < TCX_MAX ? attr.query.prog_cnt : TCX_MAX;
}

static int add_tcx(int netns, uint32_t ifindex, uint32_t type, struct found *found)
{
	uint32_t ids[TCX_MAX] = { 0 };
	int n = query_tcx(netns, ifindex, type, ids);

	for (int i = 0; i < n; i++) {
		struct program program = { .kind = "tcx", .id = ids[i] };

		bpfcall_program_name(program.id, program.name, sizeof(program.name));
		found_add(found, &program);
	}
	return n < 0 ? n : 0;
}

/* In the order in which a packet meets them. */
static const struct place {
	bool ingress;
	int (*add)(int netns, uint32_t ifindex, uint32_t what, struct found *found);
	uint32_t what;
} places[] = {
	{ true, add_tcx, TCX_INGRESS },
	{ true, add_filters, PARENT_INGRESS },
	{ false, add_tcx, TCX_EGRESS },
	{ false, add_filters, PARENT_EGRESS },
	{ false, add_filters, PARENT_ROOT },
};

int topo_programs(int netns, uint32_t ifindex, struct program *out, int max)
{
	struct found found = { .programs = out, .max = max };
	struct link link;
	int err = topo_link_by_index(netns, ifindex, &link);

	found.device = link.name;
	for (size_t i = 0; !err && i < ARRAY_SIZE(places); i++) {
		found.ingress = places[i].ingress;
		err = places[i].add(netns, ifindex, places[i].what, &found);
	}
	return err ? err : found.n;
}
