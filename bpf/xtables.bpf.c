/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which rule of iptables-legacy dropped. A plain DROP calls no function, but every rule that matches
 * counts the packet, in a counter of this CPU: the counters of all rules are remembered when a
 * table is entered and compared when it is left. Of those that moved, the one that can end a
 * packet's way did; with more than one of these, nobody is named.
 */
#include "emit.bpf.h"
#include "function.bpf.h"

#define NF_DROP 0
#define XT_DROP (-NF_DROP - 1) /* as a standard target holds it */
#define ENTRIES_MAX 2048       /* a power of two; in a table with more nobody is named */
#define NF_INET_NUMHOOKS 5

/* include/uapi/linux/netfilter/x_tables.h: struct xt_entry_target, and what follows its 32 bytes. */
#define TARGET_NAME 2
#define TARGET_NAME_LEN 29
#define TARGET_DATA 32

/* Where struct ipt_entry and struct ip6t_entry, which are uapi, have their members. */
struct xt_layout {
	__u16 target_offset, next_offset, counters;
};

/* Member by member: clang 14 loses the stores right before a copy of six constant bytes. */
static __always_inline void xt_layout_set(struct xt_layout *layout, __u16 target_offset,
					  __u16 next_offset, __u16 counters)
{
	layout->target_offset = target_offset;
	layout->next_offset = next_offset;
	layout->counters = counters;
}

static __always_inline void xt_layout(struct xt_layout *layout, int version)
{
	if (version == 6)
		xt_layout_set(layout, 140, 142, 152);
	else
		xt_layout_set(layout, 88, 90, 96);
}

/*
 * A walk through all entries of a table, in their order. It is kept in a map: what a loop reads back
 * from there the verifier takes for unknown, so that one round of it is like the other.
 */
struct xt_walk {
	const unsigned char *entries, *entry;
	__u64 cpu_offset;
	__u32 left; /* bytes */
	struct xt_layout layout;
	__u16 complete; /* it got to the end */
	/* while comparing: the chain that the entry is in, and the entry's number there */
	const unsigned char *head; /* the entry that names a user's chain; NULL: a hook's own */
	__u32 hook, number;
	/* what was found: entries that moved and end a packet's way */
	const unsigned char *found_head;
	__u32 found_hook, found_number, found_policy;
	__u32 n_drops, n_others;
	__u32 pad2;
};

/* One packet in one table. */
struct xt_run {
	struct dd_event ev;
	const struct xt_table *table;
	const struct xt_table_info *info;
	struct xt_walk walk;
	__u64 packets[ENTRIES_MAX];
};

/* By the hook's state, which is on the stack of whoever called the hook: a REJECT re-enters tables. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16);
	__type(key, __u64);
	__type(value, struct xt_run);
} dd_xt_runs SEC(".maps");

static const struct xt_run no_run = {};

extern const unsigned long this_cpu_off __ksym __weak;

static __always_inline __u64 xt_cpu_offset(void)
{
	const unsigned long *offset;

	if (!&this_cpu_off)
		return 0;
	offset = bpf_this_cpu_ptr(&this_cpu_off);
	return *offset;
}

static __always_inline __u16 xt_u16(const unsigned char *at)
{
	__u16 value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), at);
	return value;
}

static __always_inline __u64 xt_packets(const struct xt_walk *w)
{
	__u64 counter = 0, packets = 0;

	/* xt_get_this_cpu_counter() */
	bpf_probe_read_kernel(&counter, sizeof(counter), w->entry + w->layout.counters);
	if (dd_xt_one_cpu)
		return counter;
	bpf_probe_read_kernel(&packets, sizeof(packets), (const void *)(counter + w->cpu_offset));
	return packets;
}

/* Not 0 at the end, as a loop's body says it. */
static __always_inline long xt_next(struct xt_walk *w)
{
	__u16 step = xt_u16(w->entry + w->layout.next_offset);

	w->complete = step == w->left;
	if (!step || step >= w->left)
		return 1;
	w->left -= step;
	w->entry += step;
	return 0;
}

/* The verifier forgets what i was compared with. */
static __always_inline __u64 *xt_remembered(struct xt_run *run, __u32 i)
{
	barrier_var(i);
	return &run->packets[i & (ENTRIES_MAX - 1)];
}

static long xt_remember(__u32 i, void *key)
{
	struct xt_run *run = bpf_map_lookup_elem(&dd_xt_runs, key);

	if (!run)
		return 1;
	*xt_remembered(run, i) = xt_packets(&run->walk);
	return xt_next(&run->walk);
}

/* The entry begins a chain: a hook's own, or a user's, which an ERROR target names. */
static __always_inline bool xt_is_head(struct xt_walk *w, const struct xt_table_info *info,
				       const char *target)
{
	__u32 at = w->entry - w->entries;

	for (__u32 hook = 0; hook < NF_INET_NUMHOOKS; hook++) {
		/* all ones where the table has no such hook (translate_table()) */
		if (BPF_CORE_READ(info, hook_entry[hook]) != at)
			continue;
		w->head = 0;
		w->hook = hook;
		w->number = 0;
	}
	if (target[0] != 'E' || target[1] != 'R' || target[2] != 'R' || target[3] != 'O')
		return false;
	w->head = w->entry;
	w->number = 0;
	return true;
}

static __always_inline bool xt_is_policy(const struct xt_walk *w, const struct xt_table_info *info)
{
	__u32 hook = w->hook, at = w->entry - w->entries;
	__u32 underflow = 0;

	if (w->head || hook >= NF_INET_NUMHOOKS)
		return false;
	bpf_probe_read_kernel(&underflow, sizeof(underflow), &info->underflow[hook]);
	return underflow == at;
}

static __always_inline void xt_found(struct xt_walk *w, const struct xt_table_info *info)
{
	w->found_head = w->head;
	w->found_hook = w->hook;
	w->found_number = w->number;
	w->found_policy = xt_is_policy(w, info);
}

/* Besides DROP the target that drops; a LOG or MARK before it has moved as well. */
static __always_inline bool xt_is_reject(const char *name)
{
	static const char reject[] = "REJECT";

	for (__u32 i = 0; i < sizeof(reject); i++)
		if (name[i] != reject[i])
			return false;
	return true;
}

static long xt_compare(__u32 i, void *key)
{
	struct xt_run *run = bpf_map_lookup_elem(&dd_xt_runs, key);
	char name[TARGET_NAME_LEN] = {};
	const unsigned char *target;
	struct xt_walk *w;
	int verdict = 0;
	bool moved;

	if (!run)
		return 1;
	w = &run->walk;
	target = w->entry + xt_u16(w->entry + w->layout.target_offset);
	bpf_probe_read_kernel(name, sizeof(name), target + TARGET_NAME);
	if (xt_is_head(w, run->info, name))
		return xt_next(w);
	w->number++;
	/* a REJECT sends its answer through the table before its own verdict is returned */
	if (!w->head && w->hook != run->ev.hook_num)
		return xt_next(w);
	moved = xt_packets(w) != *xt_remembered(run, i);
	bpf_probe_read_kernel(&verdict, sizeof(verdict), target + TARGET_DATA);
	if (moved && (name[0] ? xt_is_reject(name) : verdict == XT_DROP)) {
		w->n_drops++;
		xt_found(w, run->info);
	} else if (moved && name[0]) {
		w->n_others++;
		if (!w->n_drops)
			xt_found(w, run->info);
	}
	return xt_next(w);
}

static __always_inline void xt_walk(struct xt_run *run, int version)
{
	const struct xt_table_info *info = run->info;
	struct xt_walk *w = &run->walk;

	__builtin_memset(w, 0, sizeof(*w));
	w->entries = (const unsigned char *)info +
		     bpf_core_field_offset(struct xt_table_info, entries);
	w->entry = w->entries;
	xt_layout(&w->layout, version);
	w->left = BPF_CORE_READ(info, size);
	w->cpu_offset = xt_cpu_offset();
}

static __always_inline int xt_enter(struct sk_buff *skb, const struct nf_hook_state *state,
				    const struct xt_table *table, int version)
{
	struct dd_packet test = { .flags = DD_PKT_TEST };
	const struct dd_packet *pkt = known_find(skb);
	__u32 netns = BPF_CORE_READ(state, net, ns.inum);
	__u64 key = (__u64)state;
	struct xt_run *run;

	if (!pkt && dd_test_netns && netns == dd_test_netns)
		pkt = &test;
	if (!pkt || bpf_map_update_elem(&dd_xt_runs, &key, &no_run, BPF_ANY))
		return 0;
	run = bpf_map_lookup_elem(&dd_xt_runs, &key);
	if (!run)
		return 0;
	emit_start(&run->ev, DD_EV_CHAIN);
	emit_fill(&run->ev, skb, pkt, netns);
	run->ev.hook_pf = BPF_CORE_READ(state, pf);
	run->ev.hook_num = BPF_CORE_READ(state, hook);
	run->table = table;
	run->info = BPF_CORE_READ(table, private);
	xt_walk(run, version);
	bpf_loop(ENTRIES_MAX, xt_remember, &key, 0);
	return 0;
}

static __always_inline void xt_name_chain(struct dd_chain_event *out, const struct xt_walk *w)
{
	static const char hooks[8][16] = { "PREROUTING", "INPUT", "FORWARD", "OUTPUT",
					   "POSTROUTING" };
	__u32 hook = w->found_hook;

	barrier_var(hook);
	if (w->found_head)
		bpf_probe_read_kernel_str(out->chain, TARGET_NAME_LEN + 1,
					  w->found_head +
						  xt_u16(w->found_head + w->layout.target_offset) +
						  TARGET_DATA);
	else
		bpf_probe_read_kernel_str(out->chain, sizeof(hooks[0]),
					  hooks[hook & 7]);
}

static __always_inline int xt_leave(const struct nf_hook_state *state, __u32 verdict, int version)
{
	__u64 key = (__u64)state;
	struct xt_run *run = bpf_map_lookup_elem(&dd_xt_runs, &key);
	const struct xt_table *table;
	struct dd_chain_event *out;
	const struct xt_walk *w;

	if (!run)
		return 0;
	if (verdict != NF_DROP)
		goto discard;
	out = bpf_ringbuf_reserve(&dd_events, sizeof(*out), 0);
	if (!out) {
		__sync_fetch_and_add(&dd_lost, 1);
		goto discard;
	}
	__builtin_memset(out, 0, sizeof(*out));
	out->ev = run->ev;
	out->ev.ts_ns = bpf_ktime_get_ns();
	out->verdict = NF_DROP;
	out->family = run->ev.hook_pf;
	out->legacy = 1;
	table = run->table;
	bpf_probe_read_kernel_str(out->table, 32, table->name);
	xt_walk(run, version);
	bpf_loop(ENTRIES_MAX, xt_compare, &key, 0);
	w = &run->walk;
	/* rules were exchanged in between, or somebody else's packet counted as well */
	out->decider = DD_BY_UNKNOWN;
	if (w->complete && BPF_CORE_READ(table, private) == run->info &&
	    (w->n_drops ? w->n_drops == 1 : w->n_others == 1)) {
		out->decider = w->found_policy ? DD_BY_POLICY : DD_BY_RULE;
		out->rule_index = w->found_policy ? 0 : w->found_number;
		xt_name_chain(out, w);
	}
	bpf_ringbuf_submit(out, 0);
discard:
	bpf_map_delete_elem(&dd_xt_runs, &key);
	return 0;
}

/* (table, skb, state) since 5.16 (8844e01062dd), (skb, state, table) before. */
struct xt_call {
	void *table, *skb, *state;
};

static __always_inline struct xt_call xt_call(__u64 *ctx)
{
	void *first = (void *)FUNCTION_LOAD(ctx[0]);
	void *second = (void *)FUNCTION_LOAD(ctx[1]);
	void *third = (void *)FUNCTION_LOAD(ctx[2]);

	if (dd_xt_skb_first)
		return (struct xt_call){ .skb = first, .state = second, .table = third };
	return (struct xt_call){ .table = first, .skb = second, .state = third };
}

#define TABLE(function, version)                                                                 \
	SEC("function")                                                                          \
	int dd_##function(__u64 *ctx)                                                            \
	{                                                                                        \
		struct xt_call call = xt_call(ctx);                                              \
												 \
		return xt_enter(call.skb, call.state, call.table, version);                      \
	}                                                                                        \
	SEC("function.exit")                                                                     \
	int dd_##function##_exit(__u64 *ctx)                                                     \
	{                                                                                        \
		return xt_leave(xt_call(ctx).state, ctx[3], version);                            \
	}

TABLE(ipt_do_table, 4)
TABLE(ip6t_do_table, 6)
