/* SPDX-License-Identifier: GPL-2.0 */
#include "cmd/scene.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/addr.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "source/netns.h"
#include "source/ruleset.h"
#include "source/topo.h"

/* One operand while it is being resolved. */
struct operand {
	const char *word;
	enum role role;
	struct endpoint *end;
	struct container container; /* name empty: none */
	const struct attachment *at; /* the network taken; NULL: none */
};

void places_close(struct places *p)
{
	for (int r = 0; r < N_ROLES; r++)
		if (p->netns[r] >= 0)
			close(p->netns[r]);
	docker_close(p->docker);
}

static int host_describe(struct scene *scene)
{
	struct utsname name;

	if (uname(&name))
		return -errno;
	text_copy(scene->kernel, sizeof(scene->kernel), name.release);
	text_copy(scene->arch, sizeof(scene->arch), name.machine);
	text_copy(scene->tool_version, sizeof(scene->tool_version), DOCKDROP_VERSION);
	return 0;
}

/* ---- from a word to an endpoint ------------------------------------------- */

static int container_check(const struct container *c)
{
	if (!c->running || !c->pid) {
		log_error("container %s is not running: docker start %s", c->name, c->name);
		return -ESRCH;
	}
	if (c->paused) {
		log_error("container %s is paused: docker unpause %s", c->name, c->name);
		return -ESRCH;
	}
	if (!strcmp(c->network_mode, "host")) {
		log_error("container %s uses the host's network: trace 'host' in its place", c->name);
		return -EADDRNOTAVAIL;
	}
	if (!strcmp(c->network_mode, "none") && !c->n_networks) {
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
		err = container_check(&op->container);
	if (err)
		return err;
	op->end->kind = ENDPOINT_CONTAINER;
	text_copy(op->end->name, sizeof(op->end->name), op->container.name);
	text_copy(op->end->id, sizeof(op->end->id), op->container.id);
	return 0;
}

/* Nobody's address, or one that every namespace has for itself. */
static bool is_no_place(const struct ip *ip)
{
	return ip->bytes[0] == 0 || ip->bytes[0] == 127 || ip->bytes[0] >= 224;
}

/* An address of a container is the container; one of the host's is the host; else it is outside. */
static int operand_address(const struct places *p, struct operand *op, const struct ip *ip)
{
	struct link link;
	int err;

	if (ip->family != AF_INET) {
		log_error("%s is an IPv6 address, which dockdrop cannot trace yet: use IPv4", op->word);
		return -EAFNOSUPPORT;
	}
	if (is_no_place(ip)) {
		log_error("%s is no address of one container or host: name a unicast address", op->word);
		return -EADDRNOTAVAIL;
	}
	err = operand_container(p->docker, op, ip);
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

static int operand_resolve(const struct places *p, struct operand *op)
{
	struct ip ip;

	if (!strcmp(op->word, "host")) {
		op->end->kind = ENDPOINT_HOST;
		text_copy(op->end->name, sizeof(op->end->name), "host");
		return 0;
	}
	if (!addr_parse(op->word, &ip))
		return operand_address(p, op, &ip);
	return operand_container(p->docker, op, NULL);
}

/* ---- the network between the two --------------------------------------------- */

static const struct attachment *attachment_find(const struct container *c, const char *network_id)
{
	for (int i = 0; i < c->n_networks; i++)
		if (c->networks[i].ip.family && !strcmp(c->networks[i].network_id, network_id))
			return &c->networks[i];
	return NULL;
}

static const struct attachment *attachment_by_ip(const struct container *c, const struct ip *ip)
{
	for (int i = 0; i < c->n_networks; i++)
		if (addr_equal(&c->networks[i].ip, ip))
			return &c->networks[i];
	return NULL;
}

/* The wanted network, or the first with an address. */
static const struct attachment *attachment_any(const struct container *c, const char *wanted)
{
	for (int i = 0; i < c->n_networks; i++)
		if (c->networks[i].ip.family && (!wanted || !strcmp(c->networks[i].network, wanted)))
			return &c->networks[i];
	return NULL;
}

static int shared_choose(struct operand ops[2], const char *wanted)
{
	const struct container *src = &ops[ROLE_SRC].container, *dst = &ops[ROLE_DST].container;
	int found = 0;

	for (int i = 0; i < src->n_networks; i++) {
		const struct attachment *a = &src->networks[i];
		const struct attachment *b = attachment_find(dst, a->network_id);

		if (!a->ip.family || !b || (wanted && strcmp(a->network, wanted)))
			continue;
		if (!found++) {
			ops[ROLE_SRC].at = a;
			ops[ROLE_DST].at = b;
		}
	}
	if (found > 1)
		log_warn("%s and %s share %d networks; this is %s (choose with --network)", src->name,
			 dst->name, found, ops[ROLE_SRC].at->network);
	return found;
}

static void attachment_take(struct operand *op, const struct attachment *at)
{
	op->at = at;
	op->end->ip = at->ip;
	op->end->has_mac = at->has_mac;
	memcpy(op->end->mac, at->mac, 6);
}

/* The host as a destination is reached at its address on the source's network, the gateway. */
static bool host_address(const struct operand ops[2])
{
	struct endpoint *dst = ops[ROLE_DST].end;

	if (dst->kind == ENDPOINT_HOST && !dst->ip.family && ops[ROLE_SRC].at)
		dst->ip = ops[ROLE_SRC].at->gateway;
	return dst->kind != ENDPOINT_HOST || dst->ip.family || !ops[ROLE_SRC].at;
}

static int attachments_choose(struct operand ops[2], const char *wanted, bool *shared)
{
	*shared = shared_choose(ops, wanted);
	for (int r = 0; r < 2; r++) {
		struct operand *op = &ops[r];
		struct ip asked;

		if (op->end->kind != ENDPOINT_CONTAINER)
			continue;
		if (!addr_parse(op->word, &asked) && attachment_by_ip(&op->container, &asked))
			op->at = attachment_by_ip(&op->container, &asked);
		if (!op->at)
			op->at = attachment_any(&op->container, *shared ? NULL : wanted);
		if (!op->at)
			op->at = attachment_any(&op->container, NULL);
		if (!op->at) {
			log_error("container %s has no IPv4 address on any network: docker inspect %s",
				  op->container.name, op->container.name);
			return -EADDRNOTAVAIL;
		}
		attachment_take(op, op->at);
	}
	if (!host_address(ops)) {
		log_error("network %s gives the host no address: name an address in place of 'host'",
			  ops[ROLE_SRC].at->network);
		return -EADDRNOTAVAIL;
	}
	*shared = ops[0].at && ops[1].at && !strcmp(ops[0].at->network_id, ops[1].at->network_id);
	if (wanted && !attachment_any(&ops[0].container, wanted) &&
	    !attachment_any(&ops[1].container, wanted)) {
		log_error("neither %s nor %s is on network %s: docker network ls", ops[0].end->name,
			  ops[1].end->name, wanted);
		return -ENOENT;
	}
	return 0;
}

/*
 * Without a network in common, and none asked for, a source on several networks sends from the one
 * that its routes choose.
 */
static void source_choose(const struct scene *scene, const struct places *p, struct operand *op)
{
	const struct attachment *at;
	struct route route = { 0 };
	const struct ip any = { 0 };

	if (op->end->kind != ENDPOINT_CONTAINER || op->container.n_networks < 2 ||
	    topo_route(p->netns[ROLE_SRC], &any, &scene->ends[ROLE_DST].ip, 0, &route))
		return;
	at = attachment_by_ip(&op->container, &route.source);
	if (at)
		attachment_take(op, at);
}

static int networks_read(struct docker *d, const struct operand ops[2], struct scene *scene)
{
	const struct attachment *first = ops[ROLE_SRC].at ? ops[ROLE_SRC].at : ops[ROLE_DST].at;
	int err = first ? docker_network(d, first->network_id, &scene->network) : 0;

	if (err || scene->shared || !ops[ROLE_SRC].at || !ops[ROLE_DST].at)
		return err;
	return docker_network(d, ops[ROLE_DST].at->network_id, &scene->dst_network);
}

/* ---- what the kernel says of the way ----------------------------------------- */

static int namespaces_open(const struct operand ops[2], struct scene *scene, struct places *p)
{
	int err = netns_inum(p->netns[ROLE_HOST], &scene->host_netns);

	if (err)
		log_error("the engine's network namespace cannot be read (%s)", strerror(-err));
	for (int r = 0; r < 2 && !err; r++) {
		struct endpoint *end = &scene->ends[r];

		if (end->kind == ENDPOINT_ADDRESS)
			continue;
		if (end->kind == ENDPOINT_HOST)
			p->netns[r] = fcntl(p->netns[ROLE_HOST], F_DUPFD_CLOEXEC, 0);
		else
			p->netns[r] = netns_open_in(docker_pid(p->docker), ops[r].container.pid);
		err = p->netns[r] < 0 ? p->netns[r] : netns_inum(p->netns[r], &end->netns);
		if (err)
			log_error("the network namespace of %s cannot be opened (%s): is it still "
				  "running, and are you root of the engine's host?", end->name,
				  strerror(-err));
	}
	return err;
}

/*
 * The veth's other end. Its index is one of the namespace that it lives in, which need not be the
 * engine's: only a veth that points back is it.
 */
static void peer_read(int host, const struct link *device, struct link *out)
{
	struct link peer;

	if (device->peer && !topo_link_by_index(host, device->peer, &peer) &&
	    !strcmp(peer.kind, "veth") && peer.peer == device->ifindex)
		*out = peer;
}

static void devices_read(struct scene *scene, const struct places *p)
{
	int host = p->netns[ROLE_HOST];

	for (int r = 0; r < 2; r++) {
		struct endpoint *end = &scene->ends[r];

		if (p->netns[r] < 0)
			continue;
		if (topo_link_by_addr(p->netns[r], &end->ip, &end->device) && end->has_mac)
			topo_link_by_mac(p->netns[r], end->mac, &end->device);
		if (end->kind == ENDPOINT_CONTAINER)
			peer_read(host, &end->device, &end->host_device);
	}
	if (scene->network.bridge[0])
		topo_link_by_name(host, scene->network.bridge, &scene->bridge);
}

/* The host's own source address is known only once it has been asked for a route. */
static void routes_read(struct scene *scene, const struct places *p)
{
	struct endpoint *src = &scene->ends[ROLE_SRC], *dst = &scene->ends[ROLE_DST];
	const struct ip any = { 0 };
	struct link dst_bridge = { 0 };

	if (p->netns[ROLE_SRC] >= 0)
		topo_route(p->netns[ROLE_SRC], &any, &dst->ip, 0, &scene->routes[ROLE_SRC][DIR_REQUEST]);
	if (!src->ip.family)
		src->ip = scene->routes[ROLE_SRC][DIR_REQUEST].source;
	if (p->netns[ROLE_DST] >= 0 && src->ip.family)
		topo_route(p->netns[ROLE_DST], &any, &src->ip, 0, &scene->routes[ROLE_DST][DIR_REPLY]);
	if (scene->shared)
		return;
	if (scene->dst_network.bridge[0])
		topo_link_by_name(p->netns[ROLE_HOST], scene->dst_network.bridge, &dst_bridge);
	topo_route(p->netns[ROLE_HOST], &src->ip, &dst->ip, scene->bridge.ifindex,
		   &scene->routes[ROLE_HOST][DIR_REQUEST]);
	topo_route(p->netns[ROLE_HOST], &dst->ip, &src->ip, dst_bridge.ifindex,
		   &scene->routes[ROLE_HOST][DIR_REPLY]);
}

static void neighbours_read(struct scene *scene, const struct places *p)
{
	for (int r = 0; r < 2; r++) {
		const struct endpoint *end = &scene->ends[r];
		const struct ip *peer = &scene->ends[!r].ip;

		scene->next_hop[r] = scene->routes[r][r].gateway;
		if (p->netns[r] < 0 || !end->device.ifindex)
			continue;
		topo_neighbour(p->netns[r], end->device.ifindex,
			       scene->next_hop[r].family ? &scene->next_hop[r] : peer,
			       &scene->neighbours[r]);
	}
}

static void programs_of(struct scene *scene, int netns, const char *where, const struct link *link)
{
	struct program *first = &scene->programs[scene->n_programs];
	int room = PROGRAMS_MAX - scene->n_programs, n;

	if (netns < 0 || !link->ifindex || !room)
		return;
	n = topo_programs(netns, link->ifindex, first, room);
	for (int i = 0; i < n; i++)
		text_copy(first[i].netns, sizeof(first[i].netns), where);
	scene->n_programs += n > 0 ? n : 0;
}

static void programs_read(struct scene *scene, const struct places *p)
{
	for (int r = 0; r < 2; r++) {
		programs_of(scene, p->netns[r], scene->ends[r].name, &scene->ends[r].device);
		programs_of(scene, p->netns[ROLE_HOST], "host", &scene->ends[r].host_device);
	}
	programs_of(scene, p->netns[ROLE_HOST], "host", &scene->bridge);
}

/* The engine says "iptables" for either kind; the rules themselves say which. */
static void firewall_read(struct scene *scene, const struct places *p)
{
	char backend[SHORT_LEN] = "";
	int back __leave_netns = -1;
	int on;

	if (!ruleset_backend(p->netns[ROLE_HOST], backend, sizeof(backend)) && backend[0])
		text_copy(scene->engine.firewall_backend, sizeof(scene->engine.firewall_backend),
			  backend);
	back = netns_enter(p->netns[ROLE_HOST]);
	scene->br_netfilter = back >= 0 && !netns_sysctl("bridge/bridge-nf-call-iptables", &on) && on;
}

static int engine_read(const struct options *o, struct scene *scene, struct places *p)
{
	int err = docker_open(o->engine, &p->docker);

	if (!err)
		err = docker_engine(p->docker, &scene->engine);
	if (err)
		return err;
	p->netns[ROLE_HOST] = netns_open(docker_pid(p->docker));
	if (p->netns[ROLE_HOST] >= 0)
		return 0;
	log_error("the engine's network namespace cannot be opened (%s): run as root on the engine's "
		  "own host", strerror(-p->netns[ROLE_HOST]));
	return p->netns[ROLE_HOST];
}

static int same_place(const struct scene *scene)
{
	const struct endpoint *src = &scene->ends[ROLE_SRC], *dst = &scene->ends[ROLE_DST];

	if (src->netns != dst->netns || !src->netns)
		return 0;
	log_error("%s and %s are the same place: they share one network namespace", src->name,
		  dst->name);
	return -EINVAL;
}

int scene_build(const struct options *o, struct scene *scene, struct places *places)
{
	struct operand *ops __free = calloc(2, sizeof(*ops)); /* 20 KiB each */
	int err;

	*places = (struct places){ .netns = { -1, -1, -1, -1 } };
	*scene = (struct scene){ .request = o->request };
	if (!ops)
		return -ENOMEM;
	err = host_describe(scene);
	if (!err)
		err = engine_read(o, scene, places);
	for (int r = 0; r < 2 && !err; r++) {
		ops[r].word = r == ROLE_SRC ? o->src : o->dst;
		ops[r].role = r;
		ops[r].end = &scene->ends[r];
		err = operand_resolve(places, &ops[r]);
	}
	if (!err)
		err = attachments_choose(ops, o->network, &scene->shared);
	if (!err)
		err = namespaces_open(ops, scene, places);
	if (!err)
		err = same_place(scene);
	if (!err && !scene->shared && !o->network && addr_parse(o->src, &(struct ip){ 0 }))
		source_choose(scene, places, &ops[ROLE_SRC]);
	if (!err)
		err = networks_read(places->docker, ops, scene);
	if (err)
		return err;
	devices_read(scene, places);
	routes_read(scene, places);
	neighbours_read(scene, places);
	programs_read(scene, places);
	firewall_read(scene, places);
	return 0;
}

/* ---- what the kernel side is told --------------------------------------------- */

static void pair_add(struct dd_filter *f, int *n, const struct ip *a, const struct ip *b)
{
	if (a->family != AF_INET || b->family != AF_INET || *n == DD_ARP_PAIRS)
		return;
	memcpy(f->arp[*n][0], a->bytes, 4);
	memcpy(f->arp[*n][1], b->bytes, 4);
	(*n)++;
}

void scene_filter(const struct scene *scene, struct dd_filter *out)
{
	const struct endpoint *src = &scene->ends[ROLE_SRC], *dst = &scene->ends[ROLE_DST];
	struct dd_filter f = { .netns = { src->netns, dst->netns, scene->host_netns } };
	const uint32_t devices[] = { src->host_device.ifindex, dst->host_device.ifindex };
	int pairs = 0, n = 0;

	pair_add(&f, &pairs, &src->ip, &dst->ip);
	for (int r = 0; r < 2; r++) {
		pair_add(&f, &pairs, &scene->ends[r].ip, &scene->next_hop[r]);
		pair_add(&f, &pairs, &scene->routes[ROLE_HOST][r].source, &scene->ends[!r].ip);
	}
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
		if (devices[i])
			f.devices[n++] = devices[i];
	*out = f;
}

/* A container that was started anew has another namespace. */
static bool lives_on(const struct endpoint *end, const struct places *p, const struct container *now)
{
	int fd __close = now->running ? netns_open_in(docker_pid(p->docker), now->pid) : -1;
	uint32_t inum;

	return fd >= 0 && !netns_inum(fd, &inum) && inum == end->netns;
}

bool scene_still_there(const struct scene *scene, const struct places *p)
{
	for (int r = 0; r < 2; r++) {
		const struct endpoint *end = &scene->ends[r];
		struct container now = { 0 };
		int err;

		if (end->kind != ENDPOINT_CONTAINER)
			continue;
		err = docker_container(p->docker, end->id, &now);
		/* an engine that does not answer now takes nothing back of what was seen */
		if ((err && err != -ENOENT) || (!err && lives_on(end, p, &now)))
			continue;
		log_error("container %s was %s during the trace: docker start %s, then try again",
			  end->name, now.running ? "restarted" : "stopped", end->name);
		return false;
	}
	return true;
}
