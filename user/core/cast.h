/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who is on stage: the engine's containers and networks as they come and go. One that is gone keeps
 * its name for a while, for the drops that are counted only then.
 *
 * Addresses and inode numbers of namespaces are given again. A name is told where nobody else can be
 * meant: by a port of the bridge or the cookie of a namespace, which are not given again; else by the
 * address, while the engine says that it is the container's; and where the engine says nothing, or that
 * the container is gone, while nobody who is not known has been on the network since.
 */
#ifndef DD_CAST_H
#define DD_CAST_H

#include "model.h"

struct cast;

struct member {
	uint32_t serial;  /* never given again */
	uint32_t netns;   /* inode number; 0: not known, or the host's */
	uint16_t cookie;  /* of the namespace, as in struct dd_flow */
	bool on_host;     /* network mode "host" */
	bool fresh;       /* its addresses may stand in what is not counted yet, as somebody else's */
	bool called;      /* see cast_call() */
	uint64_t gone_ns; /* 0: it runs */
	char name[NAME_LEN];
	char id[ID_LEN];
	int pid; /* in the engine's PID namespace; 0: not known */
	int n_networks;
	struct attachment networks[];
};

struct cast_network {
	struct network net;
	uint32_t ifindex; /* of the bridge; 0: unknown */
	uint64_t stranger_ns; /* when one who was never known left it last; 0: none did */
};

int cast_new(struct cast **out);
void cast_free(struct cast *c);
void cleanup_cast(struct cast **c);

/*
 * A container as it is now, its networks first; one with the same ID is replaced, and keeps its serial,
 * also over a restart, unless it was renamed. netns 0: keeps what is known. -ENOMEM.
 */
int cast_put(struct cast *cast, const struct container *c, uint32_t netns, uint16_t cookie);
void cast_gone(struct cast *cast, const char *id, uint64_t now_ns);

/* Until it is put again it is told by its ports and its namespace alone. */
void cast_fresh(struct cast *cast, const char *id);

/*
 * A roll call: of those who run, all who are not called until it is over have gone meanwhile, at some
 * time after since_ns.
 */
void cast_roll(struct cast *cast);
void cast_call(struct cast *cast, const char *id);
void cast_roll_over(struct cast *cast, uint64_t since_ns);

/* Forgets who has been gone for long, and networks that only those were on. */
void cast_expire(struct cast *cast, uint64_t now_ns);

int cast_put_network(struct cast *cast, const struct network *net, uint32_t ifindex);

/* The engine has not been heard since then; 0: it is, and everything it said is known. */
void cast_unheard(struct cast *cast, uint64_t since_ns);

/* The device has become a port of the bridge; 0: it is none any more. -ENOMEM. */
int cast_port(struct cast *cast, uint32_t ifindex, uint32_t bridge, uint64_t now_ns);

/* Ports may have come and gone unseen: those that are there are to be told anew. */
void cast_ports_missed(struct cast *cast, uint64_t now_ns);

/* Whether it still has the ports that it had when it was put: it was not started anew. */
bool cast_is_settled(const struct cast *cast, const struct member *m);

/*
 * NULL: nobody, or not for certain. Of several the one that runs, else the one that went last.
 * Borrowed until a change. iif: the port of a bridge that the address came in by, 0: not known.
 * cookie 0: not known.
 */
const struct member *cast_by_ip(const struct cast *cast, const struct ip *ip, uint32_t iif);
const struct member *cast_by_netns(const struct cast *cast, uint32_t netns, uint16_t cookie);
const struct member *cast_by_id(const struct cast *cast, const char *id);
const struct cast_network *cast_network(const struct cast *cast, const char *id);
/* The device is its bridge, or a port of that. */
const struct cast_network *cast_network_of_device(const struct cast *cast, uint32_t ifindex);

/* In the order in which they came; NULL behind the last. */
const struct member *cast_member(const struct cast *cast, size_t i);
const struct cast_network *cast_network_at(const struct cast *cast, size_t i);

/* The attachment that has the address; NULL: none. */
const struct attachment *member_attachment(const struct member *m, const struct ip *ip);

#endif
