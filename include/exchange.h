/* SPDX-License-Identifier: GPL-2.0 */
/* Who talks to whom, and how: what was asked for, the two ends, and what lies between them. */
#ifndef DD_EXCHANGE_H
#define DD_EXCHANGE_H

#include "engine.h"
#include "topology.h"

#define PROGRAMS_MAX 16
#define QUEUES_MAX 8

enum role { ROLE_SRC, ROLE_DST, ROLE_HOST, ROLE_OTHER };
#define N_ROLES 4

enum endpoint_kind { ENDPOINT_CONTAINER, ENDPOINT_HOST, ENDPOINT_ADDRESS };

struct endpoint {
	enum endpoint_kind kind;
	char name[NAME_LEN]; /* container's name, "host", or the address as text */
	char id[ID_LEN];     /* empty unless a container */
	struct ip ip;
	int prefix_len;      /* of its subnet; 0: unknown */
	bool paused;         /* the engine has frozen it */
	struct ip link_local; /* of the device; what IPv6 may ask its neighbours from; family 0: none */
	uint8_t mac[6]; /* as the engine says; has_mac false: unknown */
	bool has_mac;
	uint32_t netns;          /* inode number, 0: outside this host */
	struct link device;      /* in its own namespace; the one that holds ip */
	struct link host_device; /* the veth's other end in the host; ifindex 0: none found */
};

/* What the user asked for; the defaults are set by the options. */
struct request {
	int protocol;  /* IPPROTO_ICMP for either family's, IPPROTO_TCP, IPPROTO_UDP */
	uint16_t port; /* host order, 0 for ICMP */
	int count;     /* probes, 1 to DD_PROBES_MAX */
	int size;      /* payload bytes of ICMP and UDP, at least 16 */
	bool df;
	int timeout_ms;
	bool passive; /* nothing is sent; protocol 0: whatever there is; timeout_ms 0: none */
};

/* Why the source's network was taken, where it is on several. */
enum choice {
	CHOICE_ONLY,    /* it is on no other */
	CHOICE_ASKED,   /* by --network, or by an address on it */
	CHOICE_SHARED,  /* the destination is on it, too */
	CHOICE_ROUTE,   /* its routes lead there */
	CHOICE_FIRST,   /* as good as any */
	N_CHOICES,
};

/*
 * Everything that was read before the first probe left, and that the verdict
 * is drawn from besides the events. Filled by cmd/trace.c, read by core/.
 */
struct scene {
	char tool_version[SHORT_LEN];
	char kernel[SHORT_LEN];
	char arch[SHORT_LEN];
	char attach[SHORT_LEN]; /* "tracepoint", ... */
	struct engine engine;
	struct request request;
	struct endpoint ends[2]; /* ROLE_SRC, ROLE_DST */
	bool shared;             /* the two are on one network, .network */
	enum choice choice;      /* why .network */
	int n_choices;           /* how many networks the source is on */
	struct network network;  /* the shared one, else the source's; id empty: none */
	struct network dst_network; /* when not shared: the destination's */
	struct link bridge;      /* of .network, in the host */
	struct port_vlan vlans[2]; /* [role]: of the port, where .bridge filters VLANs */
	struct fdb fdb[2];       /* [role]: for the device's MAC; before the first probe, */
	struct fdb fdb_after[2]; /* and when the verdict is drawn */
	struct link dst_bridge;  /* of .dst_network */
	uint32_t host_netns;     /* the engine's namespace, inode number */
	bool lone;               /* one packet of somebody else's is all that is known */
	bool br_netfilter;       /* bridged frames of the family meet iptables, ip6tables */
	struct route routes[3][2]; /* [role][0: towards dst, 1: towards src] */
	struct neighbour neighbours[2]; /* [role]: its entry for the other, or for its next hop */
	struct ip next_hop[2];     /* [role]: the gateway it sends through; family 0: on the link */
	struct ip bridge_link_local[2]; /* [role]: of the bridge that routes for it; family 0: none */
	struct program programs[PROGRAMS_MAX]; /* on the devices of the path */
	int n_programs;
	char cgroups[2][NAME_LEN]; /* [role]: the container's directory of cgroup2; empty: not known */
	struct queue queues[QUEUES_MAX]; /* the same */
	int n_queues;
};

#endif
