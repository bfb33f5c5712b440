/* SPDX-License-Identifier: GPL-2.0 */
#include "source/probe.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/footprint.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "dockdrop.skel.h"
#include "source/bpfcall.h"
#include "source/function.h"
#include "source/marker.h"
#include "source/reason.h"

#define PASSIVE_BYTES (8 << 20) /* of room for events; a power of two */

static const char *const kind_names[] = {
	[PROBE_TRACEPOINT] = "tracepoint",
	[PROBE_KPROBE] = "kprobe",
	[PROBE_FENTRY] = "fentry",
};
_Static_assert(ARRAY_SIZE(kind_names) == N_PROBE_KINDS, "one name a kind");

/* The tracepoints, and which program is on each. Functions are in function.c. */
static const struct row {
	const char *point;   /* what is observed, in the words of the error message */
	const char *program;
	const char *target;
	bool needed;         /* trace cannot do without the point */
} rows[] = {
	{ "freed packets", "dd_kfree_skb", "kfree_skb", true },
	{ "used packets", "dd_consume_skb", "consume_skb", false },
	{ "queueing", "dd_net_dev_queue", "net_dev_queue", false },
	{ "sending", "dd_net_dev_start_xmit", "net_dev_start_xmit", true },
	{ "receiving", "dd_netif_receive_skb", "netif_receive_skb", true },
	{ "route lookups", "dd_fib_table_lookup", "fib_table_lookup", false },
	{ "IPv6 route lookups", "dd_fib6_table_lookup", "fib6_table_lookup", false },
};

#define N_ROWS ARRAY_SIZE(rows)

struct probe {
	struct dockdrop_bpf *skel;
	struct ring_buffer *ring;
	struct functions *functions;
	struct bpf_link *links[N_ROWS];
	struct markers markers;
	char loading[SHORT_LEN]; /* the program that libbpf is about to load */
	struct load {
		char program[SHORT_LEN];
		uint64_t start_ns;
	} loads[PROGRAM_COSTS_MAX + 1]; /* in their order, and the end */
	int n_loads;
	uint64_t attach_ns;
	probe_sink sink;
	void *ctx;
};

/* A load ends where the next one starts. */
static void load_note(struct probe *p, const char *program)
{
	struct load *load = &p->loads[p->n_loads];

	if (p->n_loads == PROGRAM_COSTS_MAX)
		return;
	text_copy(load->program, sizeof(load->program), program);
	load->start_ns = clock_now_ns();
	p->n_loads++;
}

/* Whose programs libbpf is loading. */
static struct probe *loader;

/* Notes whose failure it is when loading fails, and says what fentry is for. */
static int on_load(struct bpf_program *prog, struct bpf_prog_load_opts *opts, long cookie)
{
	int fd = 0;

	(void)cookie;
	text_copy(loader->loading, sizeof(loader->loading), bpf_program__name(prog));
	load_note(loader, loader->loading);
	functions_target(loader->functions, loader->loading, &opts->attach_btf_id, &fd);
	opts->attach_btf_obj_fd = fd;
	return 0;
}

/*
 * For good: libbpf 1.1 frees its table twice if the last handler is taken back. "function" and
 * "function.exit" are among the last kind; what those are is decided by functions_prepare().
 */
static void handlers_register(void)
{
	LIBBPF_OPTS(libbpf_prog_handler_opts, opts, .prog_prepare_load_fn = on_load);
	static bool done;

	if (done)
		return;
	libbpf_register_prog_handler("netfilter", PROG_TYPE_NETFILTER, ATTACH_TYPE_NETFILTER, &opts);
	libbpf_register_prog_handler("raw_tp+", BPF_PROG_TYPE_RAW_TRACEPOINT, 0, &opts);
	libbpf_register_prog_handler(NULL, BPF_PROG_TYPE_UNSPEC, 0, &opts);
	done = true;
}

static int libbpf_quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	char *text __free = NULL;

	if (level == LIBBPF_DEBUG || vasprintf(&text, fmt, ap) < 0)
		return 0;
	for (char *rest = text, *line; (line = strsep(&rest, "\n"));)
		if (*line)
			log_debug("%s", line);
	return 0;
}

static struct bpf_program *program_find(const struct probe *p, const char *name)
{
	return bpf_object__find_program_by_name(p->skel->obj, name);
}

static int skel_open(struct probe *p, const struct probe_plan *plan)
{
	int args;

	p->skel = dockdrop_bpf__open();
	if (!p->skel)
		return -errno;
	p->skel->rodata->dd_filter = *plan->filter;
	args = reason_tracepoint_args(plan->functions.btf, "kfree_skb");
	p->skel->rodata->dd_kfree_skb_args = args > 0 ? args : 0;
	args = reason_tracepoint_args(plan->functions.btf, "consume_skb");
	p->skel->rodata->dd_consume_skb_args = args > 0 ? args : 0;
	p->skel->rodata->dd_test_netns = plan->test_netns;
	p->skel->rodata->dd_room = PASSIVE_BYTES / 2;
	if (plan->filter->passive)
		bpf_map__set_max_entries(p->skel->maps.dd_events, PASSIVE_BYTES);
	for (size_t i = 0; i < N_ROWS; i++)
		if (reason_tracepoint_args(plan->functions.btf, rows[i].target) < 0)
			bpf_program__set_autoload(program_find(p, rows[i].program), false);
	functions_prepare(p->functions, p->skel->obj, (uint8_t *)p->skel->rodata->dd_by_kprobe);
	p->skel->rodata->dd_xt_skb_first = functions_skb_first(p->functions);
	p->skel->rodata->dd_xt_one_cpu = libbpf_num_possible_cpus() == 1;
	p->skel->rodata->dd_functions = functions_has(p->functions, FUNCTIONS_HOOKS);
	markers_prepare(&p->markers, p->functions, p->skel->obj);
	return 0;
}

/* Whether there is another way to do what the refused program was for. */
static bool plan_weaken(struct probe *p)
{
	return markers_weaken(&p->markers, p->loading) || functions_weaken(p->functions, p->loading);
}

/*
 * What the kernel refuses is done in a weaker way, or left out: by trying, not by version. Each turn
 * leaves out something, so that there is an end to it.
 */
static int skel_load(struct probe *p, const struct probe_plan *plan)
{
	for (;;) {
		int err = skel_open(p, plan);

		if (err)
			return err;
		p->n_loads = 0;
		err = dockdrop_bpf__load(p->skel);
		load_note(p, "");
		if (!err)
			return 0;
		log_debug("load %s: %s", p->loading, strerror(-err));
		dockdrop_bpf__destroy(take_ptr(p->skel));
		if (!plan_weaken(p))
			return err;
	}
}

static int rows_attach(struct probe *p)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		struct bpf_program *prog = program_find(p, rows[i].program);

		if (bpf_program__autoload(prog))
			p->links[i] = bpf_program__attach_raw_tracepoint(prog, rows[i].target);
		if (p->links[i] || !rows[i].needed)
			continue;
		log_error("%s cannot be observed (tracepoint %s: %s): raise the limit on descriptors, "
			  "or use a kernel with BPF tracepoints, 5.10 or newer", rows[i].point,
			  rows[i].target, strerror(errno));
		return -EOPNOTSUPP;
	}
	return 0;
}

/* All of it makes the path more detailed; none of it is needed for a verdict. */
static void functions_start(struct probe *p)
{
	int err = functions_attach(p->functions, p->skel->obj, FUNCTIONS_HOOKS);

	if (!err)
		err = functions_attach(p->functions, p->skel->obj, FUNCTIONS_DROPPERS);
	if (!err)
		err = functions_attach(p->functions, p->skel->obj, FUNCTIONS_PATH);
	if (err)
		log_debug("functions are not probed: %s", strerror(-err));
}

static int ring_event(void *ctx, void *data, size_t len)
{
	struct probe *p = ctx;

	p->sink(p->ctx, data, len);
	return 0;
}

static void load_failed(int err)
{
	if (err == -EPERM)
		log_error("BPF programs may not be loaded: run as root, or with CAP_BPF, CAP_PERFMON, "
			  "CAP_NET_ADMIN and CAP_SYS_ADMIN; in a container, with --privileged --pid=host");
	else
		log_error("this kernel refuses dockdrop's BPF programs (%s): run with -v for the "
			  "verifier's words", strerror(-err));
}

int probe_open(const struct probe_plan *plan, probe_sink sink, void *ctx, struct probe **out)
{
	struct probe *p __cleanup(cleanup_probe) = calloc(1, sizeof(*p));
	const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	uint64_t start_ns;
	int err;

	if (!p)
		return -ENOMEM;
	p->sink = sink;
	p->ctx = ctx;
	p->markers.between_tables = plan->between_tables;
	p->markers.pf = plan->filter->l3 == AF_INET6 ? NFPROTO_IPV6 : NFPROTO_IPV4;
	libbpf_set_print(libbpf_quiet);
	/* before 5.11 maps and programs count as locked memory */
	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	p->functions = functions_new(&plan->functions);
	if (!p->functions)
		return -ENOMEM;
	reason_forget_types(plan->functions.btf);
	footprint_trim(); /* before libbpf reads them once more */
	handlers_register();
	loader = p;
	err = skel_load(p, plan);
	loader = NULL;
	if (err) {
		load_failed(err);
		return err;
	}
	p->ring = ring_buffer__new(bpf_map__fd(p->skel->maps.dd_events), ring_event, p, NULL);
	if (!p->ring)
		return -errno;
	start_ns = clock_now_ns();
	err = rows_attach(p);
	if (err)
		return err;
	functions_start(p);
	p->attach_ns = clock_now_ns() - start_ns;
	*out = take_ptr(p);
	return 0;
}

void probe_close(struct probe *p)
{
	if (!p)
		return;
	markers_close(&p->markers);
	for (size_t i = 0; i < N_ROWS; i++)
		bpf_link__destroy(p->links[i]);
	functions_free(p->functions);
	ring_buffer__free(p->ring);
	dockdrop_bpf__destroy(p->skel);
	free(p);
}

void cleanup_probe(struct probe **p)
{
	probe_close(*p);
}

int probe_mark_hooks(struct probe *p, int netns)
{
	return markers_attach(&p->markers, p->functions, p->skel->obj, netns);
}

int probe_fd(const struct probe *p)
{
	return ring_buffer__epoll_fd(p->ring);
}

void probe_redirect(struct probe *p, probe_sink sink, void *ctx)
{
	p->sink = sink;
	p->ctx = ctx;
}

int probe_drain(struct probe *p)
{
	int n = ring_buffer__consume(p->ring);

	return n < 0 ? n : 0;
}

uint64_t probe_lost(const struct probe *p)
{
	return __atomic_load_n(&p->skel->bss->dd_lost, __ATOMIC_RELAXED);
}

uint64_t probe_thinned(const struct probe *p)
{
	return __atomic_load_n(&p->skel->bss->dd_thinned, __ATOMIC_RELAXED);
}

static uint64_t program_missed(const struct probe *p, const char *program)
{
	int fd = bpf_program__fd(program_find(p, program));
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);

	return fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) ? 0 : info.recursion_misses;
}

uint64_t probe_missed(const struct probe *p)
{
	uint64_t missed = 0;

	for (size_t i = 0; i < N_ROWS; i++)
		if (p->links[i])
			missed += program_missed(p, rows[i].program);
	return missed;
}

const char *probe_kind(const struct probe *p)
{
	return kind_names[functions_attached(p->functions)];
}

static const enum function_group groups[N_SCHEMES] = {
	[SCHEME_EXPRESSION] = FUNCTIONS_EXPRESSION,
	[SCHEME_TRACE] = FUNCTIONS_TRACE,
	[SCHEME_COUNTERS] = FUNCTIONS_TABLES,
};

bool probe_can(const struct probe *p, enum scheme scheme)
{
	if (scheme == SCHEME_COUNTERS)
		return functions_has_exits(p->functions, FUNCTIONS_TABLES);
	return (scheme == SCHEME_EXPRESSION || scheme == SCHEME_TRACE) &&
	       functions_has(p->functions, groups[scheme]);
}

int probe_arm(struct probe *p, enum scheme scheme)
{
	uint64_t start_ns = clock_now_ns();
	int err = probe_can(p, scheme) ?
			  functions_attach(p->functions, p->skel->obj, groups[scheme]) : -EOPNOTSUPP;

	p->attach_ns += clock_now_ns() - start_ns;
	return err;
}

void probe_disarm(struct probe *p, enum scheme scheme)
{
	if (probe_can(p, scheme))
		functions_detach(p->functions, groups[scheme]);
}

bool probe_has_markers(const struct probe *p)
{
	return !p->markers.refused;
}

bool probe_tells_tables(const struct probe *p)
{
	return markers_between_tables(&p->markers, p->functions);
}

/* The tracepoint of a program that is on one; NULL: it is on something else. */
static const char *tracepoint_of(const char *program)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if (!strcmp(rows[i].program, program))
			return rows[i].target;
	return NULL;
}

static void cost_describe(const struct probe *p, struct program_cost *cost)
{
	const char *target = tracepoint_of(cost->name);
	enum probe_kind kind = PROBE_TRACEPOINT;

	if (!target && !functions_describe(p->functions, cost->name, &target, &kind)) {
		text_copy(cost->kind, sizeof(cost->kind), "netfilter");
		return;
	}
	text_copy(cost->target, sizeof(cost->target), target);
	text_copy(cost->kind, sizeof(cost->kind), kind_names[kind]);
}

int probe_costs(const struct probe *p, struct program_cost out[PROGRAM_COSTS_MAX], uint64_t *load_us,
		uint64_t *attach_us)
{
	int n = 0;

	for (; n + 1 < p->n_loads; n++) {
		struct program_cost *cost = &out[n];
		int fd = bpf_program__fd(program_find(p, p->loads[n].program));
		struct bpf_prog_info info = { 0 };
		uint32_t len = sizeof(info);

		*cost = (struct program_cost){ 0 };
		text_copy(cost->name, sizeof(cost->name), p->loads[n].program);
		cost->load_us = (p->loads[n + 1].start_ns - p->loads[n].start_ns) / 1000;
		if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len))
			cost->instructions = info.verified_insns;
		cost_describe(p, cost);
	}
	*load_us = n ? (p->loads[n].start_ns - p->loads[0].start_ns) / 1000 : 0;
	*attach_us = p->attach_ns / 1000;
	return n;
}
