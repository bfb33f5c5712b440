/* SPDX-License-Identifier: GPL-2.0 */
#include "core/bridge.h"

#include <inttypes.h>
#include <linux/if_bridge.h>
#include <string.h>

#include "base/addr.h"

/* The two are on one bridge: both by a port, or the host by the bridge's own device. */
static bool on_one_bridge(const struct scene *s)
{
	return s->bridge.ifindex && (s->shared || s->ends[ROLE_SRC].kind == ENDPOINT_HOST ||
				     s->ends[ROLE_DST].kind == ENDPOINT_HOST);
}

static bool is_elsewhere(const struct evidence *e, const struct fdb *fdb)
{
	return fdb->known && (fdb->local || fdb->port != e->scene->ends[e->to].host_device.ifindex);
}

/* The entry that is wrong: of before the first probe, or of after it; NULL: neither. */
static const struct fdb *wrong_entry(const struct evidence *e)
{
	const struct fdb *before = &e->scene->fdb[e->to], *after = &e->scene->fdb_after[e->to];

	if (!e->scene->ends[e->to].host_device.ifindex)
		return NULL;
	return is_elsewhere(e, before) ? before : is_elsewhere(e, after) ? after : NULL;
}

static bool died_in_bridge(const struct evidence *e)
{
	const struct link *port = &e->scene->ends[e->from].host_device;
	bool from_host = e->scene->ends[e->from].kind == ENDPOINT_HOST;

	if (!on_one_bridge(e->scene))
		return false;
	if (!e->drop || e->given_up)
		return e->reached == (from_host ? POINT_SENT : POINT_HOST_IN);
	if (wrong_entry(e) && e->drop->ifindex == wrong_entry(e)->port)
		return true; /* and came to its end there */
	/* a frame whose veth is no port goes up the host's own stack and dies there as somebody else's */
	return e->drop->layer == LAYER_BRIDGE ||
	       (port->ifindex && e->drop->ifindex == port->ifindex &&
		e->drop->role != e->from && port->master != e->scene->bridge.ifindex);
}

static void port_facts(struct evidence *e, enum role r)
{
	const struct link *port = &e->scene->ends[r].host_device;
	uint64_t fact = 0;

	if (!port->ifindex || e->facts & (FACT_PORT_MISSING | FACT_PORT_BLOCKED))
		return;
	if (port->master != e->scene->bridge.ifindex)
		fact = FACT_PORT_MISSING;
	else if (port->port_state != BR_STATE_FORWARDING)
		fact = FACT_PORT_BLOCKED;
	if (!fact)
		return;
	e->facts |= fact;
	if (e->link) /* a device that is down takes its port along */
		return;
	e->at_fault = r;
	e->link = port;
}

/* To how many the frame was addressed, as it was last seen. */
enum addressed { TO_UNKNOWN, TO_RECEIVER, TO_ANOTHER, TO_ALL, TO_MANY };

static enum addressed addressed(const struct evidence *e)
{
	static const uint8_t zero[6], all[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	const struct hop *hop = e->last ? e->last : e->drop;
	const uint8_t *mac = hop ? hop->pkt.mac_dst : zero;

	if (!memcmp(mac, zero, 6))
		return TO_UNKNOWN;
	if (!memcmp(mac, all, 6))
		return TO_ALL;
	if (mac[0] & 1)
		return TO_MANY;
	return memcmp(mac, e->scene->ends[e->to].device.mac, 6) ? TO_ANOTHER : TO_RECEIVER;
}

static void blame_port(struct evidence *e, enum role r, uint64_t fact)
{
	e->facts |= fact;
	if (e->link)
		return;
	e->at_fault = r;
	e->link = &e->scene->ends[r].host_device;
}

/* br_handle_frame_finish(): of a locked port only senders that the bridge knows there. */
static bool is_locked_out(const struct evidence *e)
{
	const struct link *port = &e->scene->ends[e->from].host_device;
	const struct fdb *sender = &e->scene->fdb[e->from];

	return port->port_locked && (!sender->known || sender->local || sender->port != port->ifindex);
}

static void lock_facts(struct evidence *e)
{
	if (is_locked_out(e))
		blame_port(e, e->from, FACT_FDB_WRONG);
}

static bool is_filtering(const struct evidence *e)
{
	return e->scene->bridge.vlan_filtering && e->scene->vlans[e->from].known &&
	       e->scene->vlans[e->to].known;
}

/* br_allowed_ingress() and br_allowed_egress(); containers send without a tag. */
static void vlan_facts(struct evidence *e)
{
	if (!is_filtering(e))
		return;
	if (!e->scene->vlans[e->from].pvid)
		blame_port(e, e->from, FACT_VLAN);
	else if (!e->scene->vlans[e->to].takes)
		blame_port(e, e->to, FACT_VLAN);
}

/* A frame that arrived with a tag, which no device of the receiver's takes off. */
static void tag_facts(struct evidence *e)
{
	const struct port_vlan *to = &e->scene->vlans[e->to];

	if (is_filtering(e) && on_one_bridge(e->scene) && to->takes && !to->untags &&
	    e->reached >= POINT_HOST_OUT && e->scene->ends[e->to].host_device.ifindex) {
		blame_port(e, e->to, FACT_VLAN);
		e->guessed = true;
	}
}

/* br_flood(): to each port what that port's flags let through, where no entry says better. */
static void flood_facts(struct evidence *e)
{
	const struct link *port = &e->scene->ends[e->to].host_device;
	const struct fdb *now = &e->scene->fdb_after[e->to];
	enum addressed to = addressed(e);

	if ((to == TO_ALL && port->no_bcast_flood) || (to == TO_MANY && port->no_mcast_flood) ||
	    (to == TO_RECEIVER && port->no_flood && now->asked && !now->known))
		blame_port(e, e->to, FACT_NO_FLOOD);
}

void bridge_facts(struct evidence *e)
{
	const struct endpoint *ends = e->scene->ends;

	tag_facts(e);
	if (!died_in_bridge(e))
		return;
	e->facts |= FACT_BRIDGE;
	if (!e->scene->bridge.up)
		e->facts |= FACT_BRIDGE_DOWN;
	port_facts(e, e->from);
	port_facts(e, e->to);
	/* in the order in which the bridge looks: at the sender, the way, the receiver */
	vlan_facts(e);
	lock_facts(e);
	if (addressed(e) == TO_RECEIVER && wrong_entry(e))
		blame_port(e, e->to, FACT_FDB_WRONG);
	if (ends[ROLE_SRC].host_device.port_isolated && ends[ROLE_DST].host_device.port_isolated)
		blame_port(e, e->to, FACT_ISOLATED);
	flood_facts(e);
}

/* ---- words ------------------------------------------------------------------- */

uint16_t bridge_vlan(const struct evidence *e)
{
	return is_filtering(e) ? e->scene->vlans[e->from].pvid : 0;
}

static const struct vlan_words {
	const char *what, *fix;
} no_pvid = { "drops what has no tag (it has no PVID)", "pvid untagged" },
  not_member = { "is not a member of that", "pvid untagged" },
  tagged = { "leaves the tag on it, which nobody behind the port takes off", "untagged" };

static const struct vlan_words *vlan_words(const struct evidence *e)
{
	return !bridge_vlan(e) ? &no_pvid : e->scene->vlans[e->to].takes ? &tagged : &not_member;
}

/* "lost is of VLAN 20, and port veth1, db's, ..." is what the sentence goes on with. */
bool bridge_add_vlan(const struct evidence *e, struct strbuf *out)
{
	if (bridge_vlan(e))
		strbuf_addf(out, "of VLAN %u", bridge_vlan(e));
	else
		strbuf_addf(out, "of no VLAN");
	return true;
}

bool bridge_add_vlan_why(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "%s", vlan_words(e)->what);
	return true;
}

bool bridge_add_vlan_fix(const struct evidence *e, struct strbuf *out)
{
	const struct vlan_words *words = vlan_words(e);

	strbuf_addf(out, "vid %u %s", bridge_vlan(e) ? bridge_vlan(e) : 1, words->fix);
	return true;
}

/* Which entry, and where that sends the frame. */
bool bridge_add_entry(const struct evidence *e, struct strbuf *out)
{
	const struct fdb *entry = wrong_entry(e);
	char mac[ADDR_TEXT_LEN];

	if (is_locked_out(e)) {
		strbuf_addf(out, "takes from %s only what senders sent that it has an entry for there (the port "
				 "is locked), and it has none", e->link->name);
		return true;
	}
	if (!entry)
		return false;
	strbuf_addf(out, "has %s entry for %s, which sends it ",
		    entry->fixed ? "a fixed" : "an outdated",
		    mac_format(e->scene->ends[e->to].device.mac, mac));
	if (entry->local || entry->port == e->scene->bridge.ifindex) {
		strbuf_addf(out, "to the host itself");
		return true;
	}
	strbuf_addf(out, "to port ");
	strbuf_add_shell(out, entry->port_name);
	return true;
}

bool bridge_add_entry_del(const struct evidence *e, struct strbuf *out)
{
	const struct fdb *entry = wrong_entry(e);
	char mac[ADDR_TEXT_LEN];

	if (is_locked_out(e)) {
		strbuf_addf(out, "bridge link set dev ");
		strbuf_add_shell(out, e->link->name);
		strbuf_addf(out, " locked off");
		return true;
	}
	if (!entry || !entry->port_name[0])
		return false;
	strbuf_addf(out, "bridge fdb del %s dev ",
		    mac_format(e->scene->ends[e->to].device.mac, mac));
	strbuf_add_shell(out, entry->port_name);
	if (entry->port != e->scene->bridge.ifindex)
		strbuf_addf(out, " master");
	if (bridge_vlan(e))
		strbuf_addf(out, " vlan %u", bridge_vlan(e));
	return true;
}

static const struct {
	const char *words, *flag;
} floods[] = {
	[TO_UNKNOWN] = { NULL, NULL },
	[TO_RECEIVER] = { "what is for an address that the bridge has no entry for", "flood" },
	[TO_ANOTHER] = { NULL, NULL },
	[TO_ALL] = { "broadcasts", "bcast_flood" },
	[TO_MANY] = { "multicasts", "mcast_flood" },
};

bool bridge_add_flood(const struct evidence *e, struct strbuf *out)
{
	const char *words = floods[addressed(e)].words;

	strbuf_addf(out, "%s", words ? words : "");
	return words;
}

bool bridge_add_flood_flag(const struct evidence *e, struct strbuf *out)
{
	const char *flag = floods[addressed(e)].flag;

	strbuf_addf(out, "%s", flag ? flag : "");
	return flag;
}

/* ---- what hangs on a device of the host's ---- */

static bool is_by_host(const struct evidence *e, enum role other)
{
	return e->scene->ends[other].kind == ENDPOINT_HOST ||
	       (e->last && e->last->role == ROLE_HOST) || (e->drop && e->drop->role == ROLE_HOST);
}

/* macvlan_queue_xmit(), ipvlan_xmit_mode_l2(): what is for the parent itself goes out by the wire. */
static bool is_aside(const struct evidence *e, enum role r)
{
	const struct scene *s = e->scene;
	const struct link *device = &s->ends[r].device;
	const struct route *route = &s->routes[ROLE_HOST][r == ROLE_DST ? DIR_REQUEST : DIR_REPLY];

	return !s->shared && device->below && route->known && route->oif == device->below &&
	       (!strcmp(device->kind, "macvlan") || !strcmp(device->kind, "ipvlan")) &&
	       (e->from != r || !s->next_hop[r].family) && is_by_host(e, !r);
}

void bridge_parent_facts(struct evidence *e)
{
	if (!(e->facts & FACT_UNRESOLVED))
		return;
	for (enum role r = ROLE_SRC; r <= ROLE_DST; r++)
		if (is_aside(e, r)) {
			e->facts |= FACT_ASIDE;
			e->at_fault = r;
			e->link = &e->scene->ends[r].device;
		}
}
