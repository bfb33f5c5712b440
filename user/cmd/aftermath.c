/* SPDX-License-Identifier: GPL-2.0 */
#include "cmd/aftermath.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/log.h"
#include "source/netns.h"
#include "source/process.h"
#include "source/snmp.h"
#include "source/sockdiag.h"
#include "source/topo.h"

static void knob_read(const char *family, const char *device, const char *name, int *out)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/conf/%s/%s", family, device, name);
	netns_sysctl(path, out);
}

static void knobs_read(int netns, bool ip6, const char *device, struct aftermath *out)
{
	const char *family = ip6 ? "ipv6" : "ipv4";
	int back __leave_netns = netns_enter(netns);

	if (back < 0)
		return;
	knob_read(family, "all", "forwarding", &out->forwarding);
	knob_read(family, device, "forwarding", &out->device_forwarding);
	if (ip6)
		knob_read(family, device, "disable_ipv6", &out->ip6_off);
}

/* IN_DEV_RPFILTER(): the higher of the two counts; nothing else can be wrong with such a source. */
static bool is_for_rp_filter(int netns, const struct ip *src, const char *device)
{
	int back __leave_netns = netns_enter(netns);
	int all = 0, own = 0;
	struct link link;

	knob_read("ipv4", "all", "rp_filter", &all);
	knob_read("ipv4", device, "rp_filter", &own);
	return back >= 0 && src->family == AF_INET && (all || own) && src->bytes[0] &&
	       src->bytes[0] != 127 && src->bytes[0] < 224 &&
	       topo_link_by_addr(netns, src, &link);
}

static void checksums_read(const struct places *p, enum role where, struct aftermath *out)
{
	uint64_t n;

	if (p->bad_checksums[where].known && !snmp_bad_checksums(p->netns[where], &n))
		out->bad_checksums = n - p->bad_checksums[where].n;
}

/* The packet's own addresses, which need not be those of the two any more. */
static void input_read(const struct scene *scene, const struct places *p, const struct hop *drop,
		       struct aftermath *out)
{
	enum role where = drop ? drop->role : ROLE_SRC;
	int family = scene->ends[ROLE_DST].ip.family;

	if (where == ROLE_OTHER || p->netns[where] < 0)
		return;
	knobs_read(p->netns[where], family == AF_INET6,
		   drop ? drop->device : scene->ends[ROLE_SRC].device.name, out);
	checksums_read(p, where, out);
	/* of ARP the packet has the addresses where one of IP has them */
	if (drop && (!drop->neigh || family == AF_INET)) {
		struct ip src = addr_of(family, drop->pkt.src), dst = addr_of(family, drop->pkt.dst);
		struct link link;

		out->input_err = topo_input(p->netns[where], &src, &dst, drop->ifindex);
		/* since 6.13 the kernel answers that to whatever it would drop */
		if (out->input_err == -EINVAL &&
		    is_for_rp_filter(p->netns[where], &src, drop->device))
			out->input_err = -EXDEV;
		out->has_address = drop->neigh && !topo_link_by_addr(p->netns[where], &dst, &link);
	}
}

int aftermath_service(const struct scene *scene, const struct places *p, const struct ip *ip,
		      uint16_t port, struct service *out)
{
	int err;

	if (p->netns[ROLE_DST] < 0)
		return 0;
	err = sockdiag_service(p->netns[ROLE_DST], scene->request.protocol, ip, port, out);
	/* whose process cannot be found is a service all the same */
	if (!err && out->inode)
		process_of_socket(p->docker ? docker_pid(p->docker) : 0,
				  scene->ends[ROLE_DST].netns, out);
	return err;
}

/* The address and port that the packet had in the end, which a rule may have changed. */
static void service_read(const struct scene *scene, const struct places *p, const struct hop *drop,
			 struct service *out)
{
	const struct endpoint *dst = &scene->ends[ROLE_DST];
	struct ip ip = dst->ip;
	uint16_t port = scene->request.port;
	int err;

	if (drop && !drop->neigh && drop->role == ROLE_DST && drop->pkt.dport) {
		ip = addr_of(ip.family, drop->pkt.dst);
		port = drop->pkt.dport;
	}
	err = aftermath_service(scene, p, &ip, port, out);
	if (err)
		log_debug("the service in %s: %s", dst->name, strerror(-err));
}

static void overlap_read(const struct scene *scene, const struct places *p, struct overlap *out)
{
	const struct endpoint *src = &scene->ends[ROLE_SRC];

	topo_overlap(p->netns[ROLE_HOST], &src->ip, src->prefix_len, scene->bridge.ifindex, out);
}

void aftermath_read(const struct scene *scene, const struct places *p, const struct hop *drop,
		    unsigned int looks, struct aftermath *out)
{
	struct aftermath a = { .forwarding = -1, .device_forwarding = -1, .ip6_off = -1 };

	if (looks & LOOK_INPUT)
		input_read(scene, p, drop, &a);
	if (looks & LOOK_SERVICE)
		service_read(scene, p, drop, &a.service);
	if (looks & LOOK_OVERLAP)
		overlap_read(scene, p, &a.overlap);
	*out = a;
}
