/* SPDX-License-Identifier: GPL-2.0 */
#include "core/symbolise.h"

#include <linux/if_ether.h>
#include <string.h>

#include "base/strbuf.h"

/* What the observation points without an address of their own stand in. */
static const char *const point_functions[DD_EV_KIND_MAX] = {
	[DD_EV_QUEUE] = "__dev_queue_xmit",
	[DD_EV_XMIT] = "dev_hard_start_xmit",
	[DD_EV_RX] = "__netif_receive_skb_core",
	[DD_EV_HOOK] = "nf_hook_slow",
	[DD_EV_ROUTE] = "fib_table_lookup",
	[DD_EV_CHAIN] = "nft_do_chain",
};

static const char *const path_functions[DD_FN_MAX] = {
#define PATH(function, skb_argument, layer, version, protocol) [DD_FN_##function] = #function,
#include "path.def"
#undef PATH
	[DD_FN_nf_conntrack_in] = "nf_conntrack_in",
	[DD_FN___nf_conntrack_confirm] = "__nf_conntrack_confirm",
	[DD_FN_nf_hook_run_bpf] = "nf_hook_run_bpf",
	[DD_FN_sk_filter_trim_cap] = "sk_filter_trim_cap",
	[DD_FN___cgroup_bpf_run_filter_skb] = "__cgroup_bpf_run_filter_skb",
};

/* Behind the call that a traced function starts with; with and without an ENDBR before it. */
#define CALL_LEN_MAX 16

/*
 * A function with a program on its exit is called by the program's trampoline, and that by the
 * function's own first instructions: two frames more, which say nothing. The trampoline is younger
 * than the list of symbols, so any name may be given to it.
 */
static bool is_trampoline(const struct ksym *ksym, const struct dd_event *ev, uint32_t i,
			  const struct symbol *inner)
{
	struct symbol caller;

	if (!inner || i + 1 >= ev->stack_n)
		return false;
	ksym_lookup(ksym, ev->stack[i + 1], &caller);
	return caller.function[0] && caller.offset <= CALL_LEN_MAX &&
	       !strcmp(caller.function, inner->function);
}

static void symbolise_stack(const struct ksym *ksym, const struct dd_event *ev,
			    struct symbol *stack, struct hop *hop)
{
	uint32_t first = 0, n = 0;

	for (uint32_t i = 0; i < ev->stack_n; i++) {
		if (is_trampoline(ksym, ev, i, n ? &stack[n - 1] : NULL)) {
			i++;
			continue;
		}
		ksym_lookup(ksym, ev->stack[i], &stack[n]);
		if (!first && hop->where.function[0] &&
		    !strcmp(stack[n].function, hop->where.function))
			first = n;
		n++;
	}
	hop->stack = stack + first;
	hop->stack_n = n - first;
}

void symbolise_hop(const struct ksym *ksym, const struct reason *reasons, const struct dd_event *ev,
		   struct symbol *stack, struct hop *hop)
{
	if (ev->location)
		ksym_lookup(ksym, ev->location, &hop->where);
	else if (path_functions[ev->function])
		text_copy(hop->where.function, sizeof(hop->where.function),
			  path_functions[ev->function]);
	else if (ev->kind == DD_EV_ROUTE && ev->pkt.ethertype == ETH_P_IPV6)
		text_copy(hop->where.function, sizeof(hop->where.function), "fib6_table_lookup");
	else if (point_functions[ev->kind])
		text_copy(hop->where.function, sizeof(hop->where.function),
			  point_functions[ev->kind]);
	if (ev->kind != DD_EV_DROP)
		return;
	hop->reason = ev->reason;
	text_copy(hop->reason_name, sizeof(hop->reason_name), reason_name(reasons, ev->reason));
	symbolise_stack(ksym, ev, stack, hop);
}
