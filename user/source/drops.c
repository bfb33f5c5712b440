/* SPDX-License-Identifier: GPL-2.0 */
#include "source/drops.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "watch.skel.h"

#define BATCH 512 /* flows read with one system call; more than a bucket of the table can hold */
#define TABLE_BYTES (8 << 20) /* what the values of one table may take */
#define FLOWS_MAX 16384
#define FLOWS_MIN 1024
#define GRACE_US 100000 /* longer than any run of a BPF program */

struct drops {
	struct watch_bpf *skel;
	struct bpf_link *link;
	struct ring_buffer *ring;
	int n_cpus;
	struct dd_flow *keys; /* BATCH */
	uint64_t *values;     /* BATCH of n_cpus each */
	drops_sample_sink sink; /* during drops_samples() */
	void *ctx;
};

static int libbpf_quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	char text[512];

	if (level == LIBBPF_DEBUG)
		return 0;
	vsnprintf(text, sizeof(text), fmt, ap);
	text[strcspn(text, "\n")] = '\0';
	log_debug("%s", text);
	return 0;
}

/* Each flow has a value for each possible CPU. */
static uint32_t flows_max(int n_cpus)
{
	uint32_t n = TABLE_BYTES / (n_cpus * sizeof(uint64_t) + sizeof(struct dd_flow) + 64);

	return n > FLOWS_MAX ? FLOWS_MAX : n < FLOWS_MIN ? FLOWS_MIN : n;
}

static int skel_load(struct drops *d, const struct drops_plan *plan)
{
	int args = reason_tracepoint_args(plan->reasons, "kfree_skb");
	uint32_t flows = flows_max(d->n_cpus);

	d->skel = watch_bpf__open();
	if (!d->skel)
		return -errno;
	d->skel->rodata->dd_kfree_skb_args = args > 0 ? args : 0;
	d->skel->rodata->dd_snaplen = plan->snaplen;
	d->skel->rodata->dd_want_l4 = plan->l4[0];
	d->skel->rodata->dd_want_l4_too = plan->l4[1];
	d->skel->rodata->dd_want_port = plan->port;
	bpf_map__set_max_entries(d->skel->maps.dd_flows_0, flows);
	bpf_map__set_max_entries(d->skel->maps.dd_flows_1, flows);
	if (plan->snaplen > 256)
		bpf_map__set_max_entries(d->skel->maps.dd_samples, 4 << 20);
	return watch_bpf__load(d->skel);
}

static void load_failed(int err)
{
	if (err == -EPERM)
		log_error("BPF programs may not be loaded: run as root, or with CAP_BPF, CAP_PERFMON, "
			  "CAP_NET_ADMIN and CAP_SYS_ADMIN; in a container, with --privileged --pid=host");
	else
		log_error("this kernel refuses the program that counts drops (%s): it has to be 5.8 or "
			  "newer, with type information; -v shows the verifier's words", strerror(-err));
}

static int ring_sample(void *ctx, void *data, size_t len)
{
	struct drops *d = ctx;

	d->sink(d->ctx, data, len);
	return 0;
}

static int drops_attach(struct drops *d)
{
	d->link = bpf_program__attach(d->skel->progs.dd_watch_drop);
	if (d->link)
		return 0;
	log_error("dropped packets cannot be observed (tracepoint kfree_skb: %s): raise the limit on "
		  "descriptors, or use a kernel with BPF tracepoints", strerror(errno));
	return -errno;
}

int drops_open(const struct drops_plan *plan, struct drops **out)
{
	struct drops *d __cleanup(cleanup_drops) = calloc(1, sizeof(*d));
	const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	int err;

	if (!d)
		return -ENOMEM;
	libbpf_set_print(libbpf_quiet);
	/* before 5.11 maps and programs count as locked memory */
	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	d->n_cpus = libbpf_num_possible_cpus();
	if (d->n_cpus < 1)
		return -ENODEV;
	d->keys = calloc(BATCH, sizeof(*d->keys));
	d->values = calloc(BATCH, d->n_cpus * sizeof(*d->values));
	if (!d->keys || !d->values)
		return -ENOMEM;
	err = skel_load(d, plan);
	if (err) {
		load_failed(err);
		return err;
	}
	d->ring = ring_buffer__new(bpf_map__fd(d->skel->maps.dd_samples), ring_sample, d, NULL);
	if (!d->ring)
		return -errno;
	err = drops_attach(d);
	if (err)
		return err;
	*out = take_ptr(d);
	return 0;
}

void drops_close(struct drops *d)
{
	if (!d)
		return;
	bpf_link__destroy(d->link);
	ring_buffer__free(d->ring);
	watch_bpf__destroy(d->skel);
	free(d->keys);
	free(d->values);
	free(d);
}

void cleanup_drops(struct drops **d)
{
	drops_close(*d);
}

int drops_fd(const struct drops *d)
{
	return ring_buffer__epoll_fd(d->ring);
}

void drops_samples(struct drops *d, drops_sample_sink sink, void *ctx)
{
	d->sink = sink;
	d->ctx = ctx;
	ring_buffer__consume(d->ring);
}

static uint64_t sum(const uint64_t *values, int n)
{
	uint64_t all = 0;

	for (int i = 0; i < n; i++)
		all += values[i];
	return all;
}

/*
 * Waits until no program can be writing to the table that was just turned away from: programs run
 * under RCU, and this system call is a grace period (kernel/sched/membarrier.c). Where it is refused
 * (nohz_full), longer than a program may run.
 */
static void grace_period(void)
{
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		usleep(GRACE_US);
}

/* Reads the table, which nobody writes to, and leaves it empty. */
static int table_read(struct drops *d, int fd, drops_count_sink sink, void *ctx)
{
	struct dd_flow at;
	bool first = true;
	int err = 0;

	while (!err) {
		uint32_t n = BATCH;

		err = bpf_map_lookup_and_delete_batch(fd, first ? NULL : &at, &at, d->keys, d->values, &n,
						      NULL);
		if (err && err != -ENOENT)
			return err;
		for (uint32_t i = 0; i < n; i++)
			sink(ctx, &d->keys[i], sum(d->values + i * d->n_cpus, d->n_cpus));
		first = false;
	}
	return 0;
}

int drops_collect(struct drops *d, drops_count_sink sink, void *ctx)
{
	struct bpf_map *const tables[] = { d->skel->maps.dd_flows_0, d->skel->maps.dd_flows_1 };
	uint32_t period = d->skel->bss->dd_period;

	__atomic_store_n(&d->skel->bss->dd_period, period + 1, __ATOMIC_SEQ_CST);
	grace_period();
	return table_read(d, bpf_map__fd(tables[period & 1]), sink, ctx);
}

static void program_info(const struct drops *d, struct bpf_prog_info *info)
{
	uint32_t len = sizeof(*info);

	*info = (struct bpf_prog_info){ 0 };
	bpf_obj_get_info_by_fd(bpf_program__fd(d->skel->progs.dd_watch_drop), info, &len);
}

void drops_rest(const struct drops *d, struct drops_rest *out)
{
	struct dd_cpu *cpus __free = calloc(d->n_cpus, sizeof(*cpus));
	struct drops_rest rest = { 0 };
	struct bpf_prog_info info;
	uint32_t zero = 0;

	if (!cpus || bpf_map_lookup_elem(bpf_map__fd(d->skel->maps.dd_cpus), &zero, cpus))
		return;
	for (int i = 0; i < d->n_cpus; i++) {
		rest.other += cpus[i].other;
		rest.filtered += cpus[i].filtered;
		rest.local += cpus[i].local;
		rest.unsampled += cpus[i].unsampled;
	}
	program_info(d, &info);
	rest.missed = info.recursion_misses;
	*out = rest;
}

uint64_t drops_run_ns(const struct drops *d, uint64_t *runs)
{
	struct bpf_prog_info info;

	program_info(d, &info);
	*runs = info.run_cnt;
	return info.run_time_ns;
}
