/* SPDX-License-Identifier: GPL-2.0 */
/* A rule of a firewall, whose it is, and what else drops on a netfilter hook. */
#ifndef DD_RULE_H
#define DD_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "lengths.h"

enum backend { BACKEND_NONE, BACKEND_IPTABLES_NFT, BACKEND_IPTABLES_LEGACY, BACKEND_NFTABLES, BACKEND_EBTABLES };

/* Whose rule it is; core/owners.def tells by what. UNKNOWN: a policy, or in a chain of Docker's and none of its forms. */
enum owner {
	OWNER_UNKNOWN, OWNER_USER, OWNER_DOCKER, OWNER_UFW, OWNER_FIREWALLD, OWNER_KUBERNETES,
	OWNER_FAIL2BAN, OWNER_TAILSCALE, OWNER_WIREGUARD, OWNER_LIBVIRT, OWNER_PODMAN, OWNER_LXD,
	N_OWNERS,
};

/* What a rule of Docker's that drops is there for; core/docker_rules.def tells by what. */
enum purpose {
	PURPOSE_NONE, /* it is none of Docker's */
	PURPOSE_ISOLATION, PURPOSE_INTERNAL, PURPOSE_ICC, PURPOSE_DIRECT, PURPOSE_DIRECT_PORT,
	PURPOSE_UNPUBLISHED, PURPOSE_LOOPBACK,
	N_PURPOSES,
};

/* A rule as its own tool prints it. */
struct rule {
	enum backend backend;
	uint8_t family;    /* NFPROTO_* */
	char table[NFT_NAME_LEN];
	char chain[NFT_NAME_LEN];
	uint64_t handle;   /* 0: the backend has none */
	int index;         /* from 1; 0: unknown */
	char text[RULE_LEN]; /* empty: unknown */
	bool legacy;       /* of ebtables: ebtables-legacy has it */
	bool policy;       /* no rule matched: the chain's policy */
	bool ambiguous;    /* more than one rule fits; index and text are those of the first */
	bool counted;      /* told by its counter alone, read before and after */
	bool changed;      /* the ruleset changed between the first probe and the reading */
	bool device_gone;  /* the rule names a device that its namespace does not have */
};

enum culprit_kind {
	CULPRIT_NONE,
	CULPRIT_CONNTRACK, /* connection tracking */
	CULPRIT_CT_FULL,   /* ... because its table is full */
	CULPRIT_PROGRAM,   /* a BPF program on the hook */
	CULPRIT_QUEUE,     /* a queue that did not take the packet */
};

/* What dropped on a netfilter hook and is not a rule, or not the rule alone. */
struct culprit {
	enum culprit_kind kind;
	bool certain;   /* the kernel said so; else it is concluded from counters and from what is attached */
	bool ambiguous; /* others fit as well */
	uint64_t count, max; /* CULPRIT_CT_FULL: entries, and how many there may be */
	uint32_t program;    /* CULPRIT_PROGRAM: its id, ... */
	char name[SHORT_LEN]; /* empty: it has none */
	uint32_t link;       /* ... that of its link, and its priority on the hook */
	int32_t priority;
	int queue;           /* CULPRIT_QUEUE: its number; -1: unknown */
	bool unattended;     /* nobody listens to it; false: somebody does, or it is not known */
};

#endif
