/* SPDX-License-Identifier: GPL-2.0 */
/* What rtnetlink says of a network namespace: links, bridges, routes, neighbours, what sits on a device. */
#ifndef DD_TOPOLOGY_H
#define DD_TOPOLOGY_H

#include <stdbool.h>

#include "address.h"
#include "event.h"
#include "lengths.h"

/* enum values of BR_STATE_* in linux/if_bridge.h; -1: not a bridge port */
struct link {
	uint32_t ifindex; /* 0: there is no such link */
	char name[DD_IFNAME_LEN];
	char kind[16]; /* "veth", "bridge", "", ... */
	uint8_t mac[6];
	bool up;       /* IFF_UP: set up by the administrator */
	bool running;  /* IFF_LOWER_UP: there is a carrier */
	uint32_t mtu;
	uint32_t master;     /* ifindex, 0: none */
	uint32_t peer;       /* veth: the peer's ifindex in peer's namespace, 0: none */
	int32_t peer_netnsid; /* -1: the same namespace */
	uint32_t below;      /* macvlan, vlan, ...: the ifindex of the device that it hangs on, there; 0: none */
	int port_state;      /* BR_STATE_*, -1: not a bridge port */
	bool port_isolated;
	/* a bridge port that does not give out what the bridge knows no port for, or many are meant to get */
	bool no_flood, no_mcast_flood, no_bcast_flood;
	bool port_locked;    /* takes frames only of senders that the bridge knows there (5.18) */
	bool vlan_filtering; /* kind "bridge" only */
};

/* What a filtering bridge's port does with frames without a tag, and with those of the other port. */
struct port_vlan {
	bool known;
	uint16_t pvid; /* the VLAN that frames without a tag are of; 0: they are dropped */
	bool takes;    /* it is a member of the other port's VLAN */
	bool untags;   /* ... and what leaves there has no tag */
};

/* Where a bridge sends what is addressed to a MAC. */
struct fdb {
	bool asked;
	bool known;    /* there is an entry */
	bool fixed;    /* not learnt from traffic */
	bool local;    /* the bridge takes it for its own */
	uint32_t port; /* ifindex; the bridge's own: none */
	char port_name[DD_IFNAME_LEN];
};

enum route_type { ROUTE_OK, ROUTE_NONE, ROUTE_UNREACHABLE, ROUTE_PROHIBIT, ROUTE_BLACKHOLE };

/* The answer to: how would this namespace send from src to dst? */
struct route {
	bool known; /* false: not asked, or the answer could not be had */
	enum route_type type;
	uint32_t oif;
	struct ip gateway; /* family 0: dst is on the link */
	struct ip source;  /* the preferred source address */
	char device[DD_IFNAME_LEN]; /* the name of oif; empty: unknown */
};

struct neighbour {
	bool known; /* there is an entry */
	bool permanent;
	bool failed; /* NUD_FAILED or NUD_INCOMPLETE */
	uint8_t mac[6];
	bool has_mac;
};

enum program_place {
	PLACE_TC, PLACE_XDP, PLACE_XDP_GENERIC,
	PLACE_CGROUP, /* no device: netns says whose cgroup, or one above it */
};

/* A BPF program or tc filter on a device. */
struct program {
	enum program_place place;
	char kind[16]; /* "bpf", "tcx", "u32", "xdp", ... */
	char name[SHORT_LEN];
	uint32_t id;  /* BPF program id, 0: not a BPF program */
	bool ingress; /* else egress */
	char device[DD_IFNAME_LEN];
	char netns[NAME_LEN]; /* "host" or the container's name */
	uint16_t priority;    /* of a tc filter; 0: none */
	char action[16];      /* "gact", "mirred", ...; empty: none, or the program's own */
	bool drops;           /* the action ends the packet */
	uint32_t redirect;    /* the action sends it away by this ifindex; 0: it does not */
	char redirect_name[DD_IFNAME_LEN];
	/* how often a program ran, or an action dropped; before the first probe and for the verdict */
	bool counted;
	uint64_t count, count_after;
};

/* A queueing discipline; devices without one are left out. */
struct queue {
	char kind[16];
	uint32_t handle, parent;
	char device[DD_IFNAME_LEN];
	char netns[NAME_LEN]; /* "host" or the container's name */
	uint64_t drops, drops_after; /* before the first probe and for the verdict */
};

#endif
