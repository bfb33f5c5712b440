/* SPDX-License-Identifier: GPL-2.0 */
#include "core/cast.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/strbuf.h"

#define REMEMBERED_NS (600 * 1000000000ull)
#define GONE_MAX 4096 /* who is remembered at most */

struct cast {
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
	free(c);
}

void cleanup_cast(struct cast **c)
{
	cast_free(*c);
}

static struct member **slot_of(const struct cast *cast, const char *id)
{
	for (size_t i = 0; i < cast->n_members; i++)
		if (!strcmp(cast->members[i]->id, id))
			return &cast->members[i];
	return NULL;
}

static void forget(struct cast *cast, size_t i)
{
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

int cast_put(struct cast *cast, const struct container *c, uint32_t netns)
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
	m->serial = old && !old->gone_ns ? old->serial : ++cast->serial;
	if (m->on_host)
		m->netns = 0;
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

void cast_expire(struct cast *cast, uint64_t now_ns)
{
	for (size_t i = cast->n_members; i-- > 0;) {
		const struct member *m = cast->members[i];

		if (m->gone_ns && now_ns - m->gone_ns > REMEMBERED_NS)
			forget(cast, i);
	}
}

int cast_put_network(struct cast *cast, const struct network *net, uint32_t ifindex)
{
	struct cast_network *all;

	for (size_t i = 0; i < cast->n_networks; i++)
		if (!strcmp(cast->networks[i].net.id, net->id)) {
			cast->networks[i] = (struct cast_network){ *net, ifindex };
			return 0;
		}
	all = reallocarray(cast->networks, cast->n_networks + 1, sizeof(*all));
	if (!all)
		return -ENOMEM;
	cast->networks = all;
	all[cast->n_networks++] = (struct cast_network){ *net, ifindex };
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

const struct member *cast_by_ip(const struct cast *cast, const struct ip *ip)
{
	const struct member *best = NULL;

	for (size_t i = 0; ip->family && i < cast->n_members; i++)
		if (is_better(cast->members[i], best) && member_attachment(cast->members[i], ip))
			best = cast->members[i];
	return best;
}

/* Several share one namespace by network mode "container:ID": whose networks they are is meant. */
const struct member *cast_by_netns(const struct cast *cast, uint32_t netns)
{
	const struct member *best = NULL;

	for (size_t i = 0; netns && i < cast->n_members; i++) {
		const struct member *m = cast->members[i];

		if (m->netns != netns)
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
	for (size_t i = 0; ifindex && i < cast->n_networks; i++)
		if (cast->networks[i].ifindex == ifindex)
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
