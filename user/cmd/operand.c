/* SPDX-License-Identifier: GPL-2.0 */
#include "cmd/operand.h"

#include <errno.h>
#include <string.h>

#include "base/addr.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "cmd/bare.h"
#include "source/topo.h"

/* A paused destination is worth a trace: its kernel answers for it as far as kernels do. */
static int container_check(const struct container *c, enum role role)
{
	if (!c->running || !c->pid) {
		log_error("container %s is not running: docker start %s", c->name, c->name);
		return -ESRCH;
	}
	if (c->paused && role == ROLE_SRC) {
		log_error("container %s is paused: docker unpause %s", c->name, c->name);
		return -ESRCH;
	}
	if (!strcmp(c->network_mode, "host")) {
		log_error("container %s uses the host's network: name 'host' in its place", c->name);
		return -EADDRNOTAVAIL;
	}
	if (!strcmp(c->network_mode, "none") && c->n_networks < 2) {
		log_error("container %s has no network (network mode none): docker network connect "
			  "NETWORK %s", c->name, c->name);
		return -EADDRNOTAVAIL;
	}
	return 0;
}

/* With network mode container:ID the networks are the other's; the name stays. */
static int container_borrow(struct docker *d, struct container *c)
{
	static const char prefix[] = "container:";
	struct container other;
	int err;

	if (strncmp(c->network_mode, prefix, strlen(prefix)))
		return 0;
	err = docker_container(d, c->network_mode + strlen(prefix), &other);
	if (err)
		return err;
	memcpy(c->networks, other.networks, sizeof(c->networks));
	c->n_networks = other.n_networks;
	return 0;
}

static int operand_container(struct docker *d, struct operand *op, const struct ip *ip)
{
	int err = ip ? docker_container_by_ip(d, ip, &op->container) :
		       docker_container(d, op->word, &op->container);

	if (!err)
		err = container_borrow(d, &op->container);
	if (!err)
		err = container_check(&op->container, op->role);
	if (err)
		return err;
	op->end->kind = ENDPOINT_CONTAINER;
	text_copy(op->end->name, sizeof(op->end->name), op->container.name);
	text_copy(op->end->id, sizeof(op->end->id), op->container.id);
	op->end->paused = op->container.paused;
	return 0;
}

/* Unspecified, loopback, IPv4 in disguise, link-local (on which link?), multicast. */
static bool is_no_place6(const struct in6_addr *a)
{
	return IN6_IS_ADDR_UNSPECIFIED(a) || IN6_IS_ADDR_LOOPBACK(a) || IN6_IS_ADDR_V4MAPPED(a) ||
	       IN6_IS_ADDR_LINKLOCAL(a) || IN6_IS_ADDR_MULTICAST(a);
}

/* Nobody's address, or one that every namespace or every link has for itself. */
static bool is_no_place(const struct ip *ip)
{
	if (ip->family == AF_INET6)
		return is_no_place6((const struct in6_addr *)ip->bytes);
	return ip->bytes[0] == 0 || ip->bytes[0] == 127 || ip->bytes[0] >= 224;
}

/* An address of a container is the container; one of the host's is the host; else it is outside. */
static int operand_address(const struct places *p, struct operand *op, const struct ip *ip)
{
	struct link link;
	int err;

	if (is_no_place(ip)) {
		log_error("%s is no address of one container or host: name a unicast address", op->word);
		return -EADDRNOTAVAIL;
	}
	err = p->docker ? operand_container(p->docker, op, ip) : -ENOENT;
	if (err != -ENOENT)
		return err;
	op->end->ip = *ip;
	text_copy(op->end->name, sizeof(op->end->name), op->word);
	op->end->kind = topo_link_by_addr(p->netns[ROLE_HOST], ip, &link) ? ENDPOINT_ADDRESS :
									    ENDPOINT_HOST;
	if (op->end->kind == ENDPOINT_HOST)
		text_copy(op->end->name, sizeof(op->end->name), "host");
	if (op->role == ROLE_SRC && op->end->kind == ENDPOINT_ADDRESS) {
		log_error("%s belongs to no running container of this engine, so nothing can be sent "
			  "from it: name a container", op->word);
		return -EADDRNOTAVAIL;
	}
	return 0;
}

static int operand_bare(struct places *p, struct operand *op)
{
	int fd = bare_netns(op->word);

	if (fd < 0)
		return fd;
	p->netns[op->role] = fd;
	op->end->kind = ENDPOINT_CONTAINER;
	text_copy(op->end->name, sizeof(op->end->name), op->word);
	return bare_container(op->word, fd, p->netns[ROLE_HOST], &op->container);
}

int operand_resolve(struct places *p, struct operand *op)
{
	struct ip ip;

	if (bare_is(op->word))
		return operand_bare(p, op);

	if (!strcmp(op->word, "host")) {
		op->end->kind = ENDPOINT_HOST;
		text_copy(op->end->name, sizeof(op->end->name), "host");
		return 0;
	}
	if (!addr_parse(op->word, &ip))
		return operand_address(p, op, &ip);
	return operand_container(p->docker, op, NULL);
}

static const char *family_name(int family)
{
	return family == AF_INET6 ? "IPv6" : "IPv4";
}

int operands_family(const struct operand ops[2], int asked, int *out)
{
	int family = asked;
	struct ip ip;

	for (int r = 0; r < 2; r++) {
		if (addr_parse(ops[r].word, &ip))
			continue;
		if (family != AF_UNSPEC && family != ip.family) {
			log_error("%s is an %s address, and %s asks for %s", ops[r].word,
				  family_name(ip.family),
				  asked == AF_UNSPEC ? ops[!r].word : asked == AF_INET ? "-4" : "-6",
				  family_name(family));
			return -EAFNOSUPPORT;
		}
		family = ip.family;
	}
	*out = family;
	return 0;
}

/* ---- the network between the two --------------------------------------------- */

static const struct ip *ip_at(const struct attachment *at, int family)
{
	return family == AF_INET6 ? &at->ip6 : &at->ip;
}

static const struct attachment *attachment_find(const struct container *c, const char *network_id,
						int family)
{
	for (int i = 0; i < c->n_networks; i++)
		if (ip_at(&c->networks[i], family)->family &&
		    !strcmp(c->networks[i].network_id, network_id))
			return &c->networks[i];
	return NULL;
}

static const struct attachment *attachment_by_ip(const struct container *c, const struct ip *ip)
{
	for (int i = 0; i < c->n_networks; i++)
		if (addr_equal(ip_at(&c->networks[i], ip->family), ip))
			return &c->networks[i];
	return NULL;
}

/* The wanted network, or the first with an address. */
static const struct attachment *attachment_any(const struct container *c, const char *wanted,
					       int family)
{
	for (int i = 0; i < c->n_networks; i++)
		if (ip_at(&c->networks[i], family)->family &&
		    (!wanted || !strcmp(c->networks[i].network, wanted)))
			return &c->networks[i];
	return NULL;
}

/* How many networks the two share that have addresses of the family; the first is taken. */
static int shared_find(struct operand ops[2], const char *wanted, int family)
{
	const struct container *src = &ops[ROLE_SRC].container, *dst = &ops[ROLE_DST].container;
	int found = 0;

	for (int i = 0; i < src->n_networks; i++) {
		const struct attachment *a = &src->networks[i];
		const struct attachment *b = attachment_find(dst, a->network_id, family);

		if (!ip_at(a, family)->family || !b || (wanted && strcmp(a->network, wanted)))
			continue;
		if (!found++) {
			ops[ROLE_SRC].at = a;
			ops[ROLE_DST].at = b;
		}
	}
	return found;
}

/* Whether each of the two that is a container has an address of the family anywhere. */
static bool both_have(const struct operand ops[2], int family)
{
	for (int r = 0; r < 2; r++)
		if (ops[r].end->kind == ENDPOINT_CONTAINER &&
		    !attachment_any(&ops[r].container, NULL, family))
			return false;
	return true;
}

/* IPv4 before IPv6, a network that the two share before others. */
static int family_choose(struct operand ops[2], const char *wanted)
{
	if (shared_find(ops, wanted, AF_INET))
		return AF_INET;
	if (shared_find(ops, wanted, AF_INET6))
		return AF_INET6;
	return !both_have(ops, AF_INET) && both_have(ops, AF_INET6) ? AF_INET6 : AF_INET;
}

static bool shared_choose(struct operand ops[2], const char *wanted, int family)
{
	int found = shared_find(ops, wanted, family);

	if (found > 1)
		log_warn("%s and %s share %d networks; this is %s (choose with --network)",
			 ops[ROLE_SRC].container.name, ops[ROLE_DST].container.name, found,
			 ops[ROLE_SRC].at->network);
	return found;
}

static void attachment_take(struct operand *op, const struct attachment *at, int family)
{
	op->at = at;
	op->end->ip = *ip_at(at, family);
	op->end->prefix_len = family == AF_INET6 ? at->prefix_len6 : at->prefix_len;
	op->end->has_mac = at->has_mac;
	memcpy(op->end->mac, at->mac, 6);
}

/* The host as a destination is reached at its address on the source's network, the gateway. */
static bool host_address(const struct operand ops[2], int family)
{
	struct endpoint *dst = ops[ROLE_DST].end;

	if (dst->kind == ENDPOINT_HOST && !dst->ip.family && ops[ROLE_SRC].at)
		dst->ip = family == AF_INET6 ? ops[ROLE_SRC].at->gateway6 :
					       ops[ROLE_SRC].at->gateway;
	return dst->kind != ENDPOINT_HOST || dst->ip.family || !ops[ROLE_SRC].at;
}

int operands_choose(struct operand ops[2], const char *wanted, int family, bool *shared)
{
	if (family == AF_UNSPEC)
		family = family_choose(ops, wanted);
	*shared = shared_choose(ops, wanted, family);
	for (int r = 0; r < 2; r++) {
		struct operand *op = &ops[r];
		struct ip asked;

		if (op->end->kind != ENDPOINT_CONTAINER)
			continue;
		if (!addr_parse(op->word, &asked) && attachment_by_ip(&op->container, &asked))
			op->at = attachment_by_ip(&op->container, &asked);
		if (!op->at)
			op->at = attachment_any(&op->container, *shared ? NULL : wanted, family);
		if (!op->at)
			op->at = attachment_any(&op->container, NULL, family);
		if (!op->at) {
			log_error("container %s has no %s address on any network: docker inspect %s",
				  op->container.name, family_name(family), op->container.name);
			return -EADDRNOTAVAIL;
		}
		attachment_take(op, op->at, family);
	}
	if (!host_address(ops, family)) {
		log_error("network %s gives the host no %s address: name an address in place of 'host'",
			  ops[ROLE_SRC].at->network, family_name(family));
		return -EADDRNOTAVAIL;
	}
	*shared = ops[0].at && ops[1].at && !strcmp(ops[0].at->network_id, ops[1].at->network_id);
	if (wanted && !attachment_any(&ops[0].container, wanted, family) &&
	    !attachment_any(&ops[1].container, wanted, family)) {
		log_error("neither %s nor %s is on network %s with %s: docker network ls",
			  ops[0].end->name, ops[1].end->name, wanted, family_name(family));
		return -ENOENT;
	}
	return 0;
}

enum choice operand_choice(const struct operand ops[2], const char *wanted, bool shared)
{
	const struct operand *src = &ops[ROLE_SRC];

	if (src->container.n_networks < 2)
		return CHOICE_ONLY;
	if (!addr_parse(src->word, &(struct ip){ 0 }) ||
	    (wanted && src->at && !strcmp(src->at->network, wanted)))
		return CHOICE_ASKED;
	return shared ? CHOICE_SHARED : CHOICE_FIRST;
}

bool operand_by_route(const struct scene *scene, const struct places *p, struct operand *op)
{
	const struct attachment *at;
	struct route route = { 0 };
	const struct ip any = { 0 };

	if (op->end->kind != ENDPOINT_CONTAINER || op->container.n_networks < 2 ||
	    topo_route(p->netns[ROLE_SRC], &any, &scene->ends[ROLE_DST].ip, 0, &route))
		return false;
	at = attachment_by_ip(&op->container, &route.source);
	if (at)
		attachment_take(op, at, route.source.family);
	return at;
}

/* The link of the host that holds the network's gateway address, where the engine does not tell. */
static void bridge_find(const struct operand *op, int host, struct network *n)
{
	struct link link;

	if (n->bridge[0] || (topo_link_by_addr(host, &op->at->gateway, &link) &&
			     topo_link_by_addr(host, &op->at->gateway6, &link)))
		return;
	text_copy(n->bridge, sizeof(n->bridge), link.name);
}

/* Of a network that no engine knows there is no more than its bridge. */
static int network_of(const struct places *p, const struct operand *op, struct network *out)
{
	int err = 0;

	*out = (struct network){ 0 };
	if (op->end->id[0])
		err = docker_network(p->docker, op->at->network_id, out);
	else
		text_copy(out->bridge, sizeof(out->bridge), op->at->network);
	if (!err)
		bridge_find(op, p->netns[ROLE_HOST], out);
	return err;
}

/* The engine's name and ID for the network with that bridge. */
static void adopt(struct container *bare, const char *bridge, const struct attachment *from)
{
	for (int i = 0; i < bare->n_networks; i++) {
		struct attachment *at = &bare->networks[i];

		if (!bridge[0] || strcmp(at->network, bridge))
			continue;
		text_copy(at->network_id, sizeof(at->network_id), from->network_id);
		text_copy(at->network, sizeof(at->network), from->network);
	}
}

static bool same_subnet(const struct attachment *a, const struct attachment *b)
{
	uint32_t x, y, mask = a->prefix_len ? htonl(~0u << (32 - a->prefix_len)) : 0;

	memcpy(&x, a->ip.bytes, sizeof(x));
	memcpy(&y, b->ip.bytes, sizeof(y));
	return a->ip.family && b->ip.family && a->prefix_len == b->prefix_len && !((x ^ y) & mask);
}

/* A device that is a port of no bridge belongs to the one of its subnet, which it may have been taken off. */
static void match_subnets(struct container *bare, const struct container *other)
{
	for (int i = 0; i < bare->n_networks; i++)
		for (int j = 0; j < other->n_networks && !bare->networks[i].network[0]; j++)
			if (other->networks[j].network[0] &&
			    same_subnet(&bare->networks[i], &other->networks[j])) {
				text_copy(bare->networks[i].network_id, ID_LEN,
					  other->networks[j].network_id);
				text_copy(bare->networks[i].network, NAME_LEN, other->networks[j].network);
			}
}

/* The networks of a namespace by the engine's container on the other side. */
static int match_networks(const struct places *p, struct operand *bare, struct operand *known)
{
	for (int i = 0; i < known->container.n_networks; i++) {
		struct network n;
		int err;

		known->at = &known->container.networks[i];
		err = network_of(p, known, &n);
		if (err)
			return err;
		adopt(&bare->container, n.bridge, known->at);
	}
	known->at = NULL;
	return 0;
}

int operands_match(const struct places *p, struct operand ops[2])
{
	int err = 0;

	for (int r = 0; r < 2 && !err; r++) {
		struct operand *bare = &ops[r], *other = &ops[!r];

		if (!bare_is(bare->word))
			continue;
		if (other->end->id[0])
			err = match_networks(p, bare, other);
		match_subnets(&bare->container, &other->container);
	}
	return err;
}

int operands_networks(const struct places *p, const struct operand ops[2], struct scene *scene)
{
	const struct operand *first = ops[ROLE_SRC].at ? &ops[ROLE_SRC] : &ops[ROLE_DST];
	/* of the two on one network, the one that an engine knows */
	const struct operand *known = scene->shared && !first->end->id[0] ? &ops[ROLE_DST] : first;
	int err = known->at ? network_of(p, known, &scene->network) : 0;

	if (err || scene->shared || !ops[ROLE_SRC].at || !ops[ROLE_DST].at)
		return err;
	return network_of(p, &ops[ROLE_DST], &scene->dst_network);
}
