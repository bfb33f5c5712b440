/* SPDX-License-Identifier: GPL-2.0 */
#include "core/cast.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/strbuf.h"

#define REMEMBERED_NS (600 * 1000000000ull)
#define GONE_MAX 1024 /* who is remembered at most, a KiB each */

/* A port of a bridge. Those of members are kept after they left, as long as the member is. */
struct port {
	uint32_t ifindex, bridge;
	uint32_t owner;   /* serial; 0: a stranger */
	uint64_t left_ns; /* 0: it is there */
};

struct cast {
	struct port *ports;
	size_t n_ports;
	bool knows_ports; /* it is told of them */
	uint64_t unheard_ns;
	struct member **members;
	size_t n_members;
	struct cast_network *networks;
	size_t n_networks;
	uint32_t serial;
};

int cast_new(struct cast **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

void cast_free(struct cast *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n_members; i++)
		free(c->members[i]);
	free(c->members);
	free(c->networks);
	free(c->ports);
	free(c);
}

void cleanup_cast(struct cast **c)
{
	cast_free(*c);
}

/* ---- ports ------------------------------------------------------------------------------ */

static struct port *port_of(const struct cast *cast, uint32_t ifindex)
{
	for (size_t i = 0; ifindex && i < cast->n_ports; i++)
		if (cast->ports[i].ifindex == ifindex)
			return &cast->ports[i];
	return NULL;
}

static void stranger_left(struct cast *cast, uint32_t bridge, uint64_t now_ns)
{
	for (size_t i = 0; i < cast->n_networks; i++)
		if (cast->networks[i].ifindex == bridge)
			cast->networks[i].stranger_ns = now_ns;
}

static void port_leave(struct cast *cast, struct port *p, uint64_t now_ns)
{
	if (p->left_ns)
		return;
	p->left_ns = now_ns;
	if (p->owner)
		return;
	stranger_left(cast, p->bridge, now_ns);
	*p = cast->ports[--cast->n_ports];
}

/* Whose they were is not known any more. */
static void ports_disown(struct cast *cast, uint32_t serial)
{
	for (size_t i = cast->n_ports; i-- > 0;) {
		struct port *p = &cast->ports[i];

		if (p->owner != serial)
			continue;
		p->owner = 0;
		if (p->left_ns)
			*p = cast->ports[--cast->n_ports];
	}
}

/* Of a network without a bridge here the other end is elsewhere: its number says nothing. */
static void ports_own(struct cast *cast, struct member *m)
{
	for (int i = 0; i < m->n_networks; i++) {
		struct attachment *a = &m->networks[i];
		const struct cast_network *net = cast_network(cast, a->network_id);
		struct port *p = port_of(cast, a->port);

		if (!net || !net->ifindex)
			a->port = 0;
		else if (p && p->bridge == net->ifindex)
			p->owner = m->serial;
	}
}

int cast_port(struct cast *cast, uint32_t ifindex, uint32_t bridge, uint64_t now_ns)
{
	struct port *p = port_of(cast, ifindex), *all;

	cast->knows_ports = true;
	if (p && !p->left_ns && p->bridge == bridge)
		return 0;
	if (p)
		port_leave(cast, p, now_ns);
	if (!bridge)
		return 0;
	p = port_of(cast, ifindex); /* a member's own is still there */
	if (p) {
		*p = (struct port){ ifindex, bridge, p->owner, 0 };
		return 0;
	}
	all = reallocarray(cast->ports, cast->n_ports + 1, sizeof(*all));
	if (!all)
		return -ENOMEM;
	cast->ports = all;
	all[cast->n_ports++] = (struct port){ .ifindex = ifindex, .bridge = bridge };
	return 0;
}

void cast_ports_missed(struct cast *cast, uint64_t now_ns)
{
	for (size_t i = cast->n_ports; i-- > 0;)
		port_leave(cast, &cast->ports[i], now_ns);
	for (size_t i = 0; i < cast->n_networks; i++)
		cast->networks[i].stranger_ns = now_ns;
	cast->knows_ports = false;
}

void cast_unheard(struct cast *cast, uint64_t since_ns)
{
	cast->unheard_ns = since_ns;
}

/* ---- members ----------------------------------------------------------------------------- */

static struct member **slot_of(const struct cast *cast, const char *id)
{
	for (size_t i = 0; i < cast->n_members; i++)
		if (!strcmp(cast->members[i]->id, id))
			return &cast->members[i];
	return NULL;
}

static void forget(struct cast *cast, size_t i)
{
	ports_disown(cast, cast->members[i]->serial);
	free(cast->members[i]);
	cast->n_members--;
	memmove(&cast->members[i], &cast->members[i + 1],
		(cast->n_members - i) * sizeof(*cast->members));
}

/* Room for one more; of too many that are gone the first is forgotten. */
static struct member **slot_new(struct cast *cast)
{
	struct member **all;
	size_t gone = 0;

	for (size_t i = 0; i < cast->n_members; i++)
		gone += cast->members[i]->gone_ns != 0;
	for (size_t i = 0; gone > GONE_MAX && i < cast->n_members; i++)
		if (cast->members[i]->gone_ns) {
			forget(cast, i);
			break;
		}
	all = reallocarray(cast->members, cast->n_members + 1, sizeof(*all));
	if (!all)
		return NULL;
	cast->members = all;
	all[cast->n_members] = NULL;
	return &all[cast->n_members++];
}

/* A thousand containers with room for sixteen networks each would take megabytes. */
static struct member *member_new(const struct container *c)
{
	struct member *m = calloc(1, sizeof(*m) + c->n_networks * sizeof(m->networks[0]));

	if (!m)
		return NULL;
	memcpy(m->networks, c->networks, c->n_networks * sizeof(m->networks[0]));
	m->n_networks = c->n_networks;
	m->pid = c->pid;
	text_copy(m->name, sizeof(m->name), c->name);
	text_copy(m->id, sizeof(m->id), c->id);
	return m;
}

int cast_put(struct cast *cast, const struct container *c, uint32_t netns, uint16_t cookie)
{
	struct member **slot = slot_of(cast, c->id), *old = slot ? *slot : NULL;
	struct member *m = member_new(c);

	if (!slot)
		slot = m ? slot_new(cast) : NULL;
	if (!m || !slot) {
		free(m);
		return -ENOMEM;
	}
	m->on_host = !strcmp(c->network_mode, "host");
	m->netns = netns ? netns : old && !old->gone_ns ? old->netns : 0;
	m->cookie = netns ? cookie : m->netns ? old->cookie : 0;
	m->serial = old && !strcmp(old->name, m->name) ? old->serial : ++cast->serial;
	m->called = old && old->called;
	if (m->on_host)
		m->netns = 0;
	if (old)
		ports_disown(cast, old->serial);
	ports_own(cast, m);
	free(old);
	*slot = m;
	return 0;
}

void cast_gone(struct cast *cast, const char *id, uint64_t now_ns)
{
	struct member **slot = slot_of(cast, id);

	if (slot && !(*slot)->gone_ns)
		(*slot)->gone_ns = now_ns;
}

void cast_roll(struct cast *cast)
{
	for (size_t i = 0; i < cast->n_members; i++)
		cast->members[i]->called = false;
}

void cast_call(struct cast *cast, const char *id)
{
	struct member **slot = slot_of(cast, id);

	if (slot)
		(*slot)->called = true;
}

void cast_roll_over(struct cast *cast, uint64_t since_ns)
{
	for (size_t i = 0; i < cast->n_members; i++)
		if (!cast->members[i]->called && !cast->members[i]->gone_ns)
			cast->members[i]->gone_ns = since_ns;
}

void cast_fresh(struct cast *cast, const char *id)
{
	struct member **slot = slot_of(cast, id);

	if (slot)
		(*slot)->fresh = true;
}

static bool is_deserted(const struct cast *cast, const struct network *net)
{
	for (size_t i = 0; i < cast->n_members; i++) {
		const struct member *m = cast->members[i];

		for (int k = 0; k < m->n_networks; k++)
			if (!strcmp(m->networks[k].network_id, net->id))
				return false;
	}
	return true;
}

/* Those that nobody is remembered of: one that is still there is told of with its next container. */
static void networks_forget(struct cast *cast)
{
	size_t kept = 0;

	for (size_t i = 0; i < cast->n_networks; i++)
		if (!is_deserted(cast, &cast->networks[i].net))
			cast->networks[kept++] = cast->networks[i];
	cast->n_networks = kept;
}

void cast_expire(struct cast *cast, uint64_t now_ns)
{
	size_t n = cast->n_members;

	for (size_t i = n; i-- > 0;) {
		const struct member *m = cast->members[i];

		if (m->gone_ns && now_ns - m->gone_ns > REMEMBERED_NS)
			forget(cast, i);
	}
	if (cast->n_members < n)
		networks_forget(cast);
}

int cast_put_network(struct cast *cast, const struct network *net, uint32_t ifindex)
{
	struct cast_network *all;

	for (size_t i = 0; i < cast->n_networks; i++)
		if (!strcmp(cast->networks[i].net.id, net->id)) {
			cast->networks[i].net = *net;
			cast->networks[i].ifindex = ifindex;
			return 0;
		}
	all = reallocarray(cast->networks, cast->n_networks + 1, sizeof(*all));
	if (!all)
		return -ENOMEM;
	cast->networks = all;
	all[cast->n_networks++] = (struct cast_network){ .net = *net, .ifindex = ifindex };
	return 0;
}

const struct attachment *member_attachment(const struct member *m, const struct ip *ip)
{
	for (int i = 0; i < m->n_networks; i++)
		if (addr_equal(&m->networks[i].ip, ip) || addr_equal(&m->networks[i].ip6, ip))
			return &m->networks[i];
	return NULL;
}

/* Who runs comes before who is gone, and who went late before who went early. */
static bool is_better(const struct member *m, const struct member *than)
{
	if (!than)
		return true;
	if (!m->gone_ns != !than->gone_ns)
		return !m->gone_ns;
	return m->gone_ns >= than->gone_ns;
}

/* Since when it is not known for certain that the address is the member's; 0: it is. */
static uint64_t doubt_ns(const struct cast *cast, const struct member *m, const struct attachment *a)
{
	const struct port *p = port_of(cast, a->port);
	uint64_t since = m->gone_ns ? m->gone_ns : cast->unheard_ns;

	if (a->port && !p && cast->knows_ports)
		return 1; /* it had left before the member was put */
	if (p && p->left_ns && (!since || p->left_ns < since))
		since = p->left_ns;
	return since;
}

static bool has_stranger(const struct cast *cast, const struct cast_network *net)
{
	for (size_t i = 0; i < cast->n_ports; i++)
		if (cast->ports[i].bridge == net->ifindex && !cast->ports[i].owner)
			return true;
	return false;
}

/* Whether nobody else can have the address. */
static bool holds(const struct cast *cast, const struct member *m, const struct attachment *a)
{
	const struct cast_network *net = cast_network(cast, a->network_id);
	uint64_t since = doubt_ns(cast, m, a);

	if (!since)
		return true;
	return net && net->ifindex && cast->knows_ports && net->stranger_ns < since &&
	       !has_stranger(cast, net);
}

/* It came from the member's own network, by a port that is another's. */
static bool is_another(const struct cast *cast, const struct attachment *a, uint32_t iif)
{
	const struct cast_network *net = cast_network(cast, a->network_id);
	const struct port *p = port_of(cast, iif);

	return net && net->ifindex && p && p->bridge == net->ifindex;
}

const struct member *cast_by_ip(const struct cast *cast, const struct ip *ip, uint32_t iif)
{
	const struct member *best = NULL;

	for (size_t i = 0; ip->family && i < cast->n_members; i++) {
		const struct member *m = cast->members[i];
		const struct attachment *a = member_attachment(m, ip);

		if (a && iif && a->port == iif)
			return m;
		if (a && !m->fresh && is_better(m, best) && !is_another(cast, a, iif) && holds(cast, m, a))
			best = m;
	}
	return best;
}

bool cast_is_settled(const struct cast *cast, const struct member *m)
{
	for (int i = 0; i < m->n_networks; i++) {
		const struct port *p = port_of(cast, m->networks[i].port);

		if (!p || p->left_ns)
			return false;
	}
	return m->n_networks > 0;
}

/* Without a cookie: it runs, as far as can be known. */
static bool lives(const struct cast *cast, const struct member *m)
{
	bool has_port = false;

	for (int i = 0; !m->gone_ns && i < m->n_networks; i++) {
		const struct port *p = port_of(cast, m->networks[i].port);

		if (p && !p->left_ns)
			return true;
		has_port |= p != NULL;
	}
	return !m->gone_ns && !has_port && !cast->unheard_ns;
}

static bool is_in(const struct cast *cast, const struct member *m, uint32_t netns, uint16_t cookie)
{
	if (m->netns != netns)
		return false;
	return cookie && m->cookie ? cookie == m->cookie : lives(cast, m);
}

/* Several share one namespace by network mode "container:ID": whose networks they are is meant. */
const struct member *cast_by_netns(const struct cast *cast, uint32_t netns, uint16_t cookie)
{
	const struct member *best = NULL;

	for (size_t i = 0; netns && i < cast->n_members; i++) {
		const struct member *m = cast->members[i];

		if (!is_in(cast, m, netns, cookie))
			continue;
		if (!best || (m->n_networks && !best->n_networks) ||
		    (!m->n_networks == !best->n_networks && is_better(m, best)))
			best = m;
	}
	return best;
}

const struct member *cast_by_id(const struct cast *cast, const char *id)
{
	struct member **slot = slot_of(cast, id);

	return slot ? *slot : NULL;
}

const struct cast_network *cast_network(const struct cast *cast, const char *id)
{
	for (size_t i = 0; *id && i < cast->n_networks; i++)
		if (!strcmp(cast->networks[i].net.id, id))
			return &cast->networks[i];
	return NULL;
}

const struct cast_network *cast_network_of_device(const struct cast *cast, uint32_t ifindex)
{
	const struct port *p = port_of(cast, ifindex);
	uint32_t bridge = p ? p->bridge : ifindex;

	for (size_t i = 0; bridge && i < cast->n_networks; i++)
		if (cast->networks[i].ifindex == bridge)
			return &cast->networks[i];
	return NULL;
}

const struct member *cast_member(const struct cast *cast, size_t i)
{
	return i < cast->n_members ? cast->members[i] : NULL;
}

const struct cast_network *cast_network_at(const struct cast *cast, size_t i)
{
	return i < cast->n_networks ? &cast->networks[i] : NULL;
}
