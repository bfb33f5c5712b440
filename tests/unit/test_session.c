/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stories: what the kernel would have reported, and what must be concluded from it. Events go in
 * as the records that the kernel side writes.
 */
#include "core/session.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/netfilter_arp.h>
#include <linux/netfilter/nf_tables.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "core/correlate.h"
#include "core/explain.h"
#include "core/fill.h"
#include "core/journey.h"
#include "core_scene.h"

#define STEPS_MAX 24

/* Functions of the made-up kernel, each 0x100 long, and its reasons. */
static const char *const functions[] = {
	"", "nft_do_chain", "nf_hook_slow", "br_nf_forward_ip.part.0", "__br_forward",
	"br_handle_frame_finish", "br_handle_frame", "ip_rcv_core", "tcp_v4_rcv", "neigh_invalidate",
	"__netif_receive_skb_core", "fib_validate_source", "ping_rcv", "ip_forward", "ip_error",
	"__udp4_lib_rcv", "ip_output", "nft_do_chain_netdev", "ip6_mc_input", "icmpv6_rcv", "ip6_rcv_core",
	"dst_discard_out", "ip6_input", "ip6_pkt_drop", "br_nf_pre_routing_ipv6", "nft_do_chain_bridge",
	"nf_queue", "do_xdp_generic", "ip_finish_output", "veth_xdp_rcv_skb", "__dev_queue_xmit",
};
static const char *const reasons[] = {
	"", "NOT_SPECIFIED", "NETFILTER_DROP", "OTHERHOST", "NO_SOCKET", "NEIGH_FAILED", "TC_INGRESS",
	"IP_RPFILTER", "IP_INADDRERRORS", "QDISC_DROP", "SOCKET_FILTER",
	"BPF_CGROUP_EGRESS",
};

static uint32_t number_of(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; name && i < n; i++)
		if (!strcmp(names[i], name))
			return i;
	assert_null(name);
	return 0;
}

static uint64_t address_of(const char *function)
{
	return function ? 0xffffffff81000000 +
			  number_of(functions, sizeof(functions) / sizeof(functions[0]), function) * 0x100 : 0;
}

struct telling {
	enum dd_event_kind kind;
	uint32_t netns, ifindex;
	enum message msg;
	const char *function, *reason;
	const char *stack[4];
	uint8_t hook, stage; /* DD_EV_HOOK */
	int route_err;	     /* DD_EV_ROUTE */
	bool quotes;	     /* an ICMP error about a packet of the exchange */
	uint8_t pkt_type;
	uint8_t filter;	     /* DD_EV_DROPPER: what the socket has */
};

struct story {
	const char *name;
	void (*change)(struct scene *scene);
	struct telling steps[STEPS_MAX];
	int sent_err;
	const char *rule; /* of the drop */
	const char *chain;
	bool policy;
	struct culprit culprit;
	struct answer answer; /* kind and ICMP type, if probe is 1 */
	enum verdict_kind verdict;
	enum direction direction;
	const char *cause;
	enum confidence confidence;
	enum { WHEN_FINAL, WHEN_QUIET, WHEN_NOW } settled;
};

/* The way of a message between the two, as far as the bridge's other port. */
#define SENT_BY(ns, msg) { DD_EV_XMIT, ns, IF_ETH, msg, .function = NULL }
#define INTO(port, msg) { DD_EV_RX, NS_HOST, port, msg, .function = NULL }
#define OUT_OF(port, msg) { DD_EV_XMIT, NS_HOST, port, msg }
#define GOT_BY(ns, msg) { DD_EV_RX, ns, IF_ETH, msg }
#define ACROSS(msg) \
	SENT_BY(NS_WEB, msg), INTO(IF_VETH_WEB, msg), OUT_OF(IF_VETH_DB, msg), GOT_BY(NS_DB, msg)
#define BACK(msg) \
	SENT_BY(NS_DB, msg), INTO(IF_VETH_DB, msg), OUT_OF(IF_VETH_WEB, msg), GOT_BY(NS_WEB, msg)

static void tcp(struct scene *s) { s->request.protocol = IPPROTO_TCP; s->request.port = 80; }
static void fentry(struct scene *s) { text_copy(s->attach, sizeof(s->attach), "fentry"); }
static void udp(struct scene *s) { s->request.protocol = IPPROTO_UDP; s->request.port = 53; }
static void ip6(struct scene *s)
{
	for (int r = 0; r < 2; r++) {
		struct endpoint *end = &s->ends[r];

		end->ip = (struct ip){ AF_INET6, { 0xfd, [15] = end->ip.bytes[3] } };
		end->link_local = (struct ip){ AF_INET6, { 0xfe, 0x80, [15] = end->ip.bytes[15] } };
	}
}
static void ip6_udp(struct scene *s) { ip6(s); s->request.protocol = IPPROTO_UDP; s->request.port = 53; }
static void routed(struct scene *s) { *s = scene_make_routed(); }
static void bridge_down(struct scene *s) { s->bridge.up = false; }
static void eth_down(struct scene *s) { s->ends[ROLE_DST].device.up = false; }
static void no_port(struct scene *s) { s->ends[ROLE_DST].host_device.master = 0; }
static void blocking(struct scene *s) { s->ends[ROLE_DST].host_device.port_state = BR_STATE_BLOCKING; }
static void one_isolated(struct scene *s) { s->ends[ROLE_SRC].host_device.port_isolated = true; }
static void isolated(struct scene *s)
{
	one_isolated(s);
	s->ends[ROLE_DST].host_device.port_isolated = true;
}
static void vlans(struct scene *s, uint16_t pvid, bool takes, bool untags)
{
	s->bridge.vlan_filtering = true;
	s->vlans[ROLE_SRC] = (struct port_vlan){ .known = true, .pvid = pvid };
	s->vlans[ROLE_DST] = (struct port_vlan){ .known = true, .pvid = 1, .takes = takes,
						 .untags = untags };
}
static void no_pvid(struct scene *s) { vlans(s, 0, false, false); }
static void not_member(struct scene *s) { vlans(s, 20, false, false); }
static void tagged(struct scene *s) { vlans(s, 20, true, false); }
static void same_vlan(struct scene *s) { vlans(s, 20, true, true); }
static void locked(struct scene *s) { s->ends[ROLE_SRC].host_device.port_locked = true; }
static void locked_known(struct scene *s)
{
	locked(s);
	s->fdb[ROLE_SRC] = (struct fdb){ .asked = true, .known = true, .fixed = true,
					 .port = IF_VETH_WEB };
}
static void fdb_elsewhere(struct scene *s)
{
	s->fdb[ROLE_DST] = (struct fdb){ .asked = true, .known = true, .fixed = true, .port = 99,
					 .port_name = "veth-other" };
}
static void fdb_right(struct scene *s)
{
	fdb_elsewhere(s);
	s->fdb[ROLE_DST].port = IF_VETH_DB;
}
static void no_flood(struct scene *s)
{
	s->ends[ROLE_DST].host_device.no_flood = true;
	s->fdb_after[ROLE_DST].asked = true;
}
static void no_flood_known(struct scene *s)
{
	no_flood(s);
	s->fdb_after[ROLE_DST] = (struct fdb){ .asked = true, .known = true, .port = IF_VETH_DB };
}
static void no_bcast_flood(struct scene *s) { s->ends[ROLE_DST].host_device.no_bcast_flood = true; }
static struct program *program_at(struct scene *s, const char *name, uint32_t id)
{
	struct program *p = &s->programs[s->n_programs++];

	*p = (struct program){ .kind = "bpf", .id = id, .ingress = true, .device = "dev",
			       .netns = "host", .counted = true, .priority = id };
	text_copy(p->name, sizeof(p->name), name);
	return p;
}
static void one_program(struct scene *s) { program_at(s, "guard", 5); }
static void two_programs(struct scene *s)
{
	program_at(s, "guard", 5)->count_after = 3;
	program_at(s, "meter", 6)->count_after = 2;
}
static void two_busy_programs(struct scene *s)
{
	two_programs(s);
	s->programs[0].counted = false;
}
static void cgroup_of_web(struct scene *s)
{
	s->programs[s->n_programs++] = (struct program){ .place = PLACE_CGROUP, .id = 8, .netns = "web",
							 .kind = "cgroup egress", .name = "cg" };
}
static void cgroup_of_db(struct scene *s)
{
	s->programs[s->n_programs++] = (struct program){ .place = PLACE_CGROUP, .id = 9, .netns = "db",
							 .kind = "cgroup ingress", .name = "cg",
							 .ingress = true };
}
static void queue_lost(struct scene *s)
{
	s->n_queues = 1;
	s->queues[0] = (struct queue){ .kind = "tbf", .handle = 0x80010000, .device = "dev",
				       .netns = "host", .drops_after = 1 };
}
static void taker(struct scene *s)
{
	struct program *p = program_at(s, "taker", 7);

	text_copy(p->device, sizeof(p->device), "eth0");
	text_copy(p->netns, sizeof(p->netns), "db");
}
static void other_mac(struct scene *s) { s->ends[ROLE_DST].device.mac[1] = 0x99; }
static void ip6_other_mac(struct scene *s) { ip6(s); s->ends[ROLE_SRC].device.mac[1] = 0x99; }
static void by_gateway(struct scene *s)
{
	other_mac(s);
	s->next_hop[ROLE_SRC] = s->ends[ROLE_SRC].ip;
}
static void to_host(struct scene *s)
{
	s->shared = false;
	s->ends[ROLE_DST] = (struct endpoint){ .kind = ENDPOINT_HOST, .name = "host", .netns = NS_HOST,
					       .ip = s->ends[ROLE_DST].ip, .device = s->bridge };
	bridge_down(s);
	s->ends[ROLE_DST].device.up = false;
}
static void no_route(struct scene *s)
{
	s->routes[ROLE_SRC][DIR_REQUEST] = (struct route){ .known = true, .type = ROUTE_NONE };
}
static void no_route_routed(struct scene *s) { routed(s); no_route(s); }
static void ip6_forbids(struct scene *s)
{
	ip6(s);
	s->shared = false;
	s->routes[ROLE_HOST][DIR_REQUEST] = (struct route){ .known = true, .type = ROUTE_BLACKHOLE };
}
static void prohibit_back(struct scene *s)
{
	s->routes[ROLE_DST][DIR_REPLY] = (struct route){ .known = true, .type = ROUTE_PROHIBIT };
}
static void host_forbids(struct scene *s)
{
	routed(s);
	s->routes[ROLE_HOST][DIR_REQUEST] = (struct route){ .known = true, .type = ROUTE_UNREACHABLE };
}

static const struct story stories[] = {
	{ .name = "delivered", .steps = { ACROSS(MSG_REQUEST), BACK(MSG_REPLY) },
	  .answer = { ANSWER_REPLY, 1 }, .verdict = VERDICT_DELIVERED, .cause = "", .settled = WHEN_NOW },
	{ .name = "the source's own drop of a reply that its socket got is no loss",
	  .steps = { ACROSS(MSG_REQUEST), BACK(MSG_REPLY),
		     { DD_EV_DROP, NS_WEB, IF_ETH, MSG_REPLY, "ping_rcv", "NO_SOCKET" } },
	  .answer = { ANSWER_REPLY, 1 }, .verdict = VERDICT_DELIVERED, .cause = "", .settled = WHEN_NOW },
	{ .name = "a rule on the bridge",
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST),
		     { DD_EV_DROP, NS_HOST, IF_VETH_DB, MSG_REQUEST, "nft_do_chain", "NETFILTER_DROP",
		       { "nft_do_chain", "nf_hook_slow", "br_nf_forward_ip.part.0" } } },
	  .rule = "-A DOCKER-USER -p icmp -j DROP", .chain = "DOCKER-USER", .verdict = VERDICT_DROPPED,
	  .cause = "nf-rule-drop", .confidence = CONFIDENCE_EXACT, .settled = WHEN_NOW },
	{ .name = "a rule that may be told behind its drop", .change = fentry,
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST),
		     { DD_EV_DROP, NS_HOST, IF_VETH_DB, MSG_REQUEST, "nft_do_chain", "NETFILTER_DROP" } },
	  .verdict = VERDICT_DROPPED, .cause = "nf-rule-drop", .confidence = CONFIDENCE_POSSIBLE,
	  .settled = WHEN_QUIET },
	{ .name = "a rule that nobody could name",
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST),
		     { DD_EV_DROP, NS_HOST, IF_VETH_DB, MSG_REQUEST, "nf_hook_slow", "NETFILTER_DROP" } },
	  .verdict = VERDICT_DROPPED, .cause = "nf-rule-drop", .confidence = CONFIDENCE_POSSIBLE,
	  .settled = WHEN_NOW },
	{ .name = "a queue without a listener",
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST),
		     { DD_EV_DROP, NS_HOST, IF_VETH_DB, MSG_REQUEST, "nf_queue", "NOT_SPECIFIED" } },
	  .rule = "-A DOCKER-USER -j NFQUEUE --queue-num 7", .chain = "DOCKER-USER",
	  .culprit = { .kind = CULPRIT_QUEUE, .certain = true, .queue = 7, .unattended = true },
	  .verdict = VERDICT_DROPPED, .cause = "nfqueue-unattended", .confidence = CONFIDENCE_EXACT,
	  .settled = WHEN_NOW },
	{ .name = "a queue without a listener, of a rule that nobody could name",
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST),
		     { DD_EV_DROP, NS_HOST, IF_VETH_DB, MSG_REQUEST, "nf_queue", "NOT_SPECIFIED" } },
	  .culprit = { .kind = CULPRIT_QUEUE, .certain = true, .queue = -1, .unattended = true },
	  .verdict = VERDICT_DROPPED, .cause = "nfqueue-unattended", .confidence = CONFIDENCE_EXACT,
	  .settled = WHEN_NOW },
	{ .name = "a queue that is full",
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST),
		     { DD_EV_DROP, NS_HOST, IF_VETH_DB, MSG_REQUEST, "nf_queue", "NOT_SPECIFIED" } },
	  .rule = "-A DOCKER-USER -j NFQUEUE --queue-num 7", .chain = "DOCKER-USER",
	  .culprit = { .kind = CULPRIT_QUEUE, .certain = true, .queue = 7 },
	  .verdict = VERDICT_DROPPED, .cause = "nf-rule-drop", .confidence = CONFIDENCE_LIKELY,
	  .settled = WHEN_NOW },
	{ .name = "connection tracking is full",
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST),
		     { DD_EV_DROP, NS_HOST, IF_VETH_DB, MSG_REQUEST, "nf_hook_slow", "NETFILTER_DROP" } },
	  .culprit = { .kind = CULPRIT_CT_FULL, .count = 9, .max = 9 }, .verdict = VERDICT_DROPPED,
	  .cause = "ct-table-full", .confidence = CONFIDENCE_LIKELY, .settled = WHEN_NOW },
	{ .name = "connection tracking is full, says the kernel",
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST),
		     { DD_EV_DROP, NS_HOST, IF_VETH_DB, MSG_REQUEST, "nf_hook_slow", "NETFILTER_DROP" } },
	  .culprit = { .kind = CULPRIT_CT_FULL, .certain = true, .count = 9, .max = 9 },
	  .verdict = VERDICT_DROPPED, .cause = "ct-table-full", .confidence = CONFIDENCE_EXACT,
	  .settled = WHEN_NOW },
	{ .name = "connection tracking dropped it and is not full",
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST),
		     { DD_EV_DROP, NS_HOST, IF_VETH_DB, MSG_REQUEST, "nf_hook_slow", "NETFILTER_DROP" } },
	  .culprit = { .kind = CULPRIT_CONNTRACK }, .verdict = VERDICT_DROPPED,
	  .cause = "nf-rule-drop", .confidence = CONFIDENCE_LIKELY, .settled = WHEN_NOW },
	{ .name = "one BPF program on the hook",
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST),
		     { DD_EV_DROP, NS_HOST, IF_VETH_DB, MSG_REQUEST, "nf_hook_slow", "NETFILTER_DROP" } },
	  .culprit = { .kind = CULPRIT_PROGRAM, .program = 5, .link = 6, .name = "shop" },
	  .verdict = VERDICT_DROPPED, .cause = "nf-rule-drop", .confidence = CONFIDENCE_LIKELY,
	  .settled = WHEN_NOW },
	{ .name = "several BPF programs on the hook",
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST),
		     { DD_EV_DROP, NS_HOST, IF_VETH_DB, MSG_REQUEST, "nf_hook_slow", "NETFILTER_DROP" } },
	  .culprit = { .kind = CULPRIT_PROGRAM, .program = 5, .link = 6, .ambiguous = true },
	  .verdict = VERDICT_DROPPED, .cause = "nf-rule-drop", .confidence = CONFIDENCE_POSSIBLE,
	  .settled = WHEN_NOW },
	{ .name = "a counter that moved, and a BPF program beside it",
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST),
		     { DD_EV_DROP, NS_HOST, IF_VETH_DB, MSG_REQUEST, "nf_hook_slow", "NETFILTER_DROP" } },
	  .rule = "-A DOCKER-USER -p icmp -j DROP", .chain = "DOCKER-USER",
	  .culprit = { .kind = CULPRIT_PROGRAM, .program = 5, .link = 6, .name = "shop" },
	  .verdict = VERDICT_DROPPED, .cause = "nf-rule-drop", .confidence = CONFIDENCE_POSSIBLE,
	  .settled = WHEN_NOW },
	{ .name = "a policy", .policy = true, .rule = "-P FORWARD DROP", .chain = "FORWARD",
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST),
		     { DD_EV_DROP, NS_HOST, IF_VETH_DB, MSG_REQUEST, "nft_do_chain", "NETFILTER_DROP" } },
	  .verdict = VERDICT_DROPPED, .cause = "nf-policy-drop", .confidence = CONFIDENCE_EXACT,
	  .settled = WHEN_NOW },
	{ .name = "a rule inside db, on the reply",
	  .steps = { ACROSS(MSG_REQUEST),
		     { DD_EV_DROP, NS_DB, 0, MSG_REPLY, "nft_do_chain", "NETFILTER_DROP" } },
	  .rule = "-A OUTPUT -j DROP", .chain = "OUTPUT", .verdict = VERDICT_DROPPED,
	  .direction = DIR_REPLY, .cause = "container-firewall", .confidence = CONFIDENCE_EXACT,
	  .settled = WHEN_NOW },
	{ .name = "a REJECT is refused, and the rule is the cause", .change = tcp,
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST),
		     { DD_EV_DROP, NS_HOST, IF_VETH_DB, MSG_REQUEST, "nft_do_chain", "NETFILTER_DROP" } },
	  .rule = "-A FORWARD -p tcp -j REJECT --reject-with tcp-reset", .chain = "FORWARD",
	  .answer = { ANSWER_RESET, 1 }, .verdict = VERDICT_REFUSED, .cause = "nf-rule-reject",
	  .confidence = CONFIDENCE_EXACT, .settled = WHEN_NOW },
	{ .name = "a REJECT whose answer is still on its way",
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST),
		     { DD_EV_QUEUE, NS_HOST, IF_BRIDGE, MSG_REPLY, .quotes = true },
		     { DD_EV_DROP, NS_HOST, IF_VETH_DB, MSG_REQUEST, "nft_do_chain", "NETFILTER_DROP" } },
	  .rule = "-A FORWARD -j REJECT", .chain = "FORWARD", .verdict = VERDICT_REFUSED,
	  .cause = "nf-rule-reject", .confidence = CONFIDENCE_EXACT, .settled = WHEN_QUIET },
	{ .name = "two networks", .change = routed,
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST),
		     { DD_EV_DROP, NS_HOST, IF_BRIDGE, MSG_REQUEST, "nft_do_chain", "NETFILTER_DROP",
		       { "nft_do_chain", "nf_hook_slow", "ip_forward" } } },
	  .rule = "-A DOCKER-ISOLATION-STAGE-2 -o br-ba9876543210 -j DROP",
	  .chain = "DOCKER-ISOLATION-STAGE-2", .verdict = VERDICT_DROPPED, .cause = "docker-isolation",
	  .confidence = CONFIDENCE_EXACT, .settled = WHEN_NOW },
	{ .name = "TCP port closed", .change = tcp,
	  .steps = { ACROSS(MSG_REQUEST), BACK(MSG_REPLY),
		     { DD_EV_DROP, NS_DB, IF_ETH, MSG_REQUEST, "tcp_v4_rcv", "NO_SOCKET" } },
	  .answer = { ANSWER_RESET, 1 }, .verdict = VERDICT_REFUSED, .cause = "no-listener",
	  .confidence = CONFIDENCE_EXACT, .settled = WHEN_NOW },
	{ .name = "isolated ports, neighbour unknown", .change = isolated,
	  .steps = { SENT_BY(NS_WEB, MSG_NEIGH_ASK), INTO(IF_VETH_WEB, MSG_NEIGH_ASK) },
	  .verdict = VERDICT_UNSENT, .cause = "bridge-port-isolated", .confidence = CONFIDENCE_LIKELY,
	  .settled = WHEN_QUIET },
	{ .name = "isolated ports, neighbour known", .change = isolated,
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST),
		     { DD_EV_DROP, NS_HOST, IF_VETH_WEB, MSG_REQUEST, "br_handle_frame_finish",
		       "NOT_SPECIFIED" } },
	  .verdict = VERDICT_DROPPED, .cause = "bridge-port-isolated", .confidence = CONFIDENCE_EXACT,
	  .settled = WHEN_NOW },
	{ .name = "the packet given up for want of a neighbour is not the loss", .change = isolated,
	  .steps = { SENT_BY(NS_WEB, MSG_NEIGH_ASK), INTO(IF_VETH_WEB, MSG_NEIGH_ASK),
		     { DD_EV_DROP, NS_WEB, IF_ETH, MSG_REQUEST, "neigh_invalidate", "NEIGH_FAILED" } },
	  .verdict = VERDICT_UNSENT, .cause = "bridge-port-isolated", .confidence = CONFIDENCE_LIKELY,
	  .settled = WHEN_NOW },
	{ .name = "one isolated port stops nothing", .change = one_isolated,
	  .steps = { SENT_BY(NS_WEB, MSG_NEIGH_ASK), INTO(IF_VETH_WEB, MSG_NEIGH_ASK) },
	  .verdict = VERDICT_UNSENT, .cause = "vanished", .confidence = CONFIDENCE_POSSIBLE },
	{ .name = "a program on the bridge port", .change = one_program,
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST),
		     { DD_EV_DROP, NS_HOST, IF_VETH_WEB, MSG_REQUEST, "__netif_receive_skb_core", "TC_INGRESS" } },
	  .verdict = VERDICT_DROPPED, .cause = "tc-drop", .confidence = CONFIDENCE_EXACT,
	  .settled = WHEN_NOW },
	{ .name = "two programs, of which the second ran less often", .change = two_programs,
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST),
		     { DD_EV_DROP, NS_HOST, IF_VETH_WEB, MSG_REQUEST, "__netif_receive_skb_core", "TC_INGRESS" } },
	  .verdict = VERDICT_DROPPED, .cause = "tc-drop", .confidence = CONFIDENCE_LIKELY,
	  .settled = WHEN_NOW },
	{ .name = "one of two programs", .change = two_busy_programs,
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST),
		     { DD_EV_DROP, NS_HOST, IF_VETH_WEB, MSG_REQUEST, "__netif_receive_skb_core", "TC_INGRESS" } },
	  .verdict = VERDICT_DROPPED, .cause = "tc-drop", .confidence = CONFIDENCE_EXACT,
	  .settled = WHEN_NOW },
	{ .name = "generic XDP",
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST),
		     { DD_EV_DROP, NS_HOST, IF_VETH_WEB, MSG_REQUEST, "do_xdp_generic", "NOT_SPECIFIED" } },
	  .verdict = VERDICT_DROPPED, .cause = "xdp-drop", .confidence = CONFIDENCE_EXACT,
	  .settled = WHEN_NOW },
	{ .name = "native XDP", .steps = { SENT_BY(NS_WEB, MSG_REQUEST),
		     { DD_EV_DROP, NS_HOST, IF_VETH_WEB, MSG_REQUEST, "veth_xdp_rcv_skb", "NOT_SPECIFIED" } },
	  .verdict = VERDICT_DROPPED, .cause = "xdp-drop", .confidence = CONFIDENCE_LIKELY,
	  .settled = WHEN_NOW },
	{ .name = "a queue", .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST),
		     { DD_EV_DROP, NS_HOST, IF_VETH_DB, MSG_REQUEST, "__dev_queue_xmit", "QDISC_DROP" } },
	  .verdict = VERDICT_DROPPED, .cause = "qdisc-drop", .confidence = CONFIDENCE_EXACT,
	  .settled = WHEN_NOW },
	{ .name = "a queue of a kernel without reasons", .change = queue_lost,
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST),
		     { DD_EV_DROP, NS_HOST, IF_VETH_DB, MSG_REQUEST, "__dev_queue_xmit" } },
	  .verdict = VERDICT_DROPPED, .cause = "qdisc-drop", .confidence = CONFIDENCE_EXACT,
	  .settled = WHEN_NOW },
	{ .name = "not sent, and there is no queue",
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST),
		     { DD_EV_DROP, NS_HOST, IF_VETH_DB, MSG_REQUEST, "__dev_queue_xmit" } },
	  .verdict = VERDICT_DROPPED, .cause = "unknown", .confidence = CONFIDENCE_POSSIBLE,
	  .settled = WHEN_NOW },
	{ .name = "taken by a program at db's device", .change = taker,
	  .steps = { ACROSS(MSG_REQUEST),
		     { DD_EV_CONSUME, NS_DB, IF_ETH, MSG_REQUEST, "__netif_receive_skb_core" } },
	  .verdict = VERDICT_VANISHED, .cause = "vanished", .confidence = CONFIDENCE_POSSIBLE },
	{ .name = "past a program at db's device", .change = taker,
	  .steps = { ACROSS(MSG_REQUEST), { DD_EV_CONSUME, NS_DB, IF_ETH, MSG_REQUEST, "ping_rcv" } },
	  .verdict = VERDICT_UNANSWERED, .direction = DIR_REPLY, .cause = "app-silent",
	  .confidence = CONFIDENCE_LIKELY },
	{ .name = "taken from the host's end, and sent away by another device",
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST), OUT_OF(77, MSG_REQUEST),
		     { DD_EV_DROP, NS_HOST, 78, MSG_REQUEST, "ip_rcv_core", "OTHERHOST" } },
	  .verdict = VERDICT_VANISHED, .cause = "vanished", .confidence = CONFIDENCE_POSSIBLE,
	  .settled = WHEN_NOW },
	{ .name = "a program of web's cgroup lets nothing out", .change = cgroup_of_web,
	  .steps = { { DD_EV_DROP, NS_WEB, IF_ETH, MSG_REQUEST, "ip_finish_output", "BPF_CGROUP_EGRESS" } },
	  .sent_err = -EPERM, .verdict = VERDICT_DROPPED, .cause = "cgroup-bpf-drop", .confidence = CONFIDENCE_EXACT,
	  .settled = WHEN_NOW },
	{ .name = "the same on a kernel without reasons", .change = cgroup_of_web,
	  .steps = { { DD_EV_DROP, NS_WEB, IF_ETH, MSG_REQUEST, "ip_finish_output", NULL } },
	  .sent_err = -EPERM, .verdict = VERDICT_DROPPED, .cause = "cgroup-bpf-drop", .confidence = CONFIDENCE_EXACT,
	  .settled = WHEN_NOW },
	{ .name = "nothing is sent, and such a program is there", .change = cgroup_of_web,
	  .steps = { { 0 } },
	  .sent_err = -EPERM, .verdict = VERDICT_UNSENT, .cause = "cgroup-bpf-drop", .confidence = CONFIDENCE_LIKELY,
	  .settled = WHEN_NOW },
	{ .name = "nothing is sent, and none is there", .change = NULL,
	  .steps = { { 0 } },
	  .sent_err = -EPERM, .verdict = VERDICT_UNSENT, .cause = "unknown", .confidence = CONFIDENCE_POSSIBLE,
	  .settled = WHEN_NOW },
	{ .name = "a socket's filter", .change = tcp,
	  .steps = { ACROSS(MSG_REQUEST),
		     { DD_EV_DROPPER, NS_DB, IF_ETH, MSG_REQUEST, .filter = DD_FILTER_CLASSIC },
		     { DD_EV_DROP, NS_DB, IF_ETH, MSG_REQUEST, "tcp_v4_rcv", "SOCKET_FILTER" } },
	  .verdict = VERDICT_DROPPED, .cause = "socket-filter-drop", .confidence = CONFIDENCE_EXACT,
	  .settled = WHEN_NOW },
	{ .name = "a socket's filter, of which nothing was told", .change = tcp,
	  .steps = { ACROSS(MSG_REQUEST),
		     { DD_EV_DROP, NS_DB, IF_ETH, MSG_REQUEST, "tcp_v4_rcv", "SOCKET_FILTER" } },
	  .verdict = VERDICT_DROPPED, .cause = "socket-filter-drop", .confidence = CONFIDENCE_LIKELY,
	  .settled = WHEN_NOW },
	{ .name = "no filter and no program: a security module", .change = tcp,
	  .steps = { ACROSS(MSG_REQUEST),
		     { DD_EV_DROPPER, NS_DB, IF_ETH, MSG_REQUEST, .filter = DD_FILTER_NONE },
		     { DD_EV_DROP, NS_DB, IF_ETH, MSG_REQUEST, "tcp_v4_rcv", "SOCKET_FILTER" } },
	  .verdict = VERDICT_DROPPED, .cause = "socket-filter-drop", .confidence = CONFIDENCE_LIKELY,
	  .settled = WHEN_NOW },
	{ .name = "a program of db's cgroup", .change = cgroup_of_db,
	  .steps = { ACROSS(MSG_REQUEST),
		     { DD_EV_DROPPER, NS_DB, IF_ETH, MSG_REQUEST, .filter = DD_FILTER_NONE },
		     { DD_EV_DROP, NS_DB, IF_ETH, MSG_REQUEST, "tcp_v4_rcv", "SOCKET_FILTER" } },
	  .verdict = VERDICT_DROPPED, .cause = "cgroup-bpf-drop", .confidence = CONFIDENCE_LIKELY,
	  .settled = WHEN_NOW },
	{ .name = "a program of db's cgroup, says the kernel", .change = cgroup_of_db,
	  .steps = { ACROSS(MSG_REQUEST),
		     { DD_EV_DROPPER, NS_DB, IF_ETH, MSG_REQUEST, .filter = DD_FILTER_BPF },
		     { DD_EV_DROPPER, NS_DB, IF_ETH, MSG_REQUEST },
		     { DD_EV_DROP, NS_DB, IF_ETH, MSG_REQUEST, "tcp_v4_rcv", "SOCKET_FILTER" } },
	  .verdict = VERDICT_DROPPED, .cause = "cgroup-bpf-drop", .confidence = CONFIDENCE_EXACT,
	  .settled = WHEN_NOW },
	{ .name = "a program of db's cgroup, or the socket's filter", .change = cgroup_of_db,
	  .steps = { ACROSS(MSG_REQUEST),
		     { DD_EV_DROPPER, NS_DB, IF_ETH, MSG_REQUEST, .filter = DD_FILTER_BPF },
		     { DD_EV_DROP, NS_DB, IF_ETH, MSG_REQUEST, "tcp_v4_rcv", "SOCKET_FILTER" } },
	  .verdict = VERDICT_DROPPED, .cause = "cgroup-bpf-drop", .confidence = CONFIDENCE_POSSIBLE,
	  .settled = WHEN_NOW },
	{ .name = "a port without a VLAN", .change = no_pvid,
	  .steps = { SENT_BY(NS_WEB, MSG_NEIGH_ASK), INTO(IF_VETH_WEB, MSG_NEIGH_ASK) },
	  .verdict = VERDICT_UNSENT, .cause = "bridge-vlan-filtered", .confidence = CONFIDENCE_LIKELY,
	  .settled = WHEN_QUIET },
	{ .name = "a port of another VLAN", .change = not_member,
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST),
		     { DD_EV_DROP, NS_HOST, IF_VETH_WEB, MSG_REQUEST, "br_handle_frame_finish",
		       "NOT_SPECIFIED" } },
	  .verdict = VERDICT_DROPPED, .cause = "bridge-vlan-filtered", .confidence = CONFIDENCE_EXACT,
	  .settled = WHEN_NOW },
	{ .name = "a tag that nobody takes off", .change = tagged, .steps = { ACROSS(MSG_NEIGH_ASK) },
	  .verdict = VERDICT_UNSENT, .cause = "bridge-vlan-filtered", .confidence = CONFIDENCE_LIKELY,
	  .settled = WHEN_QUIET },
	{ .name = "one VLAN, and nobody answers", .change = same_vlan, .steps = { ACROSS(MSG_NEIGH_ASK) },
	  .verdict = VERDICT_UNSENT, .cause = "neigh-unresolved", .confidence = CONFIDENCE_LIKELY,
	  .settled = WHEN_QUIET },
	{ .name = "a locked port", .change = locked,
	  .steps = { SENT_BY(NS_WEB, MSG_NEIGH_ASK), INTO(IF_VETH_WEB, MSG_NEIGH_ASK) },
	  .verdict = VERDICT_UNSENT, .cause = "bridge-fdb-wrong", .confidence = CONFIDENCE_LIKELY,
	  .settled = WHEN_QUIET },
	{ .name = "a locked port that knows the sender", .change = locked_known,
	  .steps = { SENT_BY(NS_WEB, MSG_NEIGH_ASK), INTO(IF_VETH_WEB, MSG_NEIGH_ASK) },
	  .verdict = VERDICT_UNSENT, .cause = "vanished", .confidence = CONFIDENCE_POSSIBLE },
	{ .name = "an entry for another port", .change = fdb_elsewhere,
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST) },
	  .verdict = VERDICT_VANISHED, .cause = "bridge-fdb-wrong", .confidence = CONFIDENCE_LIKELY,
	  .settled = WHEN_QUIET },
	{ .name = "an entry for the right port", .change = fdb_right,
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST) },
	  .verdict = VERDICT_VANISHED, .cause = "vanished", .confidence = CONFIDENCE_POSSIBLE },
	{ .name = "no entry, and no flooding", .change = no_flood,
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST),
		     { DD_EV_DROP, NS_HOST, IF_VETH_WEB, MSG_REQUEST, "br_handle_frame_finish",
		       "NOT_SPECIFIED" } },
	  .verdict = VERDICT_DROPPED, .cause = "bridge-no-flood", .confidence = CONFIDENCE_EXACT,
	  .settled = WHEN_NOW },
	{ .name = "an entry needs no flooding", .change = no_flood_known,
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST) },
	  .verdict = VERDICT_VANISHED, .cause = "vanished", .confidence = CONFIDENCE_POSSIBLE },
	{ .name = "no broadcasts for a packet that is none", .change = no_bcast_flood,
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST) },
	  .verdict = VERDICT_VANISHED, .cause = "vanished", .confidence = CONFIDENCE_POSSIBLE },
	{ .name = "a port that is not one", .change = no_port,
	  .steps = { SENT_BY(NS_WEB, MSG_NEIGH_ASK), INTO(IF_VETH_WEB, MSG_NEIGH_ASK) },
	  .verdict = VERDICT_UNSENT, .cause = "bridge-port-missing", .confidence = CONFIDENCE_LIKELY,
	  .settled = WHEN_QUIET },
	{ .name = "a port that does not forward", .change = blocking,
	  .steps = { SENT_BY(NS_WEB, MSG_NEIGH_ASK), INTO(IF_VETH_WEB, MSG_NEIGH_ASK) },
	  .verdict = VERDICT_UNSENT, .cause = "bridge-port-not-forwarding",
	  .confidence = CONFIDENCE_LIKELY, .settled = WHEN_QUIET },
	{ .name = "a bridge that is down", .change = bridge_down,
	  .steps = { SENT_BY(NS_WEB, MSG_NEIGH_ASK), INTO(IF_VETH_WEB, MSG_NEIGH_ASK),
		     { DD_EV_DROP, NS_HOST, IF_VETH_WEB, MSG_NEIGH_ASK, "br_handle_frame", "NOT_SPECIFIED" } },
	  .verdict = VERDICT_DROPPED, .cause = "bridge-down", .confidence = CONFIDENCE_EXACT,
	  .settled = WHEN_NOW },
	{ .name = "a device that is down behind the bridge", .change = eth_down,
	  .steps = { SENT_BY(NS_WEB, MSG_NEIGH_ASK), INTO(IF_VETH_WEB, MSG_NEIGH_ASK) },
	  .verdict = VERDICT_UNSENT, .cause = "link-down", .confidence = CONFIDENCE_LIKELY,
	  .settled = WHEN_QUIET },
	{ .name = "nobody answers ARP", .steps = { ACROSS(MSG_NEIGH_ASK) }, .verdict = VERDICT_UNSENT,
	  .cause = "neigh-unresolved", .confidence = CONFIDENCE_LIKELY, .settled = WHEN_QUIET },
	{ .name = "db's ARP answer is dropped by a rule",
	  .steps = { ACROSS(MSG_NEIGH_ASK), SENT_BY(NS_DB, MSG_NEIGH_ANSWER), INTO(IF_VETH_DB, MSG_NEIGH_ANSWER),
		     { DD_EV_DROP, NS_HOST, IF_VETH_WEB, MSG_NEIGH_ANSWER, "nft_do_chain",
		       "NETFILTER_DROP" } },
	  .rule = "ether type arp drop", .chain = "forward", .verdict = VERDICT_DROPPED,
	  .cause = "nf-rule-drop", .confidence = CONFIDENCE_EXACT, .settled = WHEN_NOW },
	{ .name = "a wrong neighbour entry", .change = other_mac,
	  .steps = { ACROSS(MSG_REQUEST),
		     { DD_EV_DROP, NS_DB, IF_ETH, MSG_REQUEST, "ip_rcv_core", "OTHERHOST" } },
	  .verdict = VERDICT_DROPPED, .cause = "mac-mismatch", .confidence = CONFIDENCE_LIKELY,
	  .settled = WHEN_NOW },
	{ .name = "a tc program",
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST),
		     { DD_EV_DROP, NS_HOST, IF_VETH_WEB, MSG_REQUEST, "__netif_receive_skb_core",
		       "TC_INGRESS" } },
	  .verdict = VERDICT_DROPPED, .cause = "tc-drop", .confidence = CONFIDENCE_EXACT,
	  .settled = WHEN_NOW },
	{ .name = "the reverse path check",
	  .steps = { ACROSS(MSG_REQUEST),
		     { DD_EV_DROP, NS_DB, IF_ETH, MSG_REQUEST, "fib_validate_source", "IP_RPFILTER" } },
	  .verdict = VERDICT_DROPPED, .cause = "rp-filter", .confidence = CONFIDENCE_EXACT,
	  .settled = WHEN_NOW },
	{ .name = "no route", .change = no_route, .sent_err = -ENETUNREACH, .verdict = VERDICT_UNSENT,
	  .cause = "no-route", .confidence = CONFIDENCE_EXACT, .settled = WHEN_NOW },
	{ .name = "no route and no network in common", .change = no_route_routed,
	  .sent_err = -ENETUNREACH, .verdict = VERDICT_UNSENT, .cause = "no-shared-network",
	  .confidence = CONFIDENCE_EXACT, .settled = WHEN_NOW },
	{ .name = "db may not answer, and the lookup said so", .change = prohibit_back,
	  .steps = { ACROSS(MSG_REQUEST),
		     { .kind = DD_EV_ROUTE, .netns = 0, .msg = MSG_REPLY, .route_err = -EACCES } },
	  .verdict = VERDICT_UNANSWERED, .direction = DIR_REPLY, .cause = "route-forbidden",
	  .confidence = CONFIDENCE_EXACT, .settled = WHEN_QUIET },
	{ .name = "db may not answer, concluded", .change = prohibit_back,
	  .steps = { ACROSS(MSG_REQUEST) }, .verdict = VERDICT_UNANSWERED, .direction = DIR_REPLY,
	  .cause = "route-forbidden", .confidence = CONFIDENCE_LIKELY, .settled = WHEN_QUIET },
	{ .name = "the host has no way between the two", .change = host_forbids,
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST),
		     { DD_EV_DROP, NS_HOST, IF_BRIDGE, MSG_REQUEST, "ip_error", "IP_INADDRERRORS" } },
	  .answer = { .kind = ANSWER_ICMP, .probe = 1, .icmp_type = 3, .icmp_code = 1 },
	  .verdict = VERDICT_REFUSED, .cause = "route-forbidden", .confidence = CONFIDENCE_EXACT,
	  .settled = WHEN_NOW },
	{ .name = "the application says nothing", .change = udp, .steps = { ACROSS(MSG_REQUEST) },
	  .verdict = VERDICT_UNANSWERED, .direction = DIR_REPLY, .cause = "app-silent",
	  .confidence = CONFIDENCE_LIKELY },
	{ .name = "somebody captures on the bridge, and a rule of db drops the reply",
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST),
		     { DD_EV_DROP, NS_HOST, IF_BRIDGE, MSG_REQUEST, "ip_rcv_core", "OTHERHOST",
		       .pkt_type = 3 },
		     OUT_OF(IF_VETH_DB, MSG_REQUEST), GOT_BY(NS_DB, MSG_REQUEST),
		     { DD_EV_DROP, NS_DB, 0, MSG_REPLY, "nft_do_chain", "NETFILTER_DROP" } },
	  .rule = "-A OUTPUT -j DROP", .chain = "OUTPUT", .verdict = VERDICT_DROPPED,
	  .direction = DIR_REPLY, .cause = "container-firewall", .confidence = CONFIDENCE_EXACT,
	  .settled = WHEN_NOW },
	{ .name = "a REJECT whose error is dropped before the packet is freed",
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST),
		     { DD_EV_DROP, NS_HOST, IF_BRIDGE, MSG_REPLY, "nft_do_chain", "NETFILTER_DROP",
		       .quotes = true },
		     { DD_EV_DROP, NS_HOST, IF_VETH_DB, MSG_REQUEST, "nft_do_chain", "NETFILTER_DROP" } },
	  .rule = "-A FORWARD -j REJECT", .chain = "FORWARD", .verdict = VERDICT_REFUSED,
	  .cause = "nf-rule-reject", .confidence = CONFIDENCE_EXACT, .settled = WHEN_QUIET },
	{ .name = "UDP port closed, and the error held back by the kernel's rate limit", .change = udp,
	  .steps = { ACROSS(MSG_REQUEST),
		     { DD_EV_DROP, NS_DB, IF_ETH, MSG_REQUEST, "__udp4_lib_rcv", "NO_SOCKET" } },
	  .verdict = VERDICT_DROPPED, .cause = "no-listener", .confidence = CONFIDENCE_EXACT,
	  .settled = WHEN_NOW },
	{ .name = "a port unreachable in answer to a ping is no closed port",
	  .steps = { ACROSS(MSG_REQUEST) },
	  .answer = { .kind = ANSWER_ICMP, .probe = 1, .icmp_type = 3, .icmp_code = 3 },
	  .verdict = VERDICT_REFUSED, .cause = "unknown", .confidence = CONFIDENCE_POSSIBLE,
	  .settled = WHEN_NOW },
	{ .name = "addressed to the gateway, as it should be", .change = by_gateway,
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST) },
	  .verdict = VERDICT_VANISHED, .cause = "vanished", .confidence = CONFIDENCE_POSSIBLE },
	{ .name = "a question that vanished, and then the packet given up",
	  .steps = { SENT_BY(NS_WEB, MSG_NEIGH_ASK), INTO(IF_VETH_WEB, MSG_NEIGH_ASK),
		     { DD_EV_DROP, NS_WEB, IF_ETH, MSG_REQUEST, "neigh_invalidate", "NEIGH_FAILED" } },
	  .verdict = VERDICT_UNSENT, .cause = "vanished", .confidence = CONFIDENCE_POSSIBLE,
	  .settled = WHEN_NOW },
	{ .name = "to the host over a bridge that is down", .change = to_host,
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST),
		     { DD_EV_DROP, NS_HOST, IF_VETH_WEB, MSG_REQUEST, "br_handle_frame", "NOT_SPECIFIED" } },
	  .verdict = VERDICT_DROPPED, .cause = "bridge-down", .confidence = CONFIDENCE_EXACT,
	  .settled = WHEN_NOW },
	{ .name = "an answer, though db never got the request",
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST),
		     { DD_EV_RX, NS_DB, IF_ETH, MSG_REQUEST, .pkt_type = 3 },
		     { DD_EV_DROP, NS_DB, IF_ETH, MSG_REQUEST, "ip_rcv_core", "OTHERHOST" } },
	  .answer = { ANSWER_REPLY, 1 }, .verdict = VERDICT_VANISHED, .cause = "address-duplicate",
	  .confidence = CONFIDENCE_POSSIBLE, .settled = WHEN_NOW },
	{ .name = "longer than the way takes", .sent_err = -EMSGSIZE, .verdict = VERDICT_UNSENT,
	  .cause = "mtu-exceeded", .confidence = CONFIDENCE_EXACT, .settled = WHEN_NOW },
	{ .name = "refused for a reason of its own", .sent_err = -ENOBUFS, .verdict = VERDICT_UNSENT,
	  .cause = "unknown", .confidence = CONFIDENCE_POSSIBLE, .settled = WHEN_NOW },
	{ .name = "one table without a route is no failure",
	  .steps = { { .kind = DD_EV_ROUTE, .msg = MSG_REQUEST, .route_err = -EAGAIN },
		     ACROSS(MSG_REQUEST), BACK(MSG_REPLY) },
	  .answer = { ANSWER_REPLY, 1 }, .verdict = VERDICT_DELIVERED, .cause = "",
	  .settled = WHEN_NOW },
	{ .name = "gone between the veth and its peer",
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST),
		     OUT_OF(IF_VETH_DB, MSG_REQUEST) },
	  .verdict = VERDICT_VANISHED, .cause = "vanished", .confidence = CONFIDENCE_POSSIBLE },
	{ .name = "IPv6, delivered", .change = ip6,
	  .steps = { ACROSS(MSG_NEIGH_ASK), BACK(MSG_NEIGH_ANSWER), ACROSS(MSG_REQUEST), BACK(MSG_REPLY) },
	  .answer = { ANSWER_REPLY, 1 }, .verdict = VERDICT_DELIVERED, .cause = "", .settled = WHEN_NOW },
	{ .name = "IPv6, a solicitation for a group that db is not in", .change = ip6,
	  .steps = { ACROSS(MSG_NEIGH_ASK),
		     { DD_EV_DROP, NS_HOST, IF_BRIDGE, MSG_NEIGH_ASK, "ip6_mc_input", "NOT_SPECIFIED" },
		     { DD_EV_DROP, NS_DB, IF_ETH, MSG_NEIGH_ASK, "ip6_mc_input", "NOT_SPECIFIED" } },
	  .verdict = VERDICT_UNSENT, .cause = "neigh-unresolved", .confidence = CONFIDENCE_LIKELY,
	  .settled = WHEN_QUIET },
	{ .name = "IPv6, a rule for the host drops its copy of a solicitation", .change = ip6,
	  .steps = { SENT_BY(NS_WEB, MSG_NEIGH_ASK), INTO(IF_VETH_WEB, MSG_NEIGH_ASK),
		     { DD_EV_DROP, NS_HOST, IF_BRIDGE, MSG_NEIGH_ASK, "nft_do_chain", "NETFILTER_DROP",
		       { "nft_do_chain", "nf_hook_slow", "ip6_input" } },
		     OUT_OF(IF_VETH_DB, MSG_NEIGH_ASK), GOT_BY(NS_DB, MSG_NEIGH_ASK) },
	  .verdict = VERDICT_UNSENT, .cause = "neigh-unresolved", .confidence = CONFIDENCE_LIKELY,
	  .settled = WHEN_QUIET },
	{ .name = "IPv6, a rule drops a bridged solicitation", .change = ip6,
	  .steps = { SENT_BY(NS_WEB, MSG_NEIGH_ASK), INTO(IF_VETH_WEB, MSG_NEIGH_ASK),
		     { DD_EV_DROP, NS_HOST, IF_BRIDGE, MSG_NEIGH_ASK, "nft_do_chain", "NETFILTER_DROP",
		       { "nft_do_chain", "nf_hook_slow", "br_nf_pre_routing_ipv6" } } },
	  .rule = "-A PREROUTING -j DROP", .chain = "PREROUTING", .verdict = VERDICT_DROPPED,
	  .cause = "nf-rule-drop", .confidence = CONFIDENCE_EXACT, .settled = WHEN_NOW },
	{ .name = "IPv6, an echo request that db does not answer", .change = ip6,
	  .steps = { ACROSS(MSG_REQUEST),
		     { DD_EV_DROP, NS_DB, IF_ETH, MSG_REQUEST, "icmpv6_rcv", "NOT_SPECIFIED" } },
	  .verdict = VERDICT_UNANSWERED, .direction = DIR_REPLY, .cause = "app-silent",
	  .confidence = CONFIDENCE_LIKELY },
	{ .name = "IPv6, an advertisement to a wrong address", .change = ip6_other_mac,
	  .steps = { ACROSS(MSG_NEIGH_ASK), SENT_BY(NS_DB, MSG_NEIGH_ANSWER),
		     { DD_EV_DROP, NS_WEB, IF_ETH, MSG_NEIGH_ANSWER, "ip6_rcv_core", "OTHERHOST" } },
	  .verdict = VERDICT_DROPPED, .cause = "mac-mismatch", .confidence = CONFIDENCE_LIKELY,
	  .settled = WHEN_NOW },
	{ .name = "IPv6, a blackhole on the host", .change = ip6_forbids,
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST),
		     { DD_EV_DROP, NS_HOST, IF_BRIDGE, MSG_REQUEST, "dst_discard_out", "NOT_SPECIFIED" } },
	  .verdict = VERDICT_DROPPED, .cause = "route-forbidden", .confidence = CONFIDENCE_EXACT,
	  .settled = WHEN_NOW },
	{ .name = "IPv6, UDP port closed", .change = ip6_udp, .steps = { ACROSS(MSG_REQUEST) },
	  .answer = { .kind = ANSWER_ICMP, .probe = 1, .icmp_type = 1, .icmp_code = 4,
		      .from = { AF_INET6, { 0xfd, [15] = 3 } } },
	  .verdict = VERDICT_REFUSED, .cause = "no-listener", .confidence = CONFIDENCE_EXACT,
	  .settled = WHEN_NOW },
	{ .name = "IPv6, too big for a router", .change = ip6,
	  .steps = { SENT_BY(NS_WEB, MSG_REQUEST), INTO(IF_VETH_WEB, MSG_REQUEST) },
	  .answer = { .kind = ANSWER_ICMP, .probe = 1, .icmp_type = 2,
		      .from = { AF_INET6, { 0xfd, [15] = 1 } } },
	  .verdict = VERDICT_REFUSED, .cause = "mtu-exceeded", .confidence = CONFIDENCE_EXACT,
	  .settled = WHEN_NOW },
	{ .name = "nothing was seen at all", .verdict = VERDICT_INCONCLUSIVE, .cause = "unknown",
	  .confidence = CONFIDENCE_POSSIBLE },
};

static struct dd_packet packet_of(const struct scene *s, enum message msg)
{
	bool back = msg == MSG_REPLY || msg == MSG_NEIGH_ANSWER || msg == MSG_NEIGH_ASK_BACK;
	const struct endpoint *from = &s->ends[back], *to = &s->ends[!back];
	struct dd_packet p = { .probe = 1, .len = 84, .l4 = s->request.protocol };

	memcpy(p.src, from->ip.bytes, 16);
	memcpy(p.dst, to->ip.bytes, 16);
	memcpy(p.mac_dst, to->mac, 6);
	p.ethertype = from->ip.family == AF_INET6 ? ETH_P_IPV6 : ETH_P_IP;
	if (p.ethertype == ETH_P_IPV6 && p.l4 == IPPROTO_ICMP)
		p.l4 = IPPROTO_ICMPV6;
	p.flags = msg == MSG_REPLY ? DD_PKT_REPLY : 0;
	if (msg == MSG_REQUEST || msg == MSG_REPLY)
		return p;
	if (p.ethertype == ETH_P_IP)
		p.ethertype = ETH_P_ARP;
	p.probe = 0;
	p.neigh_op = msg == MSG_NEIGH_ANSWER || msg == MSG_NEIGH_ANSWER_BACK ? 2 : 1;
	return p;
}

static struct dd_event event_of(const struct scene *scene, const struct telling *s, int n)
{
	struct dd_event ev = { .version = DD_EVENT_VERSION, .kind = s->kind, .ts_ns = 1000 + n,
			       .netns = s->netns, .ifindex = s->ifindex, .hook_num = s->hook,
			       .hook_stage = s->stage, .route_err = s->route_err,
			       .iif = s->kind == DD_EV_ROUTE };

	ev.pkt = packet_of(scene, s->msg);
	ev.pkt.flags |= s->quotes ? DD_PKT_QUOTED : 0;
	ev.pkt.pkt_type = s->pkt_type;
	ev.filter = s->filter;
	if (s->kind == DD_EV_DROPPER)
		ev.function = s->filter ? DD_FN_sk_filter_trim_cap : DD_FN___cgroup_bpf_run_filter_skb;
	memcpy(ev.dev, "dev", 4);
	ev.location = address_of(s->function);
	ev.location += ev.location ? 0x10 : 0;
	ev.reason = number_of(reasons, sizeof(reasons) / sizeof(reasons[0]), s->reason);
	while (ev.stack_n < 4 && s->stack[ev.stack_n]) {
		ev.stack[ev.stack_n] = address_of(s->stack[ev.stack_n]) + 0x20;
		ev.stack_n++;
	}
	return ev;
}

static struct ksym *symbols_make(void)
{
	char text[4096] = "";
	struct ksym *k = NULL;
	FILE *f;

	for (size_t i = 1; i < sizeof(functions) / sizeof(functions[0]); i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%llx T %s\n",
			 (unsigned long long)address_of(functions[i]), functions[i]);
	f = fmemopen(text, strlen(text), "r");
	assert_int_equal(ksym_parse(f, &k), 0);
	fclose(f);
	return k;
}

static struct reason *reasons_make(void)
{
	struct reason *r = NULL;

	assert_int_equal(reason_empty(&r), 0);
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		assert_int_equal(reason_add(r, i, reasons[i]), 0);
	return r;
}

static int rule_of_story(void *ctx, const struct hop *drop, const struct hit *hit, const char *table,
			 struct rule *out)
{
	const struct story *story = ctx;

	(void)drop;
	(void)hit;
	(void)table;
	if (!story->rule)
		return -ENOENT;
	*out = (struct rule){ .backend = story->rule[0] == '-' ? BACKEND_IPTABLES_NFT : BACKEND_NFTABLES,
			      .family = NFPROTO_IPV4, .handle = 7, .index = 1,
			      .policy = story->policy };
	text_copy(out->table, sizeof(out->table), "filter");
	text_copy(out->chain, sizeof(out->chain), story->chain);
	text_copy(out->text, sizeof(out->text), story->rule);
	return 0;
}

static int culprit_of_story(void *ctx, const struct hop *drop, const struct hit *hit,
			    enum dd_hook_stage stage, struct culprit *out)
{
	const struct story *story = ctx;

	(void)drop;
	(void)hit;
	(void)stage;
	*out = story->culprit;
	return story->culprit.kind ? 0 : -ENOENT;
}

static void tell(struct session *s, const struct scene *scene, const struct story *story)
{
	struct sent sent = { 1, 999, story->sent_err };
	struct answer answer = story->answer;

	session_sent(s, &sent);
	for (int i = 0; i < STEPS_MAX && story->steps[i].kind; i++) {
		struct dd_event ev = event_of(scene, &story->steps[i], i);

		session_event(s, &ev, sizeof(ev));
	}
	answer.ts_ns = 5000;
	if (answer.probe)
		session_answer(s, &answer);
}

static void test_story(void **state)
{
	const struct story *story = *state;
	struct reason *reason_names __cleanup(cleanup_reason) = reasons_make();
	struct ksym *ksym __cleanup(cleanup_ksym) = symbols_make();
	struct session *s __cleanup(cleanup_session) = NULL;
	struct scene scene = scene_make();
	const struct session_ops ops = { .rule = rule_of_story, .culprit = culprit_of_story,
					 .ctx = (void *)story };
	struct verdict v;

	if (story->change)
		story->change(&scene);
	assert_int_equal(session_open(&scene, ksym, reason_names, &ops, &s), 0);
	tell(s, &scene, story);
	session_verdict(s, &v);
	print_message("%s: %s\n", v.cause.id, v.cause.text);
	assert_string_equal(v.cause.id, story->cause);
	assert_int_equal(v.kind, story->verdict);
	assert_int_equal(v.direction, story->direction);
	if (story->cause[0])
		assert_int_equal(v.cause.confidence, story->confidence);
	assert_null(strchr(v.cause.text, '?'));
	assert_int_equal(session_settled(s, PHASE_NOW), story->settled == WHEN_NOW);
	assert_int_equal(session_settled(s, PHASE_QUIET), story->settled != WHEN_FINAL);
	assert_true(session_settled(s, PHASE_FINAL));
}

/* Every row of causes.def is told by a story, and no story tells of another cause. */
static void test_every_cause_has_a_story(void **state)
{
	static const char *const elsewhere[] = {
		/* by the functional tests alone: their evidence is a rule's text, see test_rules.c */
		"docker-stale-rule", "docker-icc-off", "docker-internal", "docker-direct-access",
		"docker-unpublished-port",
		/* by test_stack_facts.c */
		"martian-source", "ttl-expired", "forwarding-off", "ipv6-disabled", "bad-checksum",
		"receive-buffer-full", "accept-queue-full", "loopback-only", "subnet-overlap",
	};

	(void)state;
	for (size_t n = 0; explain_id(n); n++) {
		bool told = false;

		for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++)
			told |= !strcmp(elsewhere[i], explain_id(n));
		for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++)
			told |= !strcmp(stories[i].cause, explain_id(n));
		print_message("%s\n", explain_id(n));
		assert_true(told);
	}
}

/* A word that fill.c does not know would show as a question mark, or leave a remedy out. */
static void test_every_word_is_known(void **state)
{
	static const char *const texts[] = {
#define CAUSE(id, all, none, confidence, ...) __VA_ARGS__,
#include "core/causes.def"
#undef CAUSE
	};
	char word[64];
	int words = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		for (const char *p = strchr(texts[i], '{'); p; p = strchr(p + 1, '{')) {
			assert_int_equal(sscanf(p, "{%63[^}]}", word), 1);
			print_message("%s\n", word);
			assert_true(fill_knows(word));
			words++;
		}
	}
	assert_true(words > 50);
	assert_false(fill_knows("no such word"));
}

/* Whichever address IPv6 asks from, the message serves the direction that needs the answer. */
static void test_direction_of_neighbours(void **state)
{
	static const uint8_t web[16] = { 0xfd, [15] = 2 }, db[16] = { 0xfd, [15] = 3 };
	static const uint8_t web_ll[16] = { 0xfe, 0x80, [15] = 2 }, db_ll[16] = { 0xfe, 0x80, [15] = 3 };
	static const uint8_t router[16] = { 0xfd, [15] = 1 }, router_ll[16] = { 0xfe, 0x80, [15] = 1 };
	static const struct {
		const uint8_t *asker, *asked;
		enum direction direction;
	} rows[] = {
		{ web, db, DIR_REQUEST },	{ web_ll, db, DIR_REQUEST },
		{ web, router, DIR_REQUEST },	{ web_ll, router, DIR_REQUEST },
		{ router_ll, db, DIR_REQUEST }, { router, db, DIR_REQUEST },
		{ db, web, DIR_REPLY },		{ db_ll, web, DIR_REPLY },
		{ db, router, DIR_REPLY },	{ db_ll, router, DIR_REPLY },
		{ router_ll, web, DIR_REPLY },	{ router, web, DIR_REPLY },
	};
	struct scene scene = scene_make();

	(void)state;
	ip6(&scene);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int answer = 0; answer < 2; answer++) {
			struct dd_event ev = { .kind = DD_EV_XMIT, .netns = NS_WEB };
			struct hop hop = { 0 };

			ev.pkt.ethertype = ETH_P_IPV6;
			ev.pkt.neigh_op = 1 + answer;
			memcpy(ev.pkt.src, answer ? rows[i].asked : rows[i].asker, 16);
			memcpy(ev.pkt.dst, answer ? rows[i].asker : rows[i].asked, 16);
			correlate_hop(&scene, &ev, &hop);
			assert_true(hop.neigh);
			assert_int_equal(hop.direction, rows[i].direction);
			assert_non_null(strstr(hop.note, answer ? "neighbour advertisement of fd00::" :
								  "neighbour solicitation for fd00::"));
		}
	}
}

/* The hook is that of the innermost run, whatever lies farther out on the same stack. */
static void test_hook_is_of_the_innermost_run(void **state)
{
	static const struct {
		const char *stack[4];
		uint8_t pf, hook;
		uint16_t ethertype;
	} rows[] = {
		{ { "nf_hook_slow", "ip_forward" }, NFPROTO_IPV4, NF_INET_FORWARD, ETH_P_IP },
		{ { "nf_hook_slow", "br_nf_forward_ip.part.0", "nf_hook_slow", "__br_forward" },
		  NFPROTO_IPV4, NF_INET_FORWARD, ETH_P_IP },
		{ { "nft_do_chain_netdev", "nf_hook_slow", "__netif_receive_skb_core", "ip_output" },
		  NFPROTO_NETDEV, 0, ETH_P_IP },
		{ { "nft_do_chain_bridge", "br_handle_frame", "__netif_receive_skb_core", "nf_hook_slow" },
		  NFPROTO_BRIDGE, NF_INET_PRE_ROUTING, ETH_P_IP },
		{ { "nf_hook_slow", "ping_rcv", "tcp_v4_rcv", "ip_output" }, 0, 0, ETH_P_IP },
		{ { "nf_hook_slow", "br_nf_forward_ip.part.0", "nf_hook_slow", "__br_forward" },
		  NFPROTO_IPV6, NF_INET_FORWARD, ETH_P_IPV6 },
		{ { "nf_hook_slow", "br_nf_pre_routing_ipv6" }, NFPROTO_IPV6, NF_INET_PRE_ROUTING,
		  ETH_P_IPV6 },
		{ { "nf_hook_slow", "ip6_forward" }, NFPROTO_IPV6, NF_INET_FORWARD, ETH_P_IPV6 },
		{ { "nf_hook_slow", "ip6_input", "ip6_mc_input" }, NFPROTO_IPV6, NF_INET_LOCAL_IN,
		  ETH_P_IPV6 },
		{ { "nf_hook_slow", "ip6_xmit", "tcp_v4_rcv" }, NFPROTO_IPV6, NF_INET_LOCAL_OUT,
		  ETH_P_IPV6 },
		{ { "nf_hook_slow", "ndisc_send_skb" }, NFPROTO_IPV6, NF_INET_LOCAL_OUT, ETH_P_IPV6 },
		{ { "nf_hook_slow", "br_nf_forward_arp" }, NFPROTO_ARP, NF_ARP_FORWARD, ETH_P_ARP },
	};
	static const struct scene nobody;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct symbol stack[4] = { 0 };
		struct hop hop = { .layer = LAYER_NETFILTER, .stack = stack };

		hop.pkt.ethertype = rows[i].ethertype;

		text_copy(hop.reason_name, sizeof(hop.reason_name), "NETFILTER_DROP");
		while (hop.stack_n < 4 && rows[i].stack[hop.stack_n]) {
			text_copy(stack[hop.stack_n].function, SHORT_LEN, rows[i].stack[hop.stack_n]);
			hop.stack_n++;
		}
		correlate_drop(&nobody, &hop);
		assert_int_equal(hop.hook_pf, rows[i].pf);
		assert_int_equal(hop.hook_num, rows[i].hook);
	}
}

static void test_counts_what_cannot_be_read(void **state)
{
	struct session *s __cleanup(cleanup_session) = NULL;
	const struct scene scene = scene_make();
	const struct session_ops ops = { 0 };
	struct dd_event ev = { 0 };
	struct verdict v;

	(void)state;
	assert_int_equal(session_open(&scene, NULL, NULL, &ops, &s), 0);
	session_event(s, &ev, sizeof(ev));
	session_event(s, &ev, 3);
	session_lost(s, 5, 6);
	session_verdict(s, &v);
	assert_int_equal(v.events_malformed, 2);
	assert_int_equal(v.events_lost, 5);
	assert_int_equal(v.events_missed, 6);
	assert_int_equal(v.kind, VERDICT_INCONCLUSIVE);
}

static void test_more_hops_than_there_is_room_for(void **state)
{
	struct session *s __cleanup(cleanup_session) = NULL;
	const struct telling step = SENT_BY(NS_WEB, MSG_REQUEST);
	const struct scene scene = scene_make();
	const struct session_ops ops = { 0 };
	struct dd_event ev = event_of(&scene, &step, 0);
	struct verdict v;

	(void)state;
	assert_int_equal(session_open(&scene, NULL, NULL, &ops, &s), 0);
	for (int i = 0; i < HOPS_MAX + 3; i++)
		session_event(s, &ev, sizeof(ev));
	session_verdict(s, &v);
	assert_int_equal(v.n_hops, HOPS_MAX);
	assert_int_equal(v.hops_left_out, 3);
}

/* A step of nftables' trace; the first of a hook shows the packet, that of probe n. */
static struct hit hit_of_probe(const struct scene *scene, int n, bool shows, uint64_t handle)
{
	struct hit hit = { .role = ROLE_HOST, .type = HIT_RULE, .trace_id = 77, .handle = handle,
			   .family = NFPROTO_IPV4, .table = "filter", .chain = "FORWARD",
			   .verdict = shows ? NFT_JUMP : NF_DROP };

	if (shows) {
		hit.has_packet = true;
		hit.src = scene->ends[ROLE_SRC].ip;
		hit.dst = scene->ends[ROLE_DST].ip;
		hit.l4 = IPPROTO_ICMP;
		hit.ip_id = n;
	}
	return hit;
}

/*
 * The buffer of a dropped probe is the next one's, and so is the number of its trace: each probe has
 * the rule that followed the packet's own first message. The third's is not told.
 */
static void test_each_probe_has_its_own_rule(void **state)
{
	const struct telling step = { .kind = DD_EV_DROP, .netns = NS_HOST, .ifindex = IF_VETH_DB,
				      .msg = MSG_REQUEST, .function = "nft_do_chain",
				      .reason = "NETFILTER_DROP",
				      .stack = { "nft_do_chain", "nf_hook_slow",
						 "br_nf_forward_ip.part.0" } };
	static const uint64_t handles[] = { 5, 9, 5, 0 };
	struct reason *names __cleanup(cleanup_reason) = reasons_make();
	struct ksym *ksym __cleanup(cleanup_ksym) = symbols_make();
	struct session *s __cleanup(cleanup_session) = NULL;
	const struct session_ops ops = { 0 };
	struct scene scene = scene_make();
	struct verdict v;

	(void)state;
	scene.request.count = 4;
	assert_int_equal(session_open(&scene, ksym, names, &ops, &s), 0);
	for (int n = 1; n <= 4; n++) {
		struct hit shown = hit_of_probe(&scene, n, true, 3);
		struct hit dropped = hit_of_probe(&scene, n, false, handles[n - 1]);
		struct dd_event ev = event_of(&scene, &step, n);

		session_sent(s, &(struct sent){ n, 999, 0 });
		ev.pkt.probe = n;
		ev.pkt.ip_id = n;
		if (handles[n - 1]) {
			session_hit(s, &shown);
			session_hit(s, &dropped);
		}
		session_event(s, &ev, sizeof(ev));
	}
	session_verdict(s, &v);
	assert_int_equal(v.n_probes, 4);
	for (int n = 1; n <= 4; n++) {
		assert_non_null(v.probes[n - 1].drop);
		assert_int_equal(v.probes[n - 1].hit ? v.probes[n - 1].hit->handle : 0, handles[n - 1]);
		assert_int_equal(v.probes[n - 1].alike, handles[n - 1] == 5);
	}
	/* the untold one may have met the same rule */
	assert_int_equal(v.drop.count, 3);
}

int main(void)
{
	struct CMUnitTest tests[sizeof(stories) / sizeof(stories[0]) + 7] = {
		cmocka_unit_test(test_each_probe_has_its_own_rule),
		cmocka_unit_test(test_every_cause_has_a_story),
		cmocka_unit_test(test_every_word_is_known),
		cmocka_unit_test(test_direction_of_neighbours),
		cmocka_unit_test(test_hook_is_of_the_innermost_run),
		cmocka_unit_test(test_counts_what_cannot_be_read),
		cmocka_unit_test(test_more_hops_than_there_is_room_for),
	};

	for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++)
		tests[i + 6] = (struct CMUnitTest){ stories[i].name, test_story, NULL, NULL,
						    (void *)&stories[i] };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
