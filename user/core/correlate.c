/* SPDX-License-Identifier: GPL-2.0 */
#include "core/correlate.h"

#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/netfilter_arp.h>
#include <linux/netfilter_bridge.h>
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/array.h"
#include "base/strbuf.h"
#include "core/ending.h"
#include "core/layer.h"

#define ICMP_ECHOREPLY 0
#define ICMP_ECHO 8
#define ICMPV6_ECHO 128
#define ICMPV6_ECHOREPLY 129
#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

static const enum step steps[DD_EV_KIND_MAX] = {
	[DD_EV_DROP] = STEP_DROPPED, [DD_EV_CONSUME] = STEP_CONSUMED,
	[DD_EV_QUEUE] = STEP_QUEUED, [DD_EV_XMIT] = STEP_SENT,
	[DD_EV_RX] = STEP_RECEIVED,  [DD_EV_HOOK] = STEP_ENTERED,
	[DD_EV_ROUTE] = STEP_ROUTE_FAILED, [DD_EV_FUNCTION] = STEP_REACHED,
	[DD_EV_CHAIN] = STEP_DECIDED, [DD_EV_DROPPER] = STEP_DECIDED,
};

static int family_of(const struct dd_packet *pkt)
{
	return pkt->ethertype == ETH_P_IPV6 ? AF_INET6 : AF_INET;
}

/* A neighbour may be asked from the link-local address, too. */
static bool is_of(const struct ip *ip, const struct endpoint *end)
{
	return addr_equal(ip, &end->ip) || addr_equal(ip, &end->link_local);
}

uint32_t correlate_netns(const struct scene *scene, enum role role)
{
	if (role == ROLE_HOST)
		return scene->host_netns;
	return role <= ROLE_DST ? scene->ends[role].netns : 0;
}

static enum role role_of(const struct scene *scene, const struct dd_event *ev)
{
	if (ev->kind == DD_EV_ROUTE && !ev->netns) {
		/* IPv4's lookup has no namespace; traffic of one's own comes in by loopback, index 1 */
		if (ev->iif != 1)
			return ROLE_HOST;
		return ev->pkt.flags & DD_PKT_REPLY ? ROLE_DST : ROLE_SRC;
	}
	if (!ev->netns)
		return ROLE_OTHER;
	for (enum role r = ROLE_SRC; r <= ROLE_HOST; r++)
		if (ev->netns == correlate_netns(scene, r))
			return r;
	return ROLE_OTHER;
}

static bool is_neigh(const struct dd_packet *pkt)
{
	return pkt->ethertype == ETH_P_ARP || pkt->neigh_op;
}

/* A neighbour's message serves the direction that its question was asked for. */
static enum direction direction_of(const struct scene *scene, const struct dd_packet *pkt)
{
	struct ip src = addr_of(family_of(pkt), pkt->src), dst = addr_of(family_of(pkt), pkt->dst);
	const struct ip *asker = pkt->neigh_op == 2 ? &dst : &src;
	const struct ip *asked = pkt->neigh_op == 2 ? &src : &dst;

	if (!is_neigh(pkt))
		return pkt->flags & DD_PKT_REPLY ? DIR_REPLY : DIR_REQUEST;
	return is_of(asker, &scene->ends[ROLE_SRC]) || addr_equal(asked, &scene->ends[ROLE_DST].ip) ?
		       DIR_REQUEST : DIR_REPLY;
}

static const enum layer function_layers[DD_FN_MAX] = {
#define PATH(function, skb_argument, layer, version, protocol) [DD_FN_##function] = layer,
#include "path.def"
#undef PATH
};

static enum layer layer_seen(const struct scene *scene, const struct dd_event *ev,
			   const struct hop *hop)
{
	if (hop->step == STEP_ENTERED || hop->step == STEP_PASSED || hop->step == STEP_DECIDED)
		return LAYER_NETFILTER;
	if (hop->step == STEP_REACHED)
		return function_layers[ev->function];
	if (hop->step == STEP_ROUTE_FAILED)
		return LAYER_IP;
	if (hop->step == STEP_CONSUMED)
		return hop->neigh ? LAYER_NEIGH : LAYER_TRANSPORT;
	if (hop->role == ROLE_HOST && hop->ifindex == scene->bridge.ifindex)
		return LAYER_BRIDGE;
	return LAYER_VETH;
}

static const char *tcp_words(__u8 flags)
{
	if (flags & TCP_RST)
		return "RST";
	if (flags & TCP_SYN)
		return flags & TCP_ACK ? "SYN-ACK" : "SYN";
	return flags & TCP_FIN ? "FIN" : "ACK";
}

/* Of others' traffic, whose type says what it is. */
static void note_icmp(struct hop *hop)
{
	const struct dd_packet *pkt = &hop->pkt;
	bool ip6 = pkt->l4 == IPPROTO_ICMPV6;

	if (pkt->icmp_type == (ip6 ? ICMPV6_ECHO : ICMP_ECHO))
		text_copy(hop->note, sizeof(hop->note), "echo request");
	else if (pkt->icmp_type == (ip6 ? ICMPV6_ECHOREPLY : ICMP_ECHOREPLY))
		text_copy(hop->note, sizeof(hop->note), "echo reply");
	else
		snprintf(hop->note, sizeof(hop->note), "%s message %u/%u", ip6 ? "ICMPv6" : "ICMP",
			 pkt->icmp_type, pkt->icmp_code);
}

static void note_of(struct hop *hop)
{
	const struct dd_packet *pkt = &hop->pkt;
	const struct ip who = addr_of(family_of(pkt), pkt->neigh_op == 2 ? pkt->src : pkt->dst);
	bool ip6 = who.family == AF_INET6;
	char a[ADDR_TEXT_LEN];

	if (hop->neigh && pkt->neigh_op == 2)
		snprintf(hop->note, sizeof(hop->note), "%s %s",
			 ip6 ? "neighbour advertisement of" : "ARP answer from", addr_format(&who, a));
	else if (hop->neigh)
		snprintf(hop->note, sizeof(hop->note), "%s %s",
			 ip6 ? "neighbour solicitation for" : "ARP who-has", addr_format(&who, a));
	else if (pkt->flags & DD_PKT_QUOTED)
		snprintf(hop->note, sizeof(hop->note), "%s error %u/%u", ip6 ? "ICMPv6" : "ICMP",
			 pkt->icmp_type, pkt->icmp_code);
	else if (pkt->l4 == IPPROTO_TCP)
		text_copy(hop->note, sizeof(hop->note), tcp_words(pkt->tcp_flags));
	else if (pkt->l4 == IPPROTO_ICMP || pkt->l4 == IPPROTO_ICMPV6)
		text_copy(hop->note, sizeof(hop->note),
			  hop->direction == DIR_REPLY ? "echo reply" : "echo request");
	else
		text_copy(hop->note, sizeof(hop->note), "datagram");
}

void correlate_hop(const struct scene *scene, const struct dd_event *ev, struct hop *hop)
{
	hop->ts_ns = ev->ts_ns;
	hop->skb = ev->skb;
	hop->pkt = ev->pkt;
	hop->probe = ev->pkt.probe;
	hop->neigh = is_neigh(&ev->pkt);
	hop->role = role_of(scene, ev);
	hop->direction = direction_of(scene, &ev->pkt);
	hop->step = steps[ev->kind];
	hop->ifindex = ev->ifindex;
	text_copy(hop->device, sizeof(hop->device), ev->dev);
	if (ev->kind == DD_EV_HOOK || ev->kind == DD_EV_CHAIN || ev->kind == DD_EV_DROPPER) {
		hop->hook_pf = ev->hook_pf;
		hop->hook_num = ev->hook_num;
		if (ev->hook_pf == NFPROTO_INET && ev->hook_num == NF_INET_INGRESS) {
			hop->hook_pf = NFPROTO_NETDEV;
			hop->hook_num = NF_NETDEV_INGRESS;
		}
		hop->hook_stage = ev->hook_stage;
		if (ev->kind == DD_EV_HOOK && ev->hook_stage == DD_STAGE_LEAVE)
			hop->step = STEP_PASSED;
		/* only a bridged frame comes in from and leaves by the same bridge */
		hop->via_bridge = hop->role == ROLE_HOST && ev->iif && ev->iif == ev->oif &&
				  ev->iif == scene->bridge.ifindex;
	}
	hop->layer = layer_seen(scene, ev, hop);
	note_of(hop);
	if (scene->lone && !hop->neigh && !(ev->pkt.flags & DD_PKT_QUOTED) &&
	    (ev->pkt.l4 == IPPROTO_ICMP || ev->pkt.l4 == IPPROTO_ICMPV6))
		note_icmp(hop);
}

static void note_chain(const struct dd_chain_event *chain, struct hop *hop)
{
	static const char *const verdicts[] = {
		[NF_DROP] = "dropped", [NF_ACCEPT] = "accepted", [NF_STOLEN] = "taken",
		[NF_QUEUE] = "queued",
	};
	const char *verdict = (size_t)chain->verdict < ARRAY_SIZE(verdicts) ?
				      verdicts[chain->verdict] : "decided";
	char *to = hop->note;
	size_t room = sizeof(hop->note);

	if (chain->decider == DD_BY_POLICY)
		snprintf(to, room, "%s by the policy of %.32s", verdict, chain->chain);
	else if (chain->decider == DD_BY_RULE && chain->rule_index)
		snprintf(to, room, "%s by rule %u of %.30s", verdict, chain->rule_index, chain->chain);
	else if (chain->decider == DD_BY_RULE)
		snprintf(to, room, "%s by rule handle %llu, table %.16s", verdict,
			 (unsigned long long)chain->rule_handle, chain->table);
	else
		snprintf(to, room, "%s in %.40s", verdict, chain->chain);
}

void correlate_chain(const struct scene *scene, const struct dd_chain_event *chain, struct hop *hop,
		     struct hit *hit)
{
	static const enum hit_type types[] = {
		[DD_BY_RULE] = HIT_RULE, [DD_BY_POLICY] = HIT_POLICY, [DD_BY_UNKNOWN] = HIT_UNKNOWN,
	};

	correlate_hop(scene, &chain->ev, hop);
	note_chain(chain, hop);
	*hit = (struct hit){
		.role = hop->role,
		.type = types[chain->decider],
		.family = chain->family,
		.handle = chain->rule_handle,
		.verdict = chain->verdict,
		.skb = chain->ev.skb,
		.probe = chain->ev.pkt.probe,
		.chain_handle = chain->chain_handle,
		.legacy = chain->legacy,
		.index = chain->rule_index,
		.reply = chain->ev.pkt.flags & DD_PKT_REPLY,
		.hook_pf = hop->hook_pf,
		.hook_num = hop->hook_num,
		.ts_ns = chain->ev.ts_ns,
	};
	text_copy(hit->table, sizeof(hit->table), chain->table);
	text_copy(hit->chain, sizeof(hit->chain), chain->chain);
}

void correlate_dropper(const struct scene *scene, const struct dd_event *ev, struct hop *hop,
		       struct hit *hit)
{
	bool program = ev->function == DD_FN_nf_hook_run_bpf;

	correlate_hop(scene, ev, hop);
	if (program)
		snprintf(hop->note, sizeof(hop->note), "dropped by BPF program %u", ev->reason);
	else
		text_copy(hop->note, sizeof(hop->note), "dropped by connection tracking");
	*hit = (struct hit){
		.role = hop->role,
		.type = program ? HIT_PROGRAM : HIT_CONNTRACK,
		.program = program ? ev->reason : 0,
		.verdict = NF_DROP,
		.skb = ev->skb,
		.probe = ev->pkt.probe,
		.reply = ev->pkt.flags & DD_PKT_REPLY,
		.hook_pf = hop->hook_pf,
		.hook_num = hop->hook_num,
		.ts_ns = ev->ts_ns,
	};
}

void correlate_socket(const struct scene *scene, const struct dd_event *ev, struct hop *hop)
{
	static const char *const notes[DD_FILTER_MAX] = {
		[0] = "dropped by a program of its cgroup",
		[DD_FILTER_NONE] = "its socket has no filter",
		[DD_FILTER_CLASSIC] = "its socket has a filter",
		[DD_FILTER_BPF] = "its socket has a BPF program as filter",
	};

	correlate_hop(scene, ev, hop);
	hop->layer = ev->filter ? LAYER_SOCKET : LAYER_CGROUP;
	hop->filter = ev->filter;
	hop->program = ev->reason;
	text_copy(hop->note, sizeof(hop->note), notes[ev->filter]);
}

static bool has_prefix(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

static const struct hook_row {
	const char *prefix;
	uint8_t family, hook;
	bool via_bridge;
} hook_rows[] = {
#define HOOK(prefix, family, hook, via_bridge) { prefix, family, hook, via_bridge },
#include "core/hooks.def"
#undef HOOK
};

static const struct hook_row *hook_find(const char *function)
{
	for (size_t i = 0; i < ARRAY_SIZE(hook_rows); i++)
		if (has_prefix(function, hook_rows[i].prefix))
			return &hook_rows[i];
	return NULL;
}

static bool is_hook_runner(const struct symbol *s)
{
	return has_prefix(s->function, "nf_hook_slow") || has_prefix(s->function, "br_nf_hook_thresh");
}

/*
 * The bridge walks its first hook by itself, without nf_hook_slow() (nf_hook_bridge_pre() in
 * br_input.c): then it stands right behind nftables' own frames.
 */
static const struct hook_row *hook_walker(const struct hop *hop, uint32_t *behind)
{
	uint32_t i = 0;

	while (i < hop->stack_n && has_prefix(hop->stack[i].function, "nft_"))
		i++;
	*behind = i;
	return i && i < hop->stack_n && !is_hook_runner(&hop->stack[i]) ?
		       hook_find(hop->stack[i].function) : NULL;
}

/*
 * Whoever called the innermost run of hooks, or its caller where the compiler inlined it. Frames
 * farther out belong to other hooks: of the bridge, or of the sender on whose CPU this runs.
 */
static const struct hook_row *hook_caller(const struct hop *hop, uint32_t *runner)
{
	const struct hook_row *walker = hook_walker(hop, runner);
	uint32_t i = 0;

	if (walker)
		return walker;
	while (i < hop->stack_n && !is_hook_runner(&hop->stack[i]))
		i++;
	*runner = i;
	while (i < hop->stack_n && is_hook_runner(&hop->stack[i]))
		i++;
	for (uint32_t end = i + 2; i < hop->stack_n && i < end; i++)
		if (hook_find(hop->stack[i].function))
			return hook_find(hop->stack[i].function);
	return NULL;
}

static bool in_family(const struct hop *hop, uint32_t runner, const char *function)
{
	for (uint32_t i = 0; i < runner; i++)
		if (has_prefix(hop->stack[i].function, function))
			return true;
	return false;
}

static void hook_from_stack(struct hop *hop)
{
	uint32_t runner;
	const struct hook_row *row = hook_caller(hop, &runner);

	if (!row)
		return;
	hop->hook_pf = row->family;
	hop->hook_num = row->hook;
	hop->via_bridge = row->via_bridge;
	if (row->family == NFPROTO_IPV4 && hop->pkt.ethertype == ETH_P_IPV6) {
		/* br_netfilter has the same functions for both */
		hop->hook_pf = NFPROTO_IPV6;
	} else if (row->family == NFPROTO_IPV4 && hop->pkt.ethertype == ETH_P_ARP) {
		/* br_nf_forward() takes both, and has IPv4's and ARP's inlined */
		hop->hook_pf = NFPROTO_ARP;
		hop->hook_num = NF_ARP_FORWARD;
	}
	if (in_family(hop, runner, "nft_do_chain_bridge")) {
		/* the bridge's own hook, resumed by br_netfilter; both number alike */
		hop->hook_pf = NFPROTO_BRIDGE;
		hop->via_bridge = false;
	}
}

/*
 * Our sockets are raw but for UDP: each got its copy, and the stack, which knows of no owner, frees
 * the packet for want of one; so does another raw socket whose filter refuses its copy. Kernels
 * without reasons are told by the function.
 */
static bool is_answer_taken(const struct hop *hop)
{
	static const char *const takers[] = { "tcp_v4_rcv", "tcp_v6_rcv", "icmpv6_rcv", "ping_rcv",
					      "icmp_rcv",   "raw_rcv",	  "rawv6_rcv" };
	bool no_owner = !strcmp(hop->reason_name, "NO_SOCKET") ||
			!strcmp(hop->reason_name, "SOCKET_FILTER");

	for (size_t i = 0; i < ARRAY_SIZE(takers) && ending_is_unnamed(hop); i++)
		no_owner |= has_prefix(hop->where.function, takers[i]);

	return no_owner && hop->role == ROLE_SRC && hop->direction == DIR_REPLY &&
	       hop->pkt.l4 != IPPROTO_UDP;
}

/*
 * icmpv6_rcv() frees an echo request that its stack is told not to answer, or finds no way to answer,
 * as if it were dropped; what it does not accept has a reason with a name.
 */
static bool is_request_taken(const struct hop *hop)
{
	return ending_is_unnamed(hop) && hop->role == ROLE_DST && hop->direction == DIR_REQUEST &&
	       !hop->neigh && hop->pkt.l4 == IPPROTO_ICMPV6 && !(hop->pkt.flags & DD_PKT_QUOTED) &&
	       has_prefix(hop->where.function, "icmpv6_rcv");
}

void correlate_drop(const struct scene *scene, struct hop *hop)
{
	if (is_request_taken(hop)) {
		hop->step = STEP_CONSUMED;
		hop->layer = LAYER_TRANSPORT;
		return;
	}
	if (is_answer_taken(hop)) {
		hop->step = STEP_CONSUMED;
		hop->layer = LAYER_SOCKET;
		return;
	}
	hop->layer = ending_layer(scene, hop);
	if (!hop->layer)
		hop->layer = layer_of(hop->reason_name, hop->where.function);
	if (hop->layer == LAYER_NETFILTER)
		hook_from_stack(hop);
}
