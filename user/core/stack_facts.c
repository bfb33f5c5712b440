/* SPDX-License-Identifier: GPL-2.0 */
#include "core/stack_facts.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <string.h>

#include "base/addr.h"
#include "base/array.h"
#include "core/bridge.h"
#include "core/ending.h"
#include "core/way_facts.h"

#define ICMP_TIME_EXCEEDED 11
#define ICMPV6_TIME_EXCEEDED 3

static bool is_ip6(const struct evidence *e)
{
	return e->scene->ends[ROLE_DST].ip.family == AF_INET6;
}

/* ---- what has to hold besides, where neither reason nor function says enough ---------- */

static bool took(const struct evidence *e, int err)
{
	return e->looked && e->after.input_err == err;
}

static bool by_rp_filter(const struct evidence *e)
{
	return took(e, -EXDEV);
}

static bool by_address(const struct evidence *e)
{
	return took(e, -EINVAL);
}

/* The two ends are not there to pass packets on. */
static bool at_router(const struct evidence *e)
{
	return e->drop->role == ROLE_HOST || (e->drop->role == ROLE_OTHER && !e->scene->shared);
}

/* A route that forbids may end in the same place. */
static bool at_router_without_way(const struct evidence *e)
{
	return at_router(e) && !(e->facts & (FACT_FORBIDDEN | FACT_NO_ROUTE)) &&
	       !(e->looked && e->after.device_forwarding == 1);
}

static bool at_router_off(const struct evidence *e)
{
	return at_router(e) && e->looked &&
	       (is_ip6(e) ? e->after.forwarding == 0 : e->after.device_forwarding == 0);
}

static bool not_forbidden(const struct evidence *e)
{
	return !(e->facts & FACT_FORBIDDEN);
}

/* A plain look at the routes finds a way for it. */
static bool ruled_out(const struct evidence *e)
{
	enum direction dir = e->lost == MSG_REPLY ? DIR_REPLY : DIR_REQUEST;
	const struct ip *to = &e->scene->ends[e->to].ip;
	const struct ip dst = addr_of(to->family, e->drop->pkt.dst);

	return e->drop->role <= ROLE_HOST && !e->drop->neigh && addr_equal(&dst, to) &&
	       e->scene->routes[e->drop->role][dir].known &&
	       e->scene->routes[e->drop->role][dir].type == ROUTE_OK;
}

static bool worn_out(const struct evidence *e)
{
	return e->drop->pkt.ttl <= 1;
}

static bool disabled(const struct evidence *e)
{
	return e->looked && e->after.ip6_off == 1;
}

/* Addresses that ip6_rcv_core() does not take from a wire: ::1 and a source in ff00::/8. */
static bool no_address6(const struct evidence *e)
{
	static const uint8_t loopback[16] = { [15] = 1 };
	const struct dd_packet *pkt = &e->drop->pkt;

	return is_ip6(e) && (pkt->src[0] == 0xff || !memcmp(pkt->src, loopback, 16) ||
			     !memcmp(pkt->dst, loopback, 16));
}

/* Whatever else the function may free it for. */
static bool spoilt(const struct evidence *e)
{
	return e->looked && e->after.bad_checksums && !e->drop->neigh &&
	       (e->drop->layer == LAYER_IP || e->drop->layer == LAYER_TRANSPORT ||
		e->drop->layer == LAYER_SOCKET);
}

/*
 * A drop of this reason, or of no reason in this function, for which `also` holds as well. The function is
 * by prefix; with a reason it is the function's besides, NULL: any.
 */
static const struct stack_row {
	const char *reason, *function;
	bool (*also)(const struct evidence *e);
	bool guess; /* without a reason the function alone does not prove it */
	uint64_t fact;
} rows[] = {
	{ "IP_RPFILTER", NULL, NULL, false, FACT_RP_FILTER },
	{ NULL, "ip_rcv_finish", by_rp_filter, true, FACT_RP_FILTER },
	{ NULL, "ip_route_input", by_rp_filter, true, FACT_RP_FILTER },
	{ "IP_LOCAL_SOURCE", NULL, NULL, false, FACT_MARTIAN },
	{ "IP_INVALID_SOURCE", NULL, NULL, false, FACT_MARTIAN },
	{ "IP_LOCALNET", NULL, NULL, false, FACT_MARTIAN },
	{ "IP_INVALID_DEST", NULL, NULL, false, FACT_MARTIAN },
	{ NULL, "ip_rcv_finish", by_address, true, FACT_MARTIAN },
	{ NULL, "ip_route_input", by_address, true, FACT_MARTIAN },
	{ "IP_INHDR", "ip6_rcv_core", no_address6, false, FACT_MARTIAN },
	{ NULL, "ip6_rcv_core", no_address6, true, FACT_MARTIAN },
	{ "IP_INADDRERRORS", "ip_error", at_router_without_way, false, FACT_FORWARDING_OFF },
	{ NULL, "ip_error", at_router_off, true, FACT_FORWARDING_OFF },
	{ "IP_INADDRERRORS", "ip6_forward", at_router_off, false, FACT_FORWARDING_OFF },
	{ NULL, "ip6_forward", at_router_off, true, FACT_FORWARDING_OFF },
	{ "IP_INHDR", "ip_forward", worn_out, false, FACT_TTL },
	{ "IP_INHDR", "ip6_forward", worn_out, false, FACT_TTL },
	{ NULL, "ip_forward", worn_out, false, FACT_TTL },
	{ NULL, "ip6_forward", worn_out, false, FACT_TTL },
	{ "IPV6DISABLED", NULL, NULL, false, FACT_IP6_OFF },
	{ NULL, "ip6_rcv_core", disabled, true, FACT_IP6_OFF },
	{ NULL, "ip6_output", disabled, true, FACT_IP6_OFF },
	{ "IP_INNOROUTES", "ip_error", ruled_out, false, FACT_FORBIDDEN },
	{ "IP_INNOROUTES", "ip6_pkt_", ruled_out, false, FACT_FORBIDDEN },
	{ NULL, "ip_error", ruled_out, true, FACT_FORBIDDEN },
	{ NULL, "ip6_pkt_prohibit", ruled_out, true, FACT_FORBIDDEN },
	{ NULL, "dst_discard", ruled_out, true, FACT_FORBIDDEN },
	{ "IP_INNOROUTES", "ip_error", not_forbidden, false, FACT_NO_ROUTE },
	{ "IP_INNOROUTES", "ip6_pkt_discard", not_forbidden, false, FACT_NO_ROUTE },
	{ "IP_CSUM", NULL, NULL, false, FACT_CHECKSUM },
	{ "TCP_CSUM", NULL, NULL, false, FACT_CHECKSUM },
	{ "UDP_CSUM", NULL, NULL, false, FACT_CHECKSUM },
	{ "ICMP_CSUM", NULL, NULL, false, FACT_CHECKSUM },
	{ "SKB_CSUM", "rawv6_rcv", NULL, false, FACT_CHECKSUM },
	{ "SOCKET_RCVBUFF", NULL, NULL, false, FACT_RECEIVE_BUFFER },
	{ "PROTO_MEM", NULL, NULL, false, FACT_RECEIVE_BUFFER },
	{ NULL, "__udp_queue_rcv_skb", evidence_buffer_full, true, FACT_RECEIVE_BUFFER },
	{ NULL, "udp_queue_rcv", evidence_buffer_full, true, FACT_RECEIVE_BUFFER },
	{ NULL, "__udpv6_queue_rcv", evidence_buffer_full, true, FACT_RECEIVE_BUFFER },
	{ NULL, "udpv6_queue_rcv", evidence_buffer_full, true, FACT_RECEIVE_BUFFER },
	{ NULL, NULL, spoilt, true, FACT_CHECKSUM },
};

static bool row_fits(const struct stack_row *row, const struct evidence *e)
{
	const struct hop *drop = e->drop;

	if (row->reason ? strcmp(drop->reason_name, row->reason) != 0 : !ending_is_unnamed(drop))
		return false;
	if (row->function && !evidence_in_function(drop, row->function))
		return false;
	return !row->also || row->also(e);
}

static void drop_facts(struct evidence *e)
{
	for (size_t i = 0; e->drop && i < ARRAY_SIZE(rows); i++) {
		if (!row_fits(&rows[i], e))
			continue;
		e->facts |= rows[i].fact;
		e->guessed |= rows[i].guess;
		e->at_fault = e->drop->role;
		return;
	}
}

/* ---- a question for a neighbour that was heard, and not answered ---- */

static bool is_port(const struct scene *s, uint32_t ifindex)
{
	return ifindex == s->ends[ROLE_SRC].host_device.ifindex ||
	       ifindex == s->ends[ROLE_DST].host_device.ifindex;
}

/* Where a stack got the question, as far as that was seen; NULL: nowhere. */
static const struct hop *heard_at(const struct evidence *e)
{
	const struct journey *j = e->journey;

	for (int i = j->n_hops - 1; i >= 0; i--) {
		const struct hop *hop = &j->hops[i];

		if (hop->neigh && hop->step == STEP_RECEIVED && hop->role != e->from &&
		    hop->role != ROLE_OTHER && journey_message(hop) == e->lost &&
		    (hop->role != ROLE_HOST || !is_port(e->scene, hop->ifindex)))
			return hop;
	}
	return NULL;
}

/*
 * ARP is not answered to an address that no packet would be taken from (arp_process()); nor on a device
 * without ARP, nor where a sysctl forbids it.
 */
static void question_facts(struct evidence *e)
{
	const struct hop *heard = heard_at(e);
	uint64_t fact;

	if (!(e->facts & FACT_UNRESOLVED) || is_ip6(e) || !e->looked)
		return;
	fact = took(e, -EXDEV)	     ? FACT_RP_FILTER :
	       took(e, -EINVAL)	     ? FACT_MARTIAN :
	       e->after.has_address ? FACT_KEPT_SILENT : 0;
	if (!fact || !heard)
		return;
	e->facts |= fact;
	e->unheard = heard;
	e->at_fault = heard->role;
	e->guessed = true;
}

const struct hop *stack_look_at(const struct evidence *e)
{
	const struct hop *heard = e->facts & FACT_UNRESOLVED ? heard_at(e) : NULL;

	return heard ? heard : e->drop;
}

/* ---- longer than a device takes ---- */

/* The routed packet's way out of the host is the bridge of whoever it is for. */
static const struct link *bridge_out(const struct evidence *e)
{
	if (e->scene->shared || e->to == ROLE_SRC || !e->scene->dst_bridge.ifindex)
		return &e->scene->bridge;
	return &e->scene->dst_bridge;
}

static bool is_longer(const struct evidence *e, const struct link *link)
{
	return link->ifindex && link->mtu && e->drop->pkt.len > link->mtu;
}

static const struct link *first_longer(const struct evidence *e, const struct link *a,
				       const struct link *b)
{
	return is_longer(e, a) ? a : is_longer(e, b) ? b : NULL;
}

static bool in_any(const struct hop *drop, const char *const *functions, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (evidence_in_function(drop, functions[i]))
			return true;
	return false;
}

/* The link that did not take it, if the drop is of those that mean that. */
static const struct link *narrow_link(const struct evidence *e)
{
	/* a bridge and a veth drop what the next device does not take, and tell nobody */
	static const char *const silent[] = { "br_dev_queue_push_xmit", "br_nf_dev_queue_xmit",
					      "br_forward", "__br_forward", "veth_",
					      "__dev_forward_skb", "dev_forward_skb" };
	/* br_netfilter fragments what it passes on, or says that it may not */
	static const char *const telling[] = { "ip_forward", "ip6_forward", "ip_fragment",
					       "ip_do_fragment", "ip6_fragment" };
	const struct endpoint *from = &e->scene->ends[e->from], *to = &e->scene->ends[e->to];

	if (in_any(e->drop, silent, ARRAY_SIZE(silent)))
		return e->drop->role == e->from ? first_longer(e, &from->host_device, &from->host_device) :
						  first_longer(e, &to->host_device, &to->device);
	if (strcmp(e->drop->reason_name, "PKT_TOO_BIG") &&
	    !in_any(e->drop, telling, ARRAY_SIZE(telling)))
		return NULL;
	return e->scene->shared ? first_longer(e, &to->host_device, &to->host_device) :
				  first_longer(e, bridge_out(e), bridge_out(e));
}

static void mtu_facts(struct evidence *e)
{
	const struct link *link = e->drop && !e->drop->neigh ? narrow_link(e) : NULL;

	if (!link)
		return;
	e->facts |= FACT_TOO_LONG | FACT_NARROW;
	e->link = link;
	e->at_fault = link == &e->scene->ends[e->from].host_device ? e->from : e->to;
}

/* ---- the source's own refusals, and errors from farther on ---- */

static void answer_facts(struct evidence *e)
{
	const struct answer *a = &e->journey->answers[e->probe];

	if (a->probe && a->kind == ANSWER_ICMP && !(e->facts & FACT_NETFILTER) &&
	    a->icmp_type == (a->from.family == AF_INET6 ? ICMPV6_TIME_EXCEEDED : ICMP_TIME_EXCEEDED))
		e->facts |= FACT_TTL;
	if (e->facts & FACT_SEND_ERROR && is_ip6(e) && disabled(e)) {
		e->facts |= FACT_IP6_OFF;
		e->at_fault = ROLE_SRC;
	}
}

/* ---- the last step ---- */

static void no_socket_facts(struct evidence *e, const struct service *s)
{
	if (s->elsewhere && !s->takers && s->loopback == s->elsewhere)
		e->facts |= FACT_LOOPBACK_ONLY;
}

static void silent_facts(struct evidence *e, const struct service *s)
{
	bool tcp = e->scene->request.protocol == IPPROTO_TCP;

	/* sk_acceptq_is_full(), inet_csk_reqsk_queue_is_full() */
	if (tcp && s->takers && s->waiting > s->backlog)
		e->facts |= FACT_BACKLOG;
	else if (tcp && s->takers && s->half_open >= s->backlog && s->half_open)
		e->facts |= FACT_HALF_OPEN;
}

static void socket_facts(struct evidence *e)
{
	const struct service *s = &e->after.service;

	if (e->scene->request.protocol == IPPROTO_ICMP)
		return;
	if (e->scene->ends[ROLE_DST].paused)
		e->facts |= FACT_PAUSED;
	if (!e->looked || !s->known)
		return;
	if (e->facts & FACT_NO_SOCKET)
		no_socket_facts(e, s);
	if (e->facts & FACT_ARRIVED)
		silent_facts(e, s);
	if (s->state > PROCESS_RUNS)
		e->facts |= FACT_STUCK;
}

/* ---- addressing ---- */

/* The bridge in the host that this container is on; where the source is none, .network is the other's. */
static uint32_t bridge_of(const struct evidence *e, enum role r)
{
	const struct scene *s = e->scene;

	return r == ROLE_SRC || s->shared || !evidence_is_container(e, ROLE_SRC) ? s->bridge.ifindex :
									  s->dst_bridge.ifindex;
}

/* The device by which the other can be reached, as far as the engine's networks tell; 0: they do not. */
static uint32_t right_way(const struct evidence *e, enum role from, enum role to)
{
	if (evidence_is_container(e, from) && !strcmp(e->scene->ends[from].id, e->scene->ends[to].id))
		return 0; /* itself: by loopback */
	if (from == ROLE_HOST || e->scene->ends[from].kind == ENDPOINT_HOST)
		return evidence_is_container(e, to) ? bridge_of(e, to) : 0;
	return e->scene->shared ? e->scene->ends[from].device.ifindex : 0;
}

static bool leads_astray(const struct evidence *e, enum role role, enum direction dir)
{
	enum role to = dir == DIR_REQUEST ? ROLE_DST : ROLE_SRC;
	const struct route *route = &e->scene->routes[role][dir];
	uint32_t right = right_way(e, role, to);

	return right && route->known && route->type == ROUTE_OK && route->oif != right;
}

/* Of a packet that was routed wrongly whatever becomes of it later is a consequence. */
static bool is_routed(const struct evidence *e, enum role role)
{
	if (!e->drop || e->drop->neigh)
		return true;
	return e->drop->role != role || e->drop->layer != LAYER_NETFILTER ||
	       e->drop->hook_num != 0; /* NF_INET_PRE_ROUTING */
}

static void astray_facts(struct evidence *e)
{
	enum direction dir = e->lost >= MSG_NEIGH_ASK_BACK ? DIR_REPLY : DIR_REQUEST;
	const enum role roles[] = { e->from, ROLE_HOST };

	if (e->reached >= POINT_ARRIVED)
		return; /* a detour, then */
	for (size_t i = 0; i < ARRAY_SIZE(roles); i++) {
		if (!leads_astray(e, roles[i], dir) || !is_routed(e, roles[i]))
			continue;
		e->facts |= FACT_ASTRAY;
		e->at_fault = roles[i];
		return;
	}
}

/* An address outside that the source takes for one of its own network. */
static bool is_misplaced(const struct evidence *e)
{
	return e->scene->ends[ROLE_DST].kind == ENDPOINT_ADDRESS && e->facts & FACT_UNRESOLVED &&
	       !e->scene->next_hop[ROLE_SRC].family;
}

unsigned int stack_looks(const struct evidence *e)
{
	unsigned int looks = 0;
	bool netfilter = e->facts & FACT_NETFILTER;

	if ((e->drop && !netfilter) || e->facts & (FACT_SEND_ERROR | FACT_UNRESOLVED))
		looks |= LOOK_INPUT;
	if (e->scene->request.protocol != IPPROTO_ICMP &&
	    (e->facts & (FACT_NO_SOCKET | FACT_ARRIVED) ||
	     (e->drop && !netfilter && e->drop->role == ROLE_DST)))
		looks |= LOOK_SERVICE;
	if (is_misplaced(e))
		looks |= LOOK_OVERLAP;
	return looks;
}

void stack_facts(struct evidence *e)
{
	drop_facts(e);
	question_facts(e);
	bridge_parent_facts(e);
	mtu_facts(e);
	answer_facts(e);
	socket_facts(e);
	astray_facts(e);
	way_owner_facts(e);
	if (is_misplaced(e) && e->looked && e->after.overlap.ip.family)
		e->facts |= FACT_OVERLAP;
}
