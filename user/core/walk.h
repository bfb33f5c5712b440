/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the rules would do to a packet that nobody has sent. Rules are read as text; what depends on more
 * than the packet's description (a set, a rate, a mark) is neither a yes nor a no.
 */
#ifndef DD_WALK_H
#define DD_WALK_H

#include "checkup.h"

enum match { MATCH_NO, MATCH_MAYBE, MATCH_YES };

/* A packet as far as rules ask for it. Text is "" where there is none, a device NULL where it is not known. */
struct walk_packet {
	int family;   /* AF_INET, AF_INET6; of an ARP question AF_INET */
	bool arp;
	bool nd;      /* a neighbour solicitation, or with .reply an advertisement; l4 is IPPROTO_ICMP */
	uint8_t l4;   /* IPPROTO_ICMP for either family's */
	struct ip src, dst;
	uint16_t sport, dport; /* 0: any */
	bool reply;   /* of a connection that is known; else the first packet of a new one */
	bool any_state; /* of the connection: not known */
	bool dst_local; /* for the namespace whose rules these are */
	bool src_away;  /* certainly from elsewhere */
	bool unmarked;  /* its mark is 0, as of every packet that comes from another namespace; else not known */
	/* of an answer, family 0: none: the host's address, which it goes to until NAT gives it back .dst */
	struct ip to_host;
	const char *in, *out;
	const char *in_port, *out_port; /* of the bridge, for br_netfilter and the bridge family */
};

enum walk_end { WALK_PASSED, WALK_DROPPED, WALK_REJECTED, WALK_REWRITTEN };

/* The rule, or for index 0 the policy, of .chain. */
struct walk_result {
	enum walk_end end;
	const struct chain *chain;
	int index; /* from 1 */
	/* a rule that drops it, or not; NULL: none. Where it does not, the packet goes on. */
	const struct chain *doubt;
	int doubt_index;
	/* how many, up to the one that certainly ends it, may drop it; the last of them */
	int n_droppers;
	const struct chain *last;
	int last_index;
	bool blind; /* of one it is not known what it does */
	bool new_source; /* a rule gives it another source address, or may */
	bool marked;     /* a rule gives it a mark, or may */
};

/*
 * Through all chains of a hook (NF_INET_*, HOOK_INGRESS, ...) that see packets of pf: NFPROTO_IPV4, IPV6,
 * BRIDGE, ARP, or NETDEV, where p->in (ingress) or p->out is the device.
 */
void walk_hook(const struct rules_view *v, uint8_t pf, int hook, const struct walk_packet *p,
	       struct walk_result *out);

/* Whether one rule matches, and what it does then: "accept", "drop", ..., or the chain that it goes to. */
enum walk_action {
	ACTION_NONE, ACTION_ACCEPT, ACTION_DROP, ACTION_REJECT, ACTION_RETURN, ACTION_JUMP,
	ACTION_GOTO, ACTION_REWRITE, ACTION_SOURCE, ACTION_UNSURE,
};

struct walk_rule {
	enum match match;
	enum walk_action action;
	bool marks;                /* before that it changes the packet's mark */
	char target[NFT_NAME_LEN]; /* of jump and goto */
};

/* The named sets and maps of one table. */
struct walk_sets {
	const struct rules_view *v;
	uint8_t family; /* NFPROTO_* */
	const char *table;
};

void walk_iptables(const char *text, const struct walk_packet *p, struct walk_rule *out);
void walk_ebtables(const char *text, const struct walk_packet *p, struct walk_rule *out);
/* sets: where those that the rule names are found; NULL: nowhere. */
void walk_nft(const char *text, const struct walk_packet *p, const struct walk_sets *sets,
	      struct walk_rule *out);

/* Parts that both readers share. */
enum match walk_device(const char *word, const char *device, char wildcard);
enum match walk_address(const char *word, const struct ip *ip);
enum match walk_port(const char *word, uint16_t port);
enum match walk_state(const char *word, const struct walk_packet *p);
enum match walk_protocol(const char *word, const struct walk_packet *p);
enum match walk_icmp_type(const char *word, const struct walk_packet *p);
enum match walk_mark(const char *word, const struct walk_packet *p);
enum match match_not(enum match m);

#endif
