/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which rule of nftables decided, without a change to anybody's ruleset.
 *
 * By expression: on the way through a base chain the address of the expression that last wrote a
 * verdict is kept; at the end its place among the rules of its chain is looked up. Needs fexit and
 * the rule layout of 5.17.
 *
 * By trace: nftables calls __nft_trace_packet() for each step while anybody on the host traces
 * anything; user space sees to that from a namespace of its own. Works with kprobes too.
 */
#include "emit.bpf.h"
#include "function.bpf.h"

#define NF_DROP 0
#define NF_STOLEN 2
#define NF_VERDICT_MASK 0xff
#define NF_VERDICT_SHIFT 16
#define NFT_CONTINUE (-1)
#define NFT_BREAK (-2)
#define NFT_JUMP (-3)
#define NFT_GOTO (-4)

#define NFT_TRACETYPE_POLICY 1
#define NFT_TRACETYPE_RULE 3

#define HANDLE_MASK ((1ull << 42) - 1)
#define JUMPS_MAX 16 /* NFT_JUMP_STACK_SIZE */
#define DEPTHS 32    /* a power of two, so that a mask convinces the verifier */
#define RULES_MAX 65536

/* One packet's way through one base chain. */
struct traversal {
	struct dd_event ev; /* the packet as it came in */
	const struct nft_chain *base;
	const struct nft_chain *chains[DEPTHS]; /* the one it is in, and those to return to */
	__u32 depth;
	__s32 code;                       /* of the last verdict */
	const unsigned char *expr;        /* that wrote it, */
	const struct nft_chain *expr_in;  /* a rule of this chain's */
};

/*
 * By the address of struct nft_pktinfo, which is on the stack of nft_do_chain()'s caller: a REJECT
 * sends its answer through the chains before its own verdict is returned, on the same CPU and in
 * the same task, so neither of those is a key.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 64);
	__type(key, __u64);
	__type(value, struct traversal);
} dd_traversals SEC(".maps");

static const struct traversal no_traversal = {};

/* The hook's state tells the namespace better than the device: there may be none yet. */
static __always_inline void nft_fill_hook(struct dd_event *ev, const struct nf_hook_state *state)
{
	struct net_device *in = BPF_CORE_READ(state, in), *out = BPF_CORE_READ(state, out);

	ev->hook_pf = BPF_CORE_READ(state, pf);
	ev->hook_num = BPF_CORE_READ(state, hook);
	ev->netns = BPF_CORE_READ(state, net, ns.inum);
	ev->iif = in ? BPF_CORE_READ(in, ifindex) : 0;
	ev->oif = out ? BPF_CORE_READ(out, ifindex) : 0;
}

/* Fills ev if the packet is the exchange's, or the self-test's. */
static __always_inline bool nft_fill_packet(struct dd_event *ev, struct sk_buff *skb,
					    const struct nf_hook_state *state)
{
	struct dd_packet test = { .flags = DD_PKT_TEST };
	const struct dd_packet *pkt = known_find(skb);

	if (!pkt && dd_test_netns && BPF_CORE_READ(state, net, ns.inum) == dd_test_netns)
		pkt = &test;
	if (!pkt)
		return false;
	emit_start(ev, DD_EV_CHAIN);
	emit_fill(ev, skb, pkt, 0);
	nft_fill_hook(ev, state);
	return true;
}

static __always_inline struct dd_chain_event *nft_reserve(void)
{
	struct dd_chain_event *out = bpf_ringbuf_reserve(&dd_events, sizeof(*out), 0);

	if (!out) {
		__sync_fetch_and_add(&dd_lost, 1);
		return 0;
	}
	__builtin_memset(out, 0, sizeof(*out));
	return out;
}

static __always_inline void nft_name_table(struct dd_chain_event *out, const struct nft_table *table)
{
	out->family = BPF_CORE_READ_BITFIELD_PROBED(table, family);
	out->table_handle = BPF_CORE_READ(table, handle);
	bpf_probe_read_kernel_str(out->table, sizeof(out->table), BPF_CORE_READ(table, name));
}

static __always_inline void nft_name_chain(struct dd_chain_event *out, const struct nft_chain *chain)
{
	nft_name_table(out, BPF_CORE_READ(chain, table));
	out->chain_handle = BPF_CORE_READ(chain, handle);
	bpf_probe_read_kernel_str(out->chain, sizeof(out->chain), BPF_CORE_READ(chain, name));
}

/* ---- by expression ------------------------------------------------------------ */

/* The rules that are in force, as one block of memory. */
static __always_inline const unsigned char *blob_holding(const struct nft_rule_blob *blob,
							 const unsigned char *expr)
{
	const unsigned char *data;

	if (!blob)
		return 0;
	data = (const unsigned char *)blob + bpf_core_field_offset(struct nft_rule_blob, data);
	return expr >= data && expr < data + BPF_CORE_READ(blob, size) ? data : 0;
}

/* The first rule of the chain, if the expression is in one of its rules. */
static __always_inline const unsigned char *rules_holding(const struct nft_chain *chain,
							  const unsigned char *expr)
{
	const unsigned char *rules = blob_holding(BPF_CORE_READ(chain, blob_gen_0), expr);

	return rules ? rules : blob_holding(BPF_CORE_READ(chain, blob_gen_1), expr);
}

struct search {
	const unsigned char *rule, *expr;
	__u64 handle; /* 0: not found */
	__u32 index;
};

/* The first word of struct nft_rule_dp; clang 14 cannot relocate bit fields of that width. */
#define RULE_IS_LAST(word) ((word) & 1)
#define RULE_DLEN(word) ((word) >> 1 & ((1 << 12) - 1))
#define RULE_HANDLE(word) ((word) >> 13 & HANDLE_MASK)

static long search_step(__u32 i, void *ctx)
{
	struct search *s = ctx;
	const unsigned char *data = s->rule + bpf_core_field_offset(struct nft_rule_dp, data);
	__u64 word;

	if (bpf_probe_read_kernel(&word, sizeof(word), s->rule) || RULE_IS_LAST(word))
		return 1;
	s->rule = data + RULE_DLEN(word);
	if (s->expr >= s->rule)
		return 0;
	s->handle = RULE_HANDLE(word);
	s->index = i + 1;
	return 1;
}

/* nft_do_chain(pkt, base chain) */
SEC("function")
int dd_nft_do_chain(void *ctx)
{
	struct nft_pktinfo *pkt = (void *)function_arg(ctx, DD_FN_nft_do_chain, 0);
	const struct nft_chain *base = (void *)function_arg(ctx, DD_FN_nft_do_chain, 1);
	const struct nf_hook_state *state = BPF_CORE_READ(pkt, state);
	struct sk_buff *skb = BPF_CORE_READ(pkt, skb);
	__u64 key = (__u64)pkt;
	struct traversal *t;

	if (bpf_map_update_elem(&dd_traversals, &key, &no_traversal, BPF_ANY))
		return 0;
	t = bpf_map_lookup_elem(&dd_traversals, &key);
	if (!t)
		return 0;
	if (!nft_fill_packet(&t->ev, skb, state)) {
		bpf_map_delete_elem(&dd_traversals, &key);
		return 0;
	}
	t->base = base;
	t->chains[0] = base;
	t->code = NFT_CONTINUE;
	return 0;
}

static __always_inline const struct nft_chain **chain_at(struct traversal *t, __u32 depth)
{
	barrier_var(depth);
	return &t->chains[depth & (DEPTHS - 1)];
}

/* An expression's eval(expr, regs, pkt) is done. */
static __always_inline int nft_evaluated(__u64 *ctx)
{
	const unsigned char *expr = (const unsigned char *)ctx[0];
	const struct nft_regs *regs = (const struct nft_regs *)ctx[1];
	__u64 key = ctx[2];
	struct traversal *t = bpf_map_lookup_elem(&dd_traversals, &key);
	__s32 code;
	__u32 depth;

	if (!t)
		return 0;
	code = BPF_CORE_READ(regs, verdict.code);
	if (code == NFT_CONTINUE || code == NFT_BREAK)
		return 0;
	/* a chain that ended has left no trace: the expression tells which one goes on */
	depth = t->depth;
	for (int i = 0; i < JUMPS_MAX && depth; i++) {
		if (rules_holding(*chain_at(t, depth), expr))
			break;
		depth--;
	}
	t->expr = expr;
	t->expr_in = *chain_at(t, depth);
	t->code = code;
	if (code == NFT_JUMP)
		depth++;
	if (code == NFT_JUMP || code == NFT_GOTO)
		*chain_at(t, depth) = BPF_CORE_READ(regs, verdict.chain);
	t->depth = depth;
	return 0;
}

/*
 * The expressions that can end a chain; one that a kernel does not have is left out. Those of other
 * modules (nat, masq, redir, synproxy, fwd) drop only for want of memory or room.
 */
#define EVAL(eval)                        \
	SEC("function.exit")              \
	int dd_##eval(__u64 *ctx)         \
	{                                 \
		return nft_evaluated(ctx); \
	}
#include "nft_eval.def"
#undef EVAL

/* What nft_do_chain() returned, without errno and queue number; stolen with an errno is dropped. */
static __always_inline __s32 nft_verdict(__u32 returned)
{
	__u32 verdict = returned & NF_VERDICT_MASK;

	return verdict == NF_STOLEN && returned >> NF_VERDICT_SHIFT ? NF_DROP : (__s32)verdict;
}

static __always_inline void nft_fill_decider(struct dd_chain_event *out, const struct traversal *t)
{
	const struct nft_base_chain *base =
		(const void *)t->base - bpf_core_field_offset(struct nft_base_chain, chain);
	struct search s = { .expr = t->expr };

	/* stolen may be dropped, but a rule that accepted did not drop */
	if (t->code >= 0 && (t->code & NF_VERDICT_MASK) == out->verdict) {
		nft_name_chain(out, t->expr_in);
		s.rule = rules_holding(t->expr_in, t->expr);
		if (s.rule)
			bpf_loop(RULES_MAX, search_step, &s, 0);
		out->rule_handle = s.handle;
		out->rule_index = s.index;
		out->decider = s.handle ? DD_BY_RULE : DD_BY_UNKNOWN;
		return;
	}
	nft_name_chain(out, t->base);
	out->decider = BPF_CORE_READ(base, policy) == out->verdict ? DD_BY_POLICY : DD_BY_UNKNOWN;
}

SEC("function.exit")
int dd_nft_do_chain_exit(__u64 *ctx)
{
	__u64 key = ctx[0];
	struct traversal *t = bpf_map_lookup_elem(&dd_traversals, &key);
	struct dd_chain_event *out;

	if (!t)
		return 0;
	out = nft_reserve();
	if (!out)
		goto discard;
	out->ev = t->ev;
	out->ev.ts_ns = bpf_ktime_get_ns();
	out->verdict = nft_verdict(ctx[2]);
	nft_fill_decider(out, t);
	bpf_ringbuf_submit(out, 0);
discard:
	bpf_map_delete_elem(&dd_traversals, &key);
	return 0;
}

/* ---- by trace ----------------------------------------------------------------- */

/* One step as __nft_trace_packet() is told of it, whatever its arguments. */
struct step {
	struct sk_buff *skb;
	const struct nf_hook_state *state;
	const struct nft_chain *chain; /* that the rule is in; NULL: not told */
	const void *rule;
	const struct nft_verdict *verdict;
	const struct nft_base_chain *base;
	__u32 type;
};

/* Modules have type information. */
static __always_inline bool step_has_types(void)
{
	return bpf_core_type_exists(struct nft_traceinfo);
}

/* 5.10: (info, chain, type), and modules have no type information: the layout is that of 5.10. */
static __always_inline void step_read_5_10(void *ctx, struct step *s)
{
	const struct nft_traceinfo___5_10 *info =
		(const void *)function_arg(ctx, DD_FN___nft_trace_packet, 0);

	s->skb = BPF_PROBE_READ(info, pkt, skb);
	s->state = BPF_PROBE_READ(info, pkt, xt_state);
	s->chain = (const void *)function_arg(ctx, DD_FN___nft_trace_packet, 1);
	s->rule = BPF_PROBE_READ(info, rule);
	s->verdict = BPF_PROBE_READ(info, verdict);
	s->base = (const void *)BPF_PROBE_READ(info, basechain);
	s->type = function_arg(ctx, DD_FN___nft_trace_packet, 2);
}

/* Up to 6.3 the same, with type information. */
static __always_inline void step_read_5_17(void *ctx, struct step *s)
{
	const struct nft_traceinfo *info =
		(const void *)function_arg(ctx, DD_FN___nft_trace_packet, 0);

	s->skb = BPF_CORE_READ(info, pkt, skb);
	s->state = BPF_CORE_READ(info, pkt, state);
	s->chain = (const void *)function_arg(ctx, DD_FN___nft_trace_packet, 1);
	s->rule = BPF_CORE_READ(info, rule);
	s->verdict = BPF_CORE_READ(info, verdict);
	s->base = BPF_CORE_READ(info, basechain);
	s->type = function_arg(ctx, DD_FN___nft_trace_packet, 2);
}

/* Since 6.4 (0a202145d5a8 and those before it): (pkt, verdict, rule, info, type). */
static __always_inline void step_read_6_4(void *ctx, struct step *s)
{
	const struct nft_pktinfo *pkt =
		(const void *)function_arg(ctx, DD_FN___nft_trace_packet, 0);
	const struct nft_traceinfo *info =
		(const void *)function_arg(ctx, DD_FN___nft_trace_packet, 3);

	s->skb = BPF_CORE_READ(pkt, skb);
	s->state = BPF_CORE_READ(pkt, state);
	s->verdict = (const void *)function_arg(ctx, DD_FN___nft_trace_packet, 1);
	s->rule = (const void *)function_arg(ctx, DD_FN___nft_trace_packet, 2);
	s->base = BPF_CORE_READ(info, basechain);
	s->type = function_arg(ctx, DD_FN___nft_trace_packet, 4);
}

static __always_inline void step_read(void *ctx, struct step *s)
{
	if (!step_has_types())
		step_read_5_10(ctx, s);
	else if (bpf_core_field_exists(struct nft_traceinfo, pkt))
		step_read_5_17(ctx, s);
	else
		step_read_6_4(ctx, s);
}

static __always_inline __u64 step_handle(const struct step *s)
{
	const struct nft_rule___5_10 *rule_5_10 = s->rule;
	__u64 word = 0;

	if (!bpf_core_type_exists(struct nft_rule_dp))
		return BPF_PROBE_READ(rule_5_10, word) & HANDLE_MASK;
	bpf_probe_read_kernel(&word, sizeof(word), s->rule);
	return RULE_HANDLE(word);
}

static __always_inline __u8 step_policy(const struct step *s)
{
	const struct nft_base_chain___5_10 *base_5_10 = (const void *)s->base;
	const struct nft_base_chain *base = s->base;

	if (!step_has_types())
		return BPF_PROBE_READ(base_5_10, policy);
	return BPF_CORE_READ(base, policy);
}

/* Since 6.4 only the table of a rule is told; its handle is unique there. */
static __always_inline void step_name(const struct step *s, struct dd_chain_event *out)
{
	const struct nft_chain___5_10 *chain_5_10 = (const void *)s->chain;
	const struct nft_base_chain *base = s->base;

	if (!step_has_types()) {
		out->chain_handle = BPF_PROBE_READ(chain_5_10, handle);
		bpf_probe_read_kernel_str(out->chain, sizeof(out->chain),
					  BPF_PROBE_READ(chain_5_10, name));
	} else if (s->chain) {
		nft_name_chain(out, s->chain);
	} else if (out->decider == DD_BY_POLICY) {
		nft_name_chain(out, (const void *)base +
					    bpf_core_field_offset(struct nft_base_chain, chain));
	} else {
		nft_name_table(out, BPF_CORE_READ(base, chain.table));
	}
}

SEC("function")
int dd___nft_trace_packet(void *ctx)
{
	struct dd_chain_event *out;
	struct step s = {};
	__s32 code = NFT_CONTINUE;

	step_read(ctx, &s);
	out = nft_reserve();
	if (!out)
		return 0;
	if (!nft_fill_packet(&out->ev, s.skb, s.state))
		goto discard;
	/* the first member, also where there is no type to relocate it by */
	bpf_probe_read_kernel(&code, sizeof(code), s.verdict);
	/* jumps and rules that went on decided nothing */
	if (s.type == NFT_TRACETYPE_RULE && code >= 0) {
		out->decider = DD_BY_RULE;
		out->rule_handle = step_handle(&s);
		out->verdict = code & NF_VERDICT_MASK;
	} else if (s.type == NFT_TRACETYPE_POLICY) {
		out->decider = DD_BY_POLICY;
		out->verdict = step_policy(&s);
	} else {
		goto discard;
	}
	step_name(&s, out);
	bpf_ringbuf_submit(out, 0);
	return 0;
discard:
	bpf_ringbuf_discard(out, 0);
	return 0;
}
