/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who is on stage: the engine's containers and networks as they come and go. One that is gone keeps
 * its name for a while, for the drops that are counted only then.
 */
#ifndef DD_CAST_H
#define DD_CAST_H

#include "model.h"

struct cast;

struct member {
	uint32_t serial;  /* never given again */
	uint32_t netns;   /* inode number; 0: not known, or the host's */
	bool on_host;     /* network mode "host" */
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
};

int cast_new(struct cast **out);
void cast_free(struct cast *c);
void cleanup_cast(struct cast **c);

/*
 * A container as it is now; one with the same ID is replaced, and keeps its serial unless it was gone.
 * netns 0: keeps what is known. -ENOMEM.
 */
int cast_put(struct cast *cast, const struct container *c, uint32_t netns);
void cast_gone(struct cast *cast, const char *id, uint64_t now_ns);

/* Forgets who has been gone for long. */
void cast_expire(struct cast *cast, uint64_t now_ns);

int cast_put_network(struct cast *cast, const struct network *net, uint32_t ifindex);

/* NULL: nobody. Of several the one that runs, else the one that went last. Borrowed until a change. */
const struct member *cast_by_ip(const struct cast *cast, const struct ip *ip);
const struct member *cast_by_netns(const struct cast *cast, uint32_t netns);
const struct member *cast_by_id(const struct cast *cast, const char *id);
const struct cast_network *cast_network(const struct cast *cast, const char *id);
const struct cast_network *cast_network_of_device(const struct cast *cast, uint32_t ifindex);

/* In the order in which they came; NULL behind the last. */
const struct member *cast_member(const struct cast *cast, size_t i);
const struct cast_network *cast_network_at(const struct cast *cast, size_t i);

/* The attachment that has the address; NULL: none. */
const struct attachment *member_attachment(const struct member *m, const struct ip *ip);

#endif
