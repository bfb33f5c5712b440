/* SPDX-License-Identifier: GPL-2.0 */
#include "core/way_facts.h"

#include <linux/if_packet.h>
#include <string.h>

static bool is_given_up(const struct evidence *e)
{
	return e->drop && e->given_up;
}

static bool zero_mac(const uint8_t mac[6])
{
	static const uint8_t zero[6];

	return !memcmp(mac, zero, sizeof(zero));
}

/* Whether the sender addressed it by what its neighbour table says; an ARP answer goes to who asked. */
static bool is_by_table(const struct evidence *e)
{
	bool ip6 = e->scene->ends[ROLE_DST].ip.family == AF_INET6;

	return e->lost == MSG_REQUEST || e->lost == MSG_REPLY ||
	       (ip6 && (e->lost == MSG_NEIGH_ANSWER || e->lost == MSG_NEIGH_ANSWER_BACK));
}

/* The receiver took it for somebody else's: its MAC is not the one that it left the sender with. */
static void rewritten_facts(struct evidence *e)
{
	const struct hop *drop = e->drop;

	if (!drop || drop->neigh || drop->role != e->to || drop->pkt.pkt_type != PACKET_OTHERHOST ||
	    zero_mac(drop->pkt.mac_dst) ||
	    !memcmp(drop->pkt.mac_dst, e->scene->ends[e->to].device.mac, 6))
		return;
	e->facts |= FACT_WRONG_MAC;
	e->misaddressed = drop;
}

/* The frame as it left the sender against the address that the receiver's device really has. */
static void mac_facts(struct evidence *e)
{
	const struct endpoint *to = &e->scene->ends[e->to];
	const struct journey *j = e->journey;

	/* by way of a gateway it is addressed to that */
	if (!e->scene->shared || e->scene->next_hop[e->from].family || !to->device.ifindex ||
	    !is_by_table(e))
		return;
	for (int i = 0; i < j->n_hops; i++) {
		const struct hop *hop = &j->hops[i];

		if ((!hop->neigh && hop->probe != e->probe) || hop->step != STEP_SENT || hop->role != e->from ||
		    journey_message(hop) != e->lost || zero_mac(hop->pkt.mac_dst))
			continue;
		if (memcmp(hop->pkt.mac_dst, to->device.mac, 6)) {
			e->facts |= FACT_WRONG_MAC;
			e->at_fault = e->from;
			e->misaddressed = hop;
		} else {
			rewritten_facts(e);
		}
		return;
	}
}

/* The bridge as the host's own device has a cause of its own. */
static bool link_check(struct evidence *e, enum role r, const struct link *link)
{
	if (!link->ifindex || link->up ||
	    (e->scene->ends[r].kind == ENDPOINT_HOST && link->ifindex == e->scene->bridge.ifindex))
		return false;
	e->facts |= FACT_LINK_DOWN;
	e->at_fault = r;
	e->link = link;
	return true;
}

/* Only the devices that the message had yet to cross. */
static void link_facts(struct evidence *e)
{
	const struct endpoint *from = &e->scene->ends[e->from], *to = &e->scene->ends[e->to];

	if (e->reached <= POINT_SENT &&
	    (link_check(e, e->from, &from->device) || link_check(e, e->from, &from->host_device)))
		return;
	if (e->reached != POINT_ARRIVED && e->reached != POINT_USED &&
	    !link_check(e, e->to, &to->host_device))
		link_check(e, e->to, &to->device);
}

static uint64_t route_fact(enum route_type type)
{
	return type == ROUTE_OK ? 0 : type == ROUTE_NONE ? FACT_NO_ROUTE : FACT_FORBIDDEN;
}

static bool lookup_failed(const struct journey *j, enum role role, enum direction dir)
{
	for (int i = 0; i < j->n_hops; i++)
		if (j->hops[i].step == STEP_ROUTE_FAILED && j->hops[i].role == role &&
		    j->hops[i].direction == dir)
			return true;
	return false;
}

/* Whether the drop is one of those with which the IP layer ends a packet that it has no way for. */
static bool is_route_drop(const struct hop *drop)
{
	return drop && !drop->neigh &&
	       (evidence_named(drop, "IP_INNOROUTES") || evidence_named(drop, "IP_OUTNOROUTES") ||
		evidence_named(drop, "IP_INADDRERRORS") || evidence_in_function(drop, "ip_error") ||
		evidence_in_function(drop, "ip6_pkt_drop") || evidence_in_function(drop, "ip6_pkt_discard") ||
		evidence_in_function(drop, "ip6_pkt_prohibit") || evidence_in_function(drop, "dst_discard") ||
		evidence_in_function(drop, "ip_rcv_finish_core") || evidence_in_function(drop, "ip_route_input"));
}

static void route_at(struct evidence *e, enum role role, enum direction dir)
{
	const struct route *route = role <= ROLE_HOST ? &e->scene->routes[role][dir] : NULL;

	/* of others' namespaces nothing is known */
	if (!route || !route->known || route->type == ROUTE_OK)
		return;
	e->facts |= route_fact(route->type);
	e->at_fault = role;
	if (lookup_failed(e->journey, role, dir))
		e->facts |= FACT_SAID;
}

static void route_facts(struct evidence *e)
{
	bool reply = e->lost == MSG_REPLY;

	if (is_route_drop(e->drop))
		route_at(e, e->drop->role, (enum direction)reply);
	else if (e->journey->sent[e->probe].err)
		route_at(e, ROLE_SRC, DIR_REQUEST);
	else if (reply && e->reached == POINT_NONE && !e->drop)
		route_at(e, ROLE_DST, DIR_REPLY);
}

/* Asked, and as far as can be seen the question got to whoever had to answer. */
static void neighbour_facts(struct evidence *e)
{
	bool ask = e->lost == MSG_NEIGH_ASK || e->lost == MSG_NEIGH_ASK_BACK;
	bool nobody = e->scene->ends[e->to].kind == ENDPOINT_ADDRESS;

	if (is_given_up(e) && e->drop->role == ROLE_HOST)
		e->facts |= FACT_UNRESOLVED;

	if (ask && (!e->drop || is_given_up(e)) &&
	    (e->reached >= POINT_ARRIVED || nobody || !e->scene->shared))
		e->facts |= FACT_UNRESOLVED;
}

void way_link_facts(struct evidence *e)
{
	mac_facts(e);
	link_facts(e);
}

void way_route_facts(struct evidence *e)
{
	route_facts(e);
	neighbour_facts(e);
}

/* ---- one address, two owners ---- */

static bool is_answer(const struct evidence *e, const struct hop *hop)
{
	const struct endpoint *to = &e->scene->ends[e->to];

	return hop->neigh && hop->pkt.neigh_op == 2 &&
	       !memcmp(hop->pkt.src, to->ip.bytes, sizeof(to->ip.bytes));
}

static bool is_of_other_owner(const struct evidence *e, const struct hop *hop)
{
	return is_answer(e, hop) && hop->step == STEP_RECEIVED && hop->role == e->from &&
	       !zero_mac(hop->pkt.mac_src) &&
	       memcmp(hop->pkt.mac_src, e->scene->ends[e->to].device.mac, 6);
}

/* The receiver told that it has its address, and another told so, too. */
static void owner_facts(struct evidence *e)
{
	const uint8_t *mac = e->scene->ends[e->to].device.mac;
	const struct journey *j = e->journey;
	bool own = false;

	if (!e->scene->shared || !evidence_is_container(e, e->to) || !e->scene->ends[e->to].device.ifindex)
		return;
	for (int i = 0; i < j->n_hops; i++) {
		own |= is_answer(e, &j->hops[i]) && !memcmp(j->hops[i].pkt.mac_src, mac, 6);
		if (!e->other_owner && is_of_other_owner(e, &j->hops[i]))
			e->other_owner = &j->hops[i];
	}
	if (e->other_owner && own)
		e->facts |= FACT_TWO_OWNERS;
}

/* The kernel tells a frame for the device itself from one for somebody else (eth_type_trans()). */
static bool is_at_twin(const struct evidence *e, const struct hop *hop)
{
	return hop->role == ROLE_OTHER && hop->step == STEP_RECEIVED && !hop->neigh &&
	       hop->probe == e->probe && journey_message(hop) == e->lost &&
	       hop->pkt.pkt_type == PACKET_HOST &&
	       !memcmp(hop->pkt.mac_dst, e->scene->ends[e->to].device.mac, 6);
}

static void twin_facts(struct evidence *e)
{
	const struct journey *j = e->journey;

	if (!e->scene->shared || !evidence_is_container(e, e->to) || !e->scene->ends[e->to].device.ifindex ||
	    e->reached >= POINT_ARRIVED)
		return;
	for (int i = 0; i < j->n_hops && !e->twin; i++)
		if (is_at_twin(e, &j->hops[i]))
			e->twin = &j->hops[i];
	if (e->twin)
		e->facts |= FACT_TWIN;
}

void way_owner_facts(struct evidence *e)
{
	owner_facts(e);
	twin_facts(e);
}
