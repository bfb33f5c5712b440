/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What rtnetlink knows of one network namespace: links, addresses, routes, neighbours, tc programs.
 * Every call takes a namespace descriptor (netns.h), asks for the one thing it needs and not for a
 * dump of everything, and returns 0 or a negative errno: -ENOENT/-ENODEV if there is none.
 * Nothing is changed, ever. Not logged: an absent thing is a finding. The owner of libmnl.
 */
#ifndef DD_TOPO_H
#define DD_TOPO_H

#include "model.h"

int topo_link_by_index(int netns, uint32_t ifindex, struct link *out);
int topo_link_by_name(int netns, const char *name, struct link *out);

/* By its link-layer address: for a container's namespace, where the dump that it takes is short. */
int topo_link_by_mac(int netns, const uint8_t mac[6], struct link *out);

/* The link that holds the address. */
int topo_link_by_addr(int netns, const struct ip *ip, struct link *out);

struct topo_address {
	struct ip ip;
	int prefix_len;
	uint32_t ifindex;
};

/* The global addresses of a family, in the kernel's order; how many, at most max. */
int topo_addresses(int netns, int family, struct topo_address *out, int max);

/*
 * The IPv6 link-local address of a link, where it has several the one that the kernel asks its
 * neighbours from (__ipv6_get_lladdr() in net/ipv6/addrconf.c). -ENOENT: it has none.
 */
int topo_link_local(int netns, uint32_t ifindex, struct ip *out);

/*
 * How the namespace would send from src (family 0: unspecified) to dst; iif 0: its own traffic,
 * else traffic that came in there. Fills .type for a route that forbids, and for none. Where the
 * route is good and the kernel would not take it all the same (forwarding is off, rp_filter, a
 * source that is not ours) the error is the kernel's: -EHOSTUNREACH, -EINVAL, -EXDEV, -ENETUNREACH.
 */
int topo_route(int netns, const struct ip *src, const struct ip *dst, uint32_t iif,
	       struct route *out);

/*
 * What the kernel says to taking in a packet that comes by the device iif: 0, or the error with which it would
 * drop it: -EXDEV by rp_filter, -EINVAL for addresses that cannot be there, -EHOSTUNREACH where it
 * does not forward; since 6.13 -EINVAL for each of the three.
 */
int topo_input(int netns, const struct ip *src, const struct ip *dst, uint32_t iif);

/*
 * A route of the main table, not the default one, that shares addresses with ip/prefix_len and does
 * not leave by the device ifindex. -ENOENT: there is none.
 */
int topo_overlap(int netns, const struct ip *ip, int prefix_len, uint32_t ifindex,
		 struct overlap *out);

/* The neighbour entry; .known false if there is none. */
int topo_neighbour(int netns, uint32_t ifindex, const struct ip *ip, struct neighbour *out);

/*
 * What a port of a VLAN-filtering bridge, or the bridge itself, does with its VLANs; vid is the one that
 * .takes and .untags are about, 0: none. .known false: not a port, or no filtering in this kernel (5.6).
 */
int topo_port_vlan(int netns, uint32_t ifindex, uint16_t vid, struct port_vlan *out);

/* Where the bridge sends what is addressed to mac; vid 0: it does not filter VLANs. */
int topo_fdb(int netns, uint32_t bridge, const uint8_t mac[6], uint16_t vid, struct fdb *out);

/*
 * The XDP programs, tc filters (clsact, ingress and root qdisc) and tcx programs of a device, in the
 * order in which a packet meets them, ingress first. out[n].netns is left empty; .count is what was
 * counted so far: of BPF programs only while topo_count() is on. Returns how many were found, at most
 * max, or a negative errno, and then out holds nothing of use.
 */
int topo_programs(int netns, uint32_t ifindex, struct program *out, int max);

/*
 * Has the kernel count how often BPF programs run, all of them, until the descriptor is closed; or a
 * negative errno (before 5.8: -EINVAL).
 */
int topo_count(void);

/*
 * The queueing disciplines of a device, the root first; none if it sends without. out[n].netns is left
 * empty, .drops is what was dropped so far. As topo_programs().
 */
int topo_queues(int netns, uint32_t ifindex, struct queue *out, int max);

#endif
