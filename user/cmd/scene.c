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
#include "cmd/bare.h"
#include "cmd/operand.h"
#include "source/daemon.h"
#include "source/cgroup.h"
#include "source/netns.h"
#include "source/ruleset.h"
#include "source/snmp.h"
#include "source/topo.h"

void places_close(struct places *p)
{
	for (int r = 0; r < N_ROLES; r++)
		if (p->netns[r] >= 0)
			close(p->netns[r]);
	for (int r = 0; r < 2; r++)
		if (p->cgroups[r] >= 0)
			close(p->cgroups[r]);
	if (p->counting >= 0)
		close(p->counting);
	docker_close(p->docker);
}

int scene_host(struct scene *scene)
{
	struct utsname name;

	if (uname(&name))
		return -errno;
	text_copy(scene->kernel, sizeof(scene->kernel), name.release);
	text_copy(scene->arch, sizeof(scene->arch), name.machine);
	text_copy(scene->tool_version, sizeof(scene->tool_version), DOCKDROP_VERSION);
	return 0;
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
		if (p->netns[r] >= 0)
			; /* the word named it */
		else if (end->kind == ENDPOINT_HOST)
			p->netns[r] = fcntl(p->netns[ROLE_HOST], F_DUPFD_CLOEXEC, 0);
		else
			p->netns[r] = netns_open_in(docker_pid(p->docker), ops[r].container.pid);
		if (end->id[0] && !ops[r].container.paused)
			p->cgroups[r] = cgroup_open_in(docker_pid(p->docker), ops[r].container.pid,
						       scene->cgroups[r], sizeof(scene->cgroups[r]));
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
		if (end->ip.family == AF_INET6)
			topo_link_local(p->netns[r], end->device.ifindex, &end->link_local);
	}
	if (scene->network.bridge[0])
		topo_link_by_name(host, scene->network.bridge, &scene->bridge);
}

/* The host's own source address is known only once it has been asked for a route. */
static void routes_read(struct scene *scene, const struct places *p)
{
	struct endpoint *src = &scene->ends[ROLE_SRC], *dst = &scene->ends[ROLE_DST];
	const struct ip any = { 0 };
	int host = p->netns[ROLE_HOST];

	if (p->netns[ROLE_SRC] >= 0)
		topo_route(p->netns[ROLE_SRC], &any, &dst->ip, 0, &scene->routes[ROLE_SRC][DIR_REQUEST]);
	if (!src->ip.family)
		src->ip = scene->routes[ROLE_SRC][DIR_REQUEST].source;
	if (p->netns[ROLE_DST] >= 0 && src->ip.family)
		topo_route(p->netns[ROLE_DST], &any, &src->ip, 0, &scene->routes[ROLE_DST][DIR_REPLY]);
	if (scene->shared)
		return;
	if (scene->dst_network.bridge[0])
		topo_link_by_name(host, scene->dst_network.bridge, &scene->dst_bridge);
	topo_route(host, &src->ip, &dst->ip, scene->bridge.ifindex,
		   &scene->routes[ROLE_HOST][DIR_REQUEST]);
	topo_route(host, &dst->ip, &src->ip, scene->dst_bridge.ifindex,
		   &scene->routes[ROLE_HOST][DIR_REPLY]);
	if (dst->ip.family != AF_INET6)
		return;
	topo_link_local(host, scene->bridge.ifindex, &scene->bridge_link_local[ROLE_SRC]);
	topo_link_local(host, scene->dst_bridge.ifindex, &scene->bridge_link_local[ROLE_DST]);
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

/* The host meets the others on its bridge by the bridge's own device. */
static uint32_t port_of(const struct scene *scene, int r)
{
	return scene->ends[r].kind == ENDPOINT_HOST ? scene->bridge.ifindex :
						      scene->ends[r].host_device.ifindex;
}

static void fdb_read(const struct scene *scene, const struct places *p, struct fdb out[2])
{
	for (int r = 0; r < 2; r++) {
		const struct endpoint *end = &scene->ends[r];

		if (scene->bridge.ifindex && end->host_device.ifindex)
			topo_fdb(p->netns[ROLE_HOST], scene->bridge.ifindex, end->device.mac,
				 scene->vlans[!r].pvid, &out[r]);
	}
}

static void bridge_read(struct scene *scene, const struct places *p)
{
	int host = p->netns[ROLE_HOST];

	for (int r = 0; r < 2 && scene->bridge.vlan_filtering; r++)
		topo_port_vlan(host, port_of(scene, r), 0, &scene->vlans[r]);
	for (int r = 0; r < 2 && scene->bridge.vlan_filtering; r++)
		topo_port_vlan(host, port_of(scene, r), scene->vlans[!r].pvid, &scene->vlans[r]);
	fdb_read(scene, p, scene->fdb);
}

static void attached_of(struct scene *scene, int netns, const char *where, const struct link *link)
{
	struct program *programs = &scene->programs[scene->n_programs];
	struct queue *queues = &scene->queues[scene->n_queues];
	int n;

	if (netns < 0 || !link->ifindex)
		return;
	n = topo_programs(netns, link->ifindex, programs, PROGRAMS_MAX - scene->n_programs);
	for (int i = 0; i < n; i++)
		text_copy(programs[i].netns, sizeof(programs[i].netns), where);
	scene->n_programs += n > 0 ? n : 0;
	n = topo_queues(netns, link->ifindex, queues, QUEUES_MAX - scene->n_queues);
	for (int i = 0; i < n; i++)
		text_copy(queues[i].netns, sizeof(queues[i].netns), where);
	scene->n_queues += n > 0 ? n : 0;
}

/* Of the kernel's own sockets, which answer pings, no cgroup's programs see anything. */
static void cgroup_of(struct scene *scene, const struct places *p, int r)
{
	struct program *programs = &scene->programs[scene->n_programs];
	int n = p->cgroups[r] < 0 ? 0 : cgroup_programs(p->cgroups[r], programs,
							PROGRAMS_MAX - scene->n_programs);

	for (int i = 0; i < n; i++)
		text_copy(programs[i].netns, sizeof(programs[i].netns), scene->ends[r].name);
	scene->n_programs += n > 0 ? n : 0;
}

int scene_sender(const struct scene *scene, const struct places *p)
{
	for (int i = 0; i < scene->n_programs; i++)
		if (scene->programs[i].place == PLACE_CGROUP &&
		    !strcmp(scene->programs[i].netns, scene->ends[ROLE_SRC].name))
			return p->cgroups[ROLE_SRC];
	return -1;
}

static void attached_read(struct scene *scene, const struct places *p)
{
	scene->n_programs = scene->n_queues = 0;
	for (int r = 0; r < 2; r++) {
		cgroup_of(scene, p, r);
		attached_of(scene, p->netns[r], scene->ends[r].name, &scene->ends[r].device);
		attached_of(scene, p->netns[ROLE_HOST], "host", &scene->ends[r].host_device);
	}
	attached_of(scene, p->netns[ROLE_HOST], "host", &scene->bridge);
}

static bool is_beside(const struct program *a, const struct program *b)
{
	return a->place != PLACE_CGROUP && b->place != PLACE_CGROUP && a->ingress == b->ingress &&
	       !strcmp(a->device, b->device) && !strcmp(a->netns, b->netns);
}

/* Which of several programs ends a packet only shows in how often they run. */
static bool has_several(const struct scene *scene)
{
	for (int i = 1; i < scene->n_programs; i++)
		if (is_beside(&scene->programs[i - 1], &scene->programs[i]))
			return true;
	return false;
}

static void programs_count(struct scene *scene, struct places *p)
{
	if (!has_several(scene) || p->counting >= 0)
		return;
	p->counting = topo_count();
	attached_read(scene, p);
}

/* Nothing is known of counts if something was attached or detached in the meantime. */
static void counts_read(struct scene *scene, const struct places *p)
{
	struct scene *now __free = malloc(sizeof(*now)); /* some 40 KiB */

	if (!now)
		return;
	*now = *scene;
	attached_read(now, p);
	for (int i = 0; i < scene->n_programs; i++) {
		struct program *before = &scene->programs[i], *after = &now->programs[i];

		before->counted &= now->n_programs == scene->n_programs && before->id == after->id &&
				   before->priority == after->priority;
		before->count_after = after->count;
	}
	for (int i = 0; i < scene->n_queues; i++) {
		struct queue *before = &scene->queues[i], *after = &now->queues[i];

		before->drops_after = now->n_queues == scene->n_queues &&
				      before->handle == after->handle ? after->drops : before->drops;
	}
}

void scene_refresh(struct scene *scene, const struct places *p)
{
	fdb_read(scene, p, scene->fdb_after);
	if (scene->n_programs || scene->n_queues)
		counts_read(scene, p);
}

/* The engine says "iptables" for either kind; the rules themselves say which. */
void scene_firewall(struct scene *scene, const struct places *p)
{
	const char *knob = scene->ends[ROLE_DST].ip.family == AF_INET6 ?
				   "bridge/bridge-nf-call-ip6tables" :
				   "bridge/bridge-nf-call-iptables";
	char backend[SHORT_LEN] = "";
	int back __leave_netns = -1;
	int on;

	if (!ruleset_backend(p->netns[ROLE_HOST], backend, sizeof(backend)) && backend[0])
		text_copy(scene->engine.firewall_backend, sizeof(scene->engine.firewall_backend),
			  backend);
	if (!scene->engine.firewalld)
		scene->engine.firewalld = ruleset_firewalld(p->netns[ROLE_HOST]);
	back = netns_enter(p->netns[ROLE_HOST]);
	scene->br_netfilter = back >= 0 && !netns_sysctl(knob, &on) && on;
}

/* A name is for the engine to resolve; where a namespace is named, "host" and addresses need none. */
static bool needs_engine(const struct options *o)
{
	const char *words[] = { o->src, o->dst };
	bool bare = bare_is(o->src) || bare_is(o->dst);

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!bare_is(words[i]) && strcmp(words[i], "host") &&
		    addr_parse(words[i], &(struct ip){ 0 }))
			return true;
	return o->engine || !bare;
}

int scene_engine(const char *url, struct scene *scene, struct places *p)
{
	int err = docker_open(url, &p->docker);

	if (!err)
		err = docker_engine(p->docker, &scene->engine);
	if (err)
		return err;
	daemon_settings(docker_pid(p->docker), &scene->engine);
	p->netns[ROLE_HOST] = netns_open(docker_pid(p->docker));
	if (p->netns[ROLE_HOST] >= 0)
		return 0;
	log_error("the engine's network namespace cannot be opened (%s): run as root on the engine's "
		  "own host", strerror(-p->netns[ROLE_HOST]));
	return p->netns[ROLE_HOST];
}

static int engine_read(const struct options *o, struct scene *scene, struct places *p)
{
	if (needs_engine(o))
		return scene_engine(o->engine, scene, p);
	p->netns[ROLE_HOST] = netns_open(0);
	return p->netns[ROLE_HOST] < 0 ? p->netns[ROLE_HOST] : 0;
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

void scene_way(struct scene *scene, const struct places *p)
{
	devices_read(scene, p);
	routes_read(scene, p);
	neighbours_read(scene, p);
	bridge_read(scene, p);
	attached_read(scene, p);
}

void scene_reread(struct scene *scene, struct places *p)
{
	for (int r = 0; r < 2; r++) {
		struct endpoint *end = &scene->ends[r];

		end->device = end->host_device = (struct link){ 0 };
		scene->neighbours[r] = (struct neighbour){ 0 };
	}
	scene->bridge = scene->dst_bridge = (struct link){ 0 };
	memset(scene->routes, 0, sizeof(scene->routes));
	scene->n_programs = 0;
	scene_way(scene, p);
	programs_count(scene, p);
	scene_firewall(scene, p);
}

void scene_checksums(struct places *p)
{
	for (int r = 0; r < N_ROLES; r++)
		p->bad_checksums[r].known = p->netns[r] >= 0 &&
					    !snmp_bad_checksums(p->netns[r], &p->bad_checksums[r].n);
}

int scene_build(const struct options *o, struct scene *scene, struct places *places)
{
	struct operand *ops __free = calloc(2, sizeof(*ops)); /* 20 KiB each */
	int family, err;

	*places = PLACES_NONE;
	*scene = (struct scene){ .request = o->request };
	if (!ops)
		return -ENOMEM;
	err = scene_host(scene);
	if (!err)
		err = engine_read(o, scene, places);
	for (int r = 0; r < 2; r++) {
		ops[r].word = r == ROLE_SRC ? o->src : o->dst;
		ops[r].role = r;
		ops[r].end = &scene->ends[r];
	}
	if (!err)
		err = operands_family(ops, o->family, &family);
	for (int r = 0; r < 2 && !err; r++)
		err = operand_resolve(places, &ops[r]);
	if (!err)
		err = operands_match(places, ops);
	if (!err)
		err = operands_choose(ops, o->network, family, &scene->shared);
	if (!err)
		err = namespaces_open(ops, scene, places);
	if (!err)
		err = same_place(scene);
	scene->choice = operand_choice(ops, o->network, scene->shared);
	scene->n_choices = ops[ROLE_SRC].container.n_networks;
	if (!err && scene->choice == CHOICE_FIRST && !o->network &&
	    operand_by_route(scene, places, &ops[ROLE_SRC]))
		scene->choice = CHOICE_ROUTE;
	if (!err)
		err = operands_networks(places, ops, scene);
	if (err)
		return err;
	scene_way(scene, places);
	programs_count(scene, places);
	scene_firewall(scene, places);
	return 0;
}

/* ---- what the kernel side is told --------------------------------------------- */

static void pair_add(struct dd_filter *f, int *n, const struct ip *a, const struct ip *b)
{
	if (!a->family || a->family != b->family || *n == DD_NEIGH_PAIRS)
		return;
	memcpy(f->neigh[*n][0], a->bytes, addr_len(a->family));
	memcpy(f->neigh[*n][1], b->bytes, addr_len(b->family));
	(*n)++;
}

void scene_filter(const struct scene *scene, struct dd_filter *out)
{
	const struct endpoint *src = &scene->ends[ROLE_SRC], *dst = &scene->ends[ROLE_DST];
	struct dd_filter f = { .netns = { src->netns, dst->netns, scene->host_netns } };
	const uint32_t devices[] = { src->host_device.ifindex, dst->host_device.ifindex };
	int pairs = 0, n = 0;

	/* IPv6 asks from the link-local address what it forwards, and what it only wants to confirm */
	pair_add(&f, &pairs, &src->ip, &dst->ip);
	for (int r = 0; r < 2; r++) {
		pair_add(&f, &pairs, &scene->ends[r].ip, &scene->next_hop[r]);
		pair_add(&f, &pairs, &scene->ends[r].link_local, &scene->next_hop[r]);
		pair_add(&f, &pairs, &scene->ends[r].link_local, &scene->ends[!r].ip);
		pair_add(&f, &pairs, &scene->bridge_link_local[r], &scene->ends[r].ip);
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
		if (!end->id[0]) {
			if (!bare_still_there(end->name, end->netns))
				return false;
			continue;
		}
		err = docker_inspect(p->docker, end->id, &now);
		/* an engine that does not answer now takes nothing back of what was seen */
		if ((err && err != -ENOENT) || (!err && lives_on(end, p, &now)))
			continue;
		log_error("container %s was %s during the trace: docker start %s, then try again",
			  end->name, now.running ? "restarted" : "stopped", end->name);
		return false;
	}
	return true;
}
