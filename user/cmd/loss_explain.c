/* SPDX-License-Identifier: GPL-2.0 */
#include "cmd/loss_explain.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/strbuf.h"
#include "cmd/aftermath.h"
#include "cmd/presumed.h"
#include "cmd/suspects.h"
#include "core/loss.h"
#include "core/session.h"
#include "source/netns.h"
#include "source/topo.h"

/* One explanation: the scene of the packet, and where its two ends are. */
struct act {
	const struct backdrop *b;
	struct scene scene;
	struct places places;
	struct session *session; /* whose the last verdict is */
	bool again; /* the rule could be told with one more sample */
	bool has_rule;
	struct rule rule;
};

static void act_close(struct act *a)
{
	session_close(a->session);
	for (int r = 0; r < N_ROLES; r++)
		if (r != ROLE_HOST && a->places.netns[r] >= 0)
			close(a->places.netns[r]);
	if (a->places.counting >= 0)
		close(a->places.counting);
}

static bool is_host(const struct backdrop *b, const struct ip *ip)
{
	struct link link;

	return ip->family && !topo_link_by_addr(b->places->netns[ROLE_HOST], ip, &link);
}

static void end_network(const struct backdrop *b, const struct attachment *a, struct network *out)
{
	const struct cast_network *net = cast_network(b->cast, a->network_id);

	if (net)
		*out = net->net;
}

/* -1: it has ended, and its process's number may be another's. */
static int member_netns(const struct backdrop *b, const struct member *m)
{
	int fd __close = m->pid ? netns_open_in(docker_pid(b->places->docker), m->pid) : -1;
	uint32_t inum;

	return fd >= 0 && !netns_inum(fd, &inum) && inum == m->netns ? take_fd(fd) : -1;
}

static void end_fill(struct act *a, enum role role, struct party *party, const struct ip *ip)
{
	struct endpoint *end = &a->scene.ends[role];
	const struct member *m = party->id[0] ? cast_by_id(a->b->cast, party->id) : NULL;
	const struct attachment *at = m ? member_attachment(m, ip) : NULL;

	if (party->kind == ENDPOINT_ADDRESS && is_host(a->b, ip)) {
		party->kind = ENDPOINT_HOST;
		text_copy(party->name, sizeof(party->name), "host");
	}
	end->kind = party->kind;
	text_copy(end->name, sizeof(end->name), party->name);
	text_copy(end->id, sizeof(end->id), party->id);
	end->ip = *ip;
	if (end->kind == ENDPOINT_HOST) {
		end->netns = a->scene.host_netns;
		a->places.netns[role] = dup(a->places.netns[ROLE_HOST]);
	}
	if (at && at->has_mac) {
		memcpy(end->mac, at->mac, sizeof(end->mac));
		end->has_mac = true;
	}
	if (!m || m->gone_ns)
		return;
	end->netns = m->netns;
	a->places.netns[role] = member_netns(a->b, m);
}

/* As operands_networks() does for a trace: the one they share, else each its own. */
static void networks_fill(struct act *a, const struct loss *loss)
{
	const struct attachment *at[2] = { NULL, NULL };
	const struct party *parties[] = { &loss->src, &loss->dst };

	for (int r = 0; r < 2; r++) {
		const struct member *m = cast_by_id(a->b->cast, parties[r]->id);

		at[r] = m ? member_attachment(m, &a->scene.ends[r].ip) : NULL;
	}
	a->scene.shared = at[0] && at[1] && !strcmp(at[0]->network_id, at[1]->network_id);
	if (at[ROLE_SRC])
		end_network(a->b, at[ROLE_SRC], &a->scene.network);
	if (at[ROLE_DST] && !a->scene.shared)
		end_network(a->b, at[ROLE_DST], at[ROLE_SRC] ? &a->scene.dst_network : &a->scene.network);
}

static int family_of(uint16_t ethertype)
{
	return ethertype == ETH_P_IPV6 ? AF_INET6 : AF_INET;
}

static void request_fill(struct request *r, const struct dd_event *ev)
{
	*r = (struct request){
		.protocol = ev->pkt.l4 == IPPROTO_ICMPV6 ? IPPROTO_ICMP : ev->pkt.l4,
		.count = 1,
	};
	if (ev->pkt.l4 == IPPROTO_TCP || ev->pkt.l4 == IPPROTO_UDP)
		r->port = ev->pkt.dport;
}

static void act_open(struct act *a, const struct backdrop *b, const struct dd_event *ev, struct loss *loss)
{
	struct ip src = addr_of(family_of(ev->pkt.ethertype), ev->pkt.src);
	struct ip dst = addr_of(family_of(ev->pkt.ethertype), ev->pkt.dst);

	a->b = b;
	a->scene = *b->scene;
	a->places = PLACES_NONE;
	a->places.docker = b->places->docker;
	a->places.netns[ROLE_HOST] = b->places->netns[ROLE_HOST];
	a->scene.lone = true;
	request_fill(&a->scene.request, ev);
	end_fill(a, ROLE_SRC, &loss->src, &src);
	end_fill(a, ROLE_DST, &loss->dst, &dst);
	/* who talks to itself does so at the destination, as far as the analysis goes */
	if (a->scene.ends[ROLE_SRC].netns == a->scene.ends[ROLE_DST].netns)
		a->scene.ends[ROLE_SRC].netns = 0;
	networks_fill(a, loss);
	scene_way(&a->scene, &a->places);
	/* there is no before and after, and programs are not made to count for this */
	memcpy(a->scene.fdb_after, a->scene.fdb, sizeof(a->scene.fdb));
	for (int i = 0; i < a->scene.n_programs; i++)
		a->scene.programs[i].counted = false;
}

static uint32_t inum_of(const struct act *a, enum role role)
{
	return role == ROLE_HOST ? a->scene.host_netns : role <= ROLE_DST ? a->scene.ends[role].netns : 0;
}

static int netns_of(const struct act *a, enum role role)
{
	return role <= ROLE_HOST && inum_of(a, role) ? a->places.netns[role] : -1;
}

/* nftables' own rules, which need not count: only where nftables frees itself what they drop. */
static int rule_presumed(struct act *a, const struct hop *drop, struct rule *out)
{
	int netns = netns_of(a, drop->role);
	struct conntrack ignored;
	uint16_t generation;

	if (!drop->hook_pf || strncmp(drop->where.function, "nft_", 4) != 0)
		return -ENOENT;
	if (moved_before(a->b->moved, netns, inum_of(a, drop->role), drop, &ignored, &generation))
		return -EAGAIN;
	return presumed_rule(netns, generation, &a->scene, drop, out);
}

static int rule_of(void *ctx, const struct hop *drop, const struct hit *hit, const char *table,
		   struct rule *out)
{
	struct act *a = ctx;
	int netns = netns_of(a, drop->role), err;

	(void)hit;
	(void)table;
	if (netns < 0)
		return -ENOENT;
	err = moved_rule(a->b->moved, netns, inum_of(a, drop->role), drop, out);
	if (err == -ENOENT)
		err = rule_presumed(a, drop, out);
	a->again |= err == -EAGAIN || err == -ESTALE;
	a->has_rule = !err;
	if (!err)
		a->rule = *out;
	return err;
}

/* As for a trace; without a look at the counters before, a table that is full may be the reason. */
static int culprit_of(void *ctx, const struct hop *drop, const struct hit *hit,
		      enum dd_hook_stage stage, struct culprit *out)
{
	struct act *a = ctx;
	struct suspects s = { .untraced = true, .rule = a->has_rule ? &a->rule : NULL };
	int netns = netns_of(a, drop->role), err;
	uint16_t ignored;
	bool again;

	if (netns < 0)
		return -ENOENT;
	suspects_watch(&s, drop->role, netns);
	s.places[drop->role].conntrack.counts_drops = false;
	again = moved_before(a->b->moved, netns, inum_of(a, drop->role), drop,
			     &s.places[drop->role].conntrack, &ignored) == -EAGAIN;
	err = suspects_find(&s, drop->role, drop, hit, stage, out);
	if (!err && again && out->kind != CULPRIT_QUEUE)
		out->ambiguous = a->again = true;
	return err;
}

static void stack_keep(struct loss *loss, const struct hop *hop)
{
	struct strbuf sb __cleanup(strbuf_free) = { 0 };

	for (uint32_t i = 0; i < hop->stack_n && sb.len < STACK_TEXT_LEN; i++)
		strbuf_addf(&sb, "%s%s", i ? " < " : "",
			    hop->stack[i].function[0] ? hop->stack[i].function : "?");
	loss_say(loss, LOSS_STACK, strbuf_str(&sb));
}

static uint8_t blame_of(const struct drop *d)
{
	if (d->rule_known)
		return d->rule.ambiguous ? 1 : LOSS_BLAMED;
	return !d->culprit.kind ? 0 : d->culprit.ambiguous ? 1 : LOSS_BLAMED;
}

/* One more try may have come to less than the one before it. */
static bool is_better(const struct loss *loss, const struct drop *d)
{
	uint8_t blame = blame_of(d);

	return !loss->explained || blame > loss->blame ||
	       (blame == loss->blame && (d->rule_known || !loss->rule.known));
}

/* That netfilter did it, the kernel said; who there, nobody. */
static bool is_nameless(const struct drop *d)
{
	return d->in_netfilter && !blame_of(d) && strncmp(d->hop.where.function, "nft_", 4) != 0;
}

static void loss_take(struct loss *loss, const struct verdict *v)
{
	const struct drop *d = &v->drop;

	if (!is_better(loss, d))
		return;
	loss_keep_cause(loss, &v->cause);
	loss->blame = blame_of(d);
	if (is_nameless(d))
		loss->cause.confidence = CONFIDENCE_POSSIBLE;
	loss->layer = d->hop.layer;
	if (d->hop.device[0])
		text_copy(loss->device, sizeof(loss->device), d->hop.device);
	if (d->hop.where.function[0])
		loss->where = d->hop.where;
	loss->in_netfilter = d->in_netfilter;
	loss->hook_known = d->hook_known;
	loss->hook_pf = d->hook_pf;
	loss->hook_num = d->hook_num;
	loss->owner = d->owner;
	if (d->rule_known)
		loss_keep_rule(loss, &d->rule);
	if (!loss->texts[LOSS_STACK])
		stack_keep(loss, &d->hop);
}

/* Nothing but the flow is known: no stack, and of two ports one. */
static void event_of_flow(const struct dd_flow *flow, struct dd_event *ev)
{
	*ev = (struct dd_event){
		.version = DD_EVENT_VERSION,
		.kind = DD_EV_DROP,
		.ts_ns = clock_now_ns(),
		.location = flow->location,
		.reason = flow->reason,
		.netns = flow->netns,
		.ifindex = flow->ifindex,
		.pkt = { .ethertype = flow->ethertype, .l4 = flow->l4 },
	};
	memcpy(ev->pkt.src, flow->src, sizeof(ev->pkt.src));
	memcpy(ev->pkt.dst, flow->dst, sizeof(ev->pkt.dst));
	if (flow->flags & DD_FLOW_PORT_SRC)
		ev->pkt.sport = flow->port;
	else
		ev->pkt.dport = flow->port;
}

static void look(void *ctx, const struct hop *drop, unsigned int looks, struct aftermath *out)
{
	const struct act *a = ctx;

	aftermath_read(&a->scene, &a->places, drop, looks, out);
}

/* ---- what waited for its neighbour's address in vain ---- */

/* How far the questions are taken to have come, which were asked before the sample was taken. */
enum asked { NOT_ASKED, AT_BRIDGE, HEARD };

static void question_at(const struct act *a, struct dd_event *ask, enum dd_event_kind kind, uint32_t netns,
			const struct link *device)
{
	ask->kind = kind;
	ask->netns = netns;
	ask->ifindex = device->ifindex;
	text_copy(ask->dev, sizeof(ask->dev), device->name);
	session_event(a->session, ask, sizeof(*ask));
}

/* The kernel gives up only when it has asked: as those questions would have been seen on their way. */
static void question_put(const struct act *a, const struct dd_event *drop, enum asked asked)
{
	const struct endpoint *src = &a->scene.ends[ROLE_SRC], *dst = &a->scene.ends[ROLE_DST];
	const struct ip *gateway = &a->scene.next_hop[ROLE_SRC];
	struct dd_event ask = *drop;

	ask.location = ask.reason = ask.stack_n = 0;
	ask.skb = ask.head = 1;
	ask.pkt.neigh_op = 1;
	ask.pkt.ethertype = drop->pkt.ethertype == ETH_P_IPV6 ? ETH_P_IPV6 : ETH_P_ARP;
	ask.pkt.l4 = drop->pkt.ethertype == ETH_P_IPV6 ? IPPROTO_ICMPV6 : 0;
	memset(ask.pkt.mac_dst, 0xff, sizeof(ask.pkt.mac_dst));
	if (gateway->family)
		memcpy(ask.pkt.dst, gateway->bytes, sizeof(ask.pkt.dst));
	question_at(a, &ask, DD_EV_XMIT, src->netns, &src->device);
	question_at(a, &ask, DD_EV_RX, a->scene.host_netns, &src->host_device);
	if (asked == HEARD && dst->netns)
		question_at(a, &ask, DD_EV_RX, dst->netns, &dst->device);
}

static bool waited_in_vain(const struct act *a, const struct dd_event *ev, const struct loss *loss)
{
	return loss->layer == LAYER_NEIGH && !ev->pkt.neigh_op && ev->pkt.ethertype != ETH_P_ARP &&
	       strcmp(loss->reason, "NEIGH_CREATEFAIL") != 0 && ev->netns == a->scene.ends[ROLE_SRC].netns;
}

static int verdict_of(struct act *a, struct dd_event *ev, enum asked asked, struct verdict *v)
{
	const struct session_ops ops = { .rule = rule_of, .culprit = culprit_of, .look = look, .ctx = a };
	const struct sent sent = { .probe = 1, .ts_ns = ev->ts_ns - 1 };

	session_close(take_ptr(a->session));
	if (session_open(&a->scene, a->b->ksym, a->b->reasons, &ops, &a->session))
		return -ENOMEM;
	ev->pkt.probe = 1;
	session_sent(a->session, &sent);
	if (asked)
		question_put(a, ev, asked);
	session_event(a->session, ev, sizeof(*ev));
	session_verdict(a->session, v);
	return v->drop.found ? 0 : -ENOENT;
}

/* A fault of the way there is the cause; else whoever should have answered may not have been asked. */
static void explain_wait(struct act *a, struct dd_event *ev, struct verdict *v, struct loss *loss)
{
	bool open = verdict_of(a, ev, AT_BRIDGE, v) || !strcmp(v->cause.id, "vanished") ||
		    !strcmp(v->cause.id, "unknown");

	if (open && verdict_of(a, ev, HEARD, v))
		return;
	if (open)
		v->cause.confidence = CONFIDENCE_POSSIBLE;
	loss_keep_cause(loss, &v->cause);
}

/* Told to a group on a device whose other end is down: its queue is not full, it has none (noop_enqueue()). */
static bool is_told_to_nobody(const struct act *a, const struct dd_event *ev, const struct loss *loss)
{
	int netns = ev->netns == a->scene.host_netns ? a->places.netns[ROLE_HOST] : a->places.netns[ROLE_SRC];
	struct link link;

	return loss->layer == LAYER_QDISC && addr_is_multicast(&a->scene.ends[ROLE_DST].ip) && netns >= 0 &&
	       !topo_link_by_index(netns, ev->ifindex, &link) && !link.running;
}

static void call_noise(struct loss *loss, const char *why)
{
	loss->class = LOSS_NOISE;
	text_copy(loss->noise, sizeof(loss->noise), why);
}

int loss_explain(const struct backdrop *b, const struct dd_sample *sample,
		 const struct dd_flow *flow, struct loss *loss)
{
	struct act *a __free = calloc(1, sizeof(*a));
	struct verdict *v __free = calloc(1, sizeof(*v));
	struct dd_event ev;
	bool idle;
	int err;

	if (!a || !v)
		return -ENOMEM;
	if (sample)
		ev = sample->ev;
	else
		event_of_flow(flow, &ev);
	act_open(a, b, &ev, loss);
	err = verdict_of(a, &ev, NOT_ASKED, v);
	if (!err)
		loss_take(loss, v);
	if (!err && waited_in_vain(a, &ev, loss))
		explain_wait(a, &ev, v, loss);
	idle = is_told_to_nobody(a, &ev, loss);
	act_close(a);
	loss->explained = true;
	if (idle)
		call_noise(loss, "to a group, by a device whose other end is down");
	else if (err == -ENOENT && loss->class == LOSS_SHOWN)
		/* the same judgement as of a trace */
		call_noise(loss, "part of a healthy exchange");
	return a->again ? -EAGAIN : err;
}
