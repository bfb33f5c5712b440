/* SPDX-License-Identifier: GPL-2.0 */
/* The part of a checkup that looks into overlay networks. */
#include "cmd/checkup_overlay.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "core/judge.h"
#include "source/ethtool.h"
#include "source/overlay.h"
#include "source/sockdiag.h"
#include "source/topo_dump.h"

#define VXLAN_PORT 4789 /* unless the swarm was told another */
#define SETTLE_NS 200000000 /* for what nodes tell each other to get from the engine into the kernel */

/* With a scene, those of the two alone. */
static bool is_wanted(const struct checkup *c, const struct net_view *net)
{
	return !strcmp(net->network.driver, "overlay") &&
	       (!c->scene || net == c->nets[0] || net == c->nets[1]);
}

/* The engine keeps all of its namespaces in one directory. */
static const char *any_sandbox(const struct checkup *c)
{
	for (size_t i = 0; i < c->n_places; i++)
		if (c->places[i].sandbox[0])
			return c->places[i].sandbox;
	return NULL;
}

static void inside_free(struct net_view *net)
{
	if (net->inside)
		topo_dump_free(net->inside);
	free(net->inside);
	net->inside = NULL;
}

/* Without it nothing of the network is judged. */
static void inside_read(struct net_view *net, int engine_pid, const char *sandbox)
{
	struct place *p __free = calloc(1, sizeof(*p));
	int netns __close = -1;
	int err;

	inside_free(net);
	if (!p || !sandbox)
		return;
	netns = overlay_open(engine_pid, sandbox, net->network.id, p->name, sizeof(p->name));
	err = netns < 0 ? netns : topo_dump_devices(netns, p);
	err = err ?: topo_dump_neighs(netns, p);
	err = err ?: topo_dump_fdbs(netns, p);
	if (err)
		topo_dump_free(p);
	else
		net->inside = take_ptr(p);
}

static uint16_t port_of(const struct place *inside)
{
	for (size_t i = 0; inside && i < inside->n_devices; i++)
		if (inside->devices[i].vxlan_port)
			return inside->devices[i].vxlan_port;
	return 0;
}

/* Where the device cannot be seen: whether the host has the socket that one would have. */
static uint16_t port_by_socket(const struct net_view *net, int netns)
{
	struct service s = { 0 };

	for (int i = 0; i < net->n_peers; i++)
		if (!sockdiag_service(netns, IPPROTO_UDP, &net->peers[i], VXLAN_PORT, &s) && s.takers)
			return VXLAN_PORT;
	return 0;
}

/* Of the device that has the address by which the host is known to the other nodes. */
static void cards_read(struct checkup *c, const struct net_view *net, int netns)
{
	for (size_t i = 0; i < c->host.n_devices; i++) {
		struct device *d = &c->host.devices[i];

		for (int k = 0; k < net->n_peers && !d->driver[0]; k++)
			if (judge_has_ip(d, &net->peers[k]))
				ethtool_driver(netns, d->link.name, d->driver, sizeof(d->driver), &d->tx_checksums);
	}
}

static void overlay_read(struct checkup *c, struct net_view *net, struct docker *docker)
{
	docker_tasks(docker, net);
	inside_read(net, docker_pid(docker), any_sandbox(c));
}

void checkup_overlays(struct checkup *c, struct docker *docker, int netns)
{
	const struct timespec settle = { .tv_nsec = SETTLE_NS };

	for (size_t i = 0; i < c->n_networks; i++) {
		struct net_view *net = &c->networks[i];

		if (!is_wanted(c, net))
			continue;
		overlay_read(c, net, docker);
		/* somebody may just have come, or left */
		if (judge_misses_peers(c, net)) {
			nanosleep(&settle, NULL);
			overlay_read(c, net, docker);
		}
		cards_read(c, net, netns);
		net->vxlan_port = port_of(net->inside) ?: port_by_socket(net, netns);
	}
}

void checkup_overlays_free(struct checkup *c)
{
	for (size_t i = 0; i < c->n_networks; i++)
		inside_free(&c->networks[i]);
}
