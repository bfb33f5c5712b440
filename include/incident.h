/* SPDX-License-Identifier: GPL-2.0 */
/* The nouns of watch, record and report: drops of one kind, and how many there were. */
#ifndef DD_INCIDENT_H
#define DD_INCIDENT_H

#include "counted.h"
#include "model.h"

#define HISTORY_LEN 60 /* seconds */
#define STACK_TEXT_LEN 1024
#define LOSS_BLAMED 2

/* What is said of a loss that is explained. */
enum loss_text {
	LOSS_CAUSE,
	LOSS_REMEDY, /* and those behind it */
	LOSS_TABLE = LOSS_REMEDY + REMEDIES_MAX,
	LOSS_CHAIN,
	LOSS_RULE,
	LOSS_STACK, /* "inner < outer" */
	N_LOSS_TEXTS,
};

/* One end of lost packets; for an address that is nobody's here the name is the address. */
struct party {
	enum endpoint_kind kind;
	char name[NAME_LEN];
	char id[ID_LEN]; /* empty unless a container */
	struct ip ip;    /* family 0: none, or more than one */
};

enum loss_class {
	LOSS_SHOWN,     /* touches a container, and is what was asked for */
	LOSS_UNWANTED,  /* touches a container, and is not */
	LOSS_NOISE,     /* happens in healthy networks */
	LOSS_ELSEWHERE, /* touches no container of the engine */
	N_LOSS_CLASSES,
};

/* Drops that have everything but the moment in common. */
struct loss {
	uint32_t n; /* from 1, never given again */
	enum loss_class class;
	struct party src, dst;
	char network[NAME_LEN]; /* empty: none */
	char netns[NAME_LEN];   /* "host", the container's name; empty: unknown */
	char device[DD_IFNAME_LEN];
	struct symbol where;
	uint64_t location;         /* for a function that has no name */
	char reason[SHORT_LEN]; /* empty: this kernel has none */
	enum layer layer;
	uint16_t ethertype;
	uint8_t l4;
	uint16_t port;    /* as in struct dd_flow */
	bool port_of_src; /* it is the sender's */
	uint32_t length;  /* of the first that was sampled; 0: none was */
	char noise[SENTENCE_LEN / 4]; /* why it is LOSS_NOISE; else empty */

	bool explained;    /* the members below are set */
	char *texts[N_LOSS_TEXTS]; /* owned, each as long as it is: room for the longest is 12 KiB; NULL: none */
	struct {
		char id[SHORT_LEN]; /* empty: none */
		enum confidence confidence;
	} cause;
	bool in_netfilter, hook_known;
	uint8_t hook_pf, hook_num;
	struct { /* as it was then; as in struct rule */
		bool known;
		enum backend backend;
		uint8_t family;
		uint64_t handle;
		int index;
		bool policy, ambiguous, counted;
	} rule;
	enum owner owner;
	uint8_t blame;     /* how well it is known who dropped it on a hook: LOSS_BLAMED, of several 1, 0: not */

	uint64_t total;    /* exact */
	uint64_t sampled;  /* of these, how many were shown or written */
	uint64_t first_ns, last_ns; /* CLOCK_REALTIME, of the second in which they were counted */
	uint32_t history[HISTORY_LEN]; /* by second, modulo HISTORY_LEN */
};

/* What was counted, all of it: the sum of the members but for unsampled is every drop of the host. */
struct loss_totals {
	uint64_t by_class[N_LOSS_CLASSES];
	uint64_t other;     /* the kernel's table was full: of whatever kind */
	uint64_t missed;    /* came while the program ran: of whatever kind */
	uint64_t filtered;  /* the kernel side was told to leave them out */
	uint64_t local;     /* unix sockets, netlink: no packets of a network */
	uint64_t unsampled; /* samples that were lost; their packets are counted */
	uint64_t malformed; /* samples that could not be read */
	uint64_t folded;    /* in by_class, of kinds that are no longer listed */
};

#endif
