/* SPDX-License-Identifier: GPL-2.0 */
/* topo_programs(): XDP programs and tc filters by rtnetlink, tcx programs by bpf(2). */
#include "source/topo.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/gen_stats.h>
#include <linux/if_link.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_gact.h>
#include <linux/tc_act/tc_mirred.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "source/bpfcall.h"
#include "source/netns.h"
#include "source/topo_nl.h"

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

/* A classifier that was announced, and now tells of its action. */
static bool is_announced(const struct program *slot, const struct program *program)
{
	return program->action[0] && !slot->action[0] && !slot->id &&
	       slot->priority == program->priority && !strcmp(slot->kind, program->kind);
}

static void found_add(struct found *found, const struct program *program)
{
	struct program *slot = found->programs + found->n;

	if (found->n && is_announced(slot - 1, program)) {
		slot--;
		found->n--;
	}
	if (found->n == found->max)
		return;
	*slot = *program;
	slot->ingress = found->ingress;
	text_copy(slot->device, sizeof(slot->device), found->device);
	found->n++;
}

/* The name, and how often it ran. */
static void describe(struct program *program)
{
	struct bpf_prog_info info = { 0 };

	bpfcall_program_name(program->id, program->name, sizeof(program->name));
	program->counted = !bpfcall_program_info(program->id, &info, sizeof(info));
	program->count = info.run_cnt;
}

/* ---- tc --------------------------------------------------------------------- */

static const struct topo_field filter_fields[] = {
	TOPO_TEXT(TCA_KIND, struct program, kind),
};

static const struct topo_field bpf_fields[] = {
	TOPO_TEXT(TCA_BPF_NAME, struct program, name),
	TOPO_FIELD(TCA_BPF_ID, struct program, id),
};

/* Where a classifier keeps its actions. */
static const struct {
	const char *kind;
	uint16_t attr;
} classifiers[] = {
	{ "u32", TCA_U32_ACT },	    { "flower", TCA_FLOWER_ACT }, { "matchall", TCA_MATCHALL_ACT },
	{ "basic", TCA_BASIC_ACT }, { "fw", TCA_FW_ACT },	  { "bpf", TCA_BPF_ACT },
	{ "flow", TCA_FLOW_ACT },   { "route", TCA_ROUTE4_ACT },  { "cgroup", TCA_CGROUP_ACT },
};

static const struct nlattr *nested_find(const struct nlattr *nest, uint16_t type)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest)
		if (mnl_attr_get_type(attr) == type)
			return attr;
	return NULL;
}

/* The fixed part of an attribute, which younger kernels may make longer. */
static bool nested_read(const struct nlattr *nest, uint16_t type, void *out, size_t len)
{
	const struct nlattr *attr = nest ? nested_find(nest, type) : NULL;

	if (!attr || mnl_attr_get_payload_len(attr) < len)
		return false;
	memcpy(out, mnl_attr_get_payload(attr), len);
	return true;
}

static const struct topo_field action_fields[] = {
	TOPO_TEXT(TCA_ACT_KIND, struct program, action),
};

static void parse_action(const struct nlattr *action, struct program *program)
{
	const struct nlattr *options = nested_find(action, TCA_ACT_OPTIONS), *attr;
	const struct nlattr *stats = nested_find(action, TCA_ACT_STATS);
	struct gnet_stats_queue queue;
	struct tc_mirred mirred;
	struct tc_gact gact;

	mnl_attr_for_each_nested(attr, action)
		topo_store(attr, action_fields, ARRAY_SIZE(action_fields), program);
	if (!strcmp(program->action, "gact") &&
	    nested_read(options, TCA_GACT_PARMS, &gact, sizeof(gact)))
		program->drops = gact.action == TC_ACT_SHOT || gact.action == TC_ACT_STOLEN;
	if (!strcmp(program->action, "mirred") &&
	    nested_read(options, TCA_MIRRED_PARMS, &mirred, sizeof(mirred)) &&
	    (mirred.eaction == TCA_EGRESS_REDIR || mirred.eaction == TCA_INGRESS_REDIR))
		program->redirect = mirred.ifindex;
	if (nested_read(stats, TCA_STATS_QUEUE, &queue, sizeof(queue))) {
		program->counted = true;
		program->count = queue.drops;
	}
}

/* The last one of a filter's that ends or sends away the packet. */
static void parse_actions(const struct nlattr *options, struct program *program)
{
	const struct nlattr *actions = NULL, *action;

	for (size_t i = 0; i < ARRAY_SIZE(classifiers); i++)
		if (!strcmp(classifiers[i].kind, program->kind))
			actions = nested_find(options, classifiers[i].attr);
	if (!actions)
		return;
	mnl_attr_for_each_nested(action, actions)
		if (!program->drops && !program->redirect)
			parse_action(action, program);
}

static void parse_bpf(const struct nlattr *options, struct program *program)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, options)
		topo_store(attr, bpf_fields, ARRAY_SIZE(bpf_fields), program);
	if (program->id)
		describe(program);
}

static void redirect_name(int netns, struct program *program)
{
	struct link link;

	if (program->redirect && !topo_link_by_index(netns, program->redirect, &link))
		text_copy(program->redirect_name, sizeof(program->redirect_name), link.name);
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
	program.priority = TC_H_MAJ(tcm->tcm_info) >> 16;
	/*
	 * A dump announces each classifier by an entry without a handle, then lists what is in it: for
	 * bpf the programs, for others rules and hash tables. What ends nothing is told once.
	 */
	bpf = !strcmp(program.kind, "bpf");
	if (options && tcm->tcm_handle)
		parse_actions(options, &program);
	if (bpf && options)
		parse_bpf(options, &program);
	if (bpf ? tcm->tcm_handle : !tcm->tcm_handle || program.drops || program.redirect)
		found_add(data, &program);
	return MNL_CB_OK;
}

static int add_filters(int netns, uint32_t ifindex, uint32_t parent, struct found *found)
{
	union topo_request req;
	struct tcmsg *tcm = topo_request(&req, RTM_GETTFILTER, NLM_F_DUMP, sizeof(*tcm));
	int before = found->n;
	int err;

	tcm->tcm_family = AF_UNSPEC;
	tcm->tcm_ifindex = ifindex;
	tcm->tcm_parent = parent;
	found->parent = parent;
	err = topo_ask_all(netns, &req, parse_filter, found, sizeof(*found));
	for (int i = before; i < found->n; i++)
		redirect_name(netns, &found->programs[i]);
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

		describe(&program);
		found_add(found, &program);
	}
	return n < 0 ? n : 0;
}

/* ---- XDP -------------------------------------------------------------------- */

struct xdp {
	uint32_t native, generic; /* program ids, 0: none */
};

static const struct topo_field xdp_fields[] = {
	TOPO_FIELD(IFLA_XDP_DRV_PROG_ID, struct xdp, native),
	TOPO_FIELD(IFLA_XDP_SKB_PROG_ID, struct xdp, generic),
};

static int parse_xdp(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr, *inner;

	mnl_attr_for_each(attr, nlh, sizeof(struct ifinfomsg)) {
		if (mnl_attr_get_type(attr) != IFLA_XDP)
			continue;
		mnl_attr_for_each_nested(inner, attr)
			topo_store(inner, xdp_fields, ARRAY_SIZE(xdp_fields), data);
	}
	return MNL_CB_OK;
}

static int add_xdp(int netns, uint32_t ifindex, uint32_t unused, struct found *found)
{
	union topo_request req;
	struct ifinfomsg *ifi = topo_request(&req, RTM_GETLINK, 0, sizeof(*ifi));
	struct xdp xdp = { 0 };
	int err;

	(void)unused;
	ifi->ifi_index = ifindex;
	err = topo_ask(netns, &req, parse_xdp, &xdp);
	for (enum program_place place = PLACE_XDP; !err && place <= PLACE_XDP_GENERIC; place++) {
		struct program program = { .kind = "xdp", .place = place,
					   .id = place == PLACE_XDP ? xdp.native : xdp.generic };

		if (!program.id)
			continue;
		describe(&program);
		found_add(found, &program);
	}
	return err;
}

int topo_count(void)
{
	union bpf_attr attr = { .enable_stats.type = BPF_STATS_RUN_TIME };

	return bpfcall(BPF_ENABLE_STATS, &attr, sizeof(attr));
}

/* In the order in which a packet meets them. */
static const struct stop {
	bool ingress;
	int (*add)(int netns, uint32_t ifindex, uint32_t what, struct found *found);
	uint32_t what;
} stops[] = {
	{ true, add_xdp, 0 },
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
	for (size_t i = 0; !err && i < ARRAY_SIZE(stops); i++) {
		found.ingress = stops[i].ingress;
		err = stops[i].add(netns, ifindex, stops[i].what, &found);
	}
	return err ? err : found.n;
}
