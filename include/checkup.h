/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What can be known of a host without sending a packet, and what the doctor finds in it. Plain data,
 * filled by cmd/checkup.c, judged by core/doctor.c. Text in these structs is untrusted.
 */
#ifndef DD_CHECKUP_H
#define DD_CHECKUP_H

#include "model.h"

#define SUBNETS_MAX 4
#define PEERS_MAX 16
#define DEVICE_IPS_MAX 8
#define WHY_LEN 128
#define RULE_KEY_LEN (2 * NFT_NAME_LEN + 32)

/* ---- a network namespace ------------------------------------------------------ */

/* A link with its addresses. */
struct device {
	struct link link;
	struct ip ips[DEVICE_IPS_MAX];
	int n_ips;
	uint16_t vxlan_port; /* of a VXLAN device */
	char driver[SHORT_LEN]; /* of one by which overlay networks leave the host; empty: not known */
	bool tx_checksums;      /* ... whose card computes checksums */
	bool stp; /* a bridge on which STP runs */
	bool meets_iptables; /* a bridge of its own whose frames do, whatever the sysctl says */
};

struct neigh {
	uint32_t ifindex;
	struct ip ip;
	struct neighbour entry;
};

/* A forwarding entry of a bridge. */
struct fdb_entry {
	uint32_t ifindex; /* the port */
	uint32_t master;  /* the bridge; 0: a VXLAN device's own */
	uint8_t mac[6];
	struct ip node;   /* of a VXLAN device's own: where it sends it to */
	bool fixed; /* by hand: it does not age, and learning does not move it */
	bool local; /* the port's own address */
};

struct vlan {
	uint32_t ifindex;
	uint16_t id;
	bool pvid; /* of untagged frames that come in */
};

/* A route to a destination, of any table but "local". */
struct path {
	struct ip dst;
	int len;
	uint32_t oif;
	uint32_t table;
	bool gateway;
};

/* A UDP connection that is tracked, and whose destination is translated to another. */
struct tracked {
	struct ip src, dst;
	uint16_t dport;
	struct ip to;
	uint16_t to_port;
};

/* An integer of /proc/sys/net; the ones that matter, by name. */
struct sysctl {
	char name[NAME_LEN];
	int value;
};

/*
 * A chain of any backend with its rules, in the text of its own tool. Text is borrowed from the
 * ruleset.
 */
struct chain {
	enum backend backend;
	uint8_t family; /* NFPROTO_* */
	const char *table, *name;
	const char *policy; /* "ACCEPT", "DROP"; "": a chain that is jumped to */
	int hook;      /* NF_INET_*, or -1; HOOK_INGRESS and HOOK_EGRESS of NFPROTO_NETDEV */
	int priority;
	const char *device; /* NFPROTO_NETDEV; "" otherwise */
	size_t rule, n_rules;
};

#define HOOK_INGRESS 5
#define HOOK_EGRESS  6

struct rule_line {
	const char *text;
	uint64_t handle; /* 0: the backend has none */
};

/* A named set or map of nftables. Text is borrowed as well. */
struct set_view {
	uint8_t family; /* NFPROTO_* */
	const char *table, *name;
	const char *elements; /* "": none */
};

struct rules_view {
	char *texts[8]; /* what the programs printed, cut into lines */
	int n_texts;
	bool has_arptables, has_ebtables; /* legacy ones that were not read */
	struct set_view *sets;
	size_t n_sets;
	struct chain *chains;
	size_t n_chains;
	struct rule_line *rules;
	size_t n_rules;
};

struct place {
	char name[NAME_LEN]; /* "host", or the container's name */
	char id[ID_LEN];     /* empty: the host */
	uint32_t netns;
	struct device *devices;
	size_t n_devices;
	struct neigh *neighs;
	size_t n_neighs;
	struct fdb_entry *fdbs;
	size_t n_fdbs;
	struct vlan *vlans;
	size_t n_vlans;
	struct path *paths;
	size_t n_paths;
	struct tracked *tracked; /* of the host */
	size_t n_tracked;
	struct sysctl *sysctls;
	size_t n_sysctls;
	struct rules_view rules;
	int pid;     /* as the engine numbers it */
	char sandbox[NAME_LEN]; /* where the engine keeps its namespace */
	bool linked; /* by --link, which tells it names */
	struct published published[PUBLISHED_MAX];
	int n_published;
	bool has_ct;
	uint64_t ct_count, ct_max;
};

/* ---- a network, as the engine has it ------------------------------------------- */

struct subnet {
	struct ip ip;
	int len;
	struct ip gateway; /* family 0: none */
};

/* A container on a network. */
struct resident {
	char name[NAME_LEN];
	char id[ID_LEN];
	struct ip ip, ip6;
	uint8_t mac[6];
	bool has_mac;
	/* found in the kernel, NULL: not; borrowed from the checkup */
	const struct place *place;
	const struct device *device; /* in the container */
	const struct device *veth;   /* its other end, in the host */
	struct route route;          /* of the host, to its address */
};

struct option {
	char name[NAME_LEN];
	char value[NAME_LEN];
};

/* Who is on an overlay network, here or on another node, as the engine was told. */
struct overlay_task {
	char name[NAME_LEN];    /* empty: the address is the service's own, and everywhere */
	char service[NAME_LEN]; /* empty: a container that is of none */
	struct ip ip;
	struct ip node; /* where VXLAN leads to it; family 0: not told */
};

struct net_view {
	struct network network;
	struct subnet subnets[SUBNETS_MAX];
	int n_subnets;
	struct ip own[SUBNETS_MAX]; /* of endpoints of the engine's own: swarm's load balancers */
	int n_own;
	struct ip peers[PEERS_MAX]; /* an overlay's: nodes that have containers on it, this one among them */
	int n_peers;
	struct overlay_task *tasks;
	size_t n_tasks;
	uint16_t vxlan_port;  /* to which its frames go; 0: not known */
	struct place *inside; /* an overlay's own namespace, with its path as .name; NULL: not known; owned */
	struct resident *members;
	size_t n_members;
	struct option *options;
	size_t n_options;
	bool no_address; /* an option keeps the gateway's address off the bridge */
	const struct device *bridge; /* NULL: there is none */
};

/* A line that was found in a file or a log. */
struct found_line {
	char where[NAME_LEN]; /* the file, "kernel log", ... */
	char text[SENTENCE_LEN];
	int count; /* lines like it */
};

/* What a security module denied a container, or the engine. */
struct denial {
	const char *module; /* static: "SELinux", "AppArmor" */
	char process[SHORT_LEN];
	char who[SHORT_LEN]; /* its profile, or its type */
	char what[2 * SHORT_LEN];
	char text[SENTENCE_LEN]; /* the latest line */
	int count;
};

/* What a check needs to have been read. */
enum need {
	NEED_RULES,	/* of the host */
	NEED_LEGACY,	/* those of iptables-legacy among them */
	NEED_PORTS,	/* what leads to those that are published */
	NEED_LINKS,
	NEED_NEIGHS,
	NEED_NEIGH_TABLE,
	NEED_SOCKETS, /* of the port that was named */
	NEED_FDB,
	NEED_VLANS,
	NEED_ROUTES,
	NEED_CONTAINERS, /* the inside of every container that matters */
	NEED_OTHERS,	/* with a scene: of the others on their networks */
	NEED_INNER_RULES,
	NEED_CONNTRACK,
	NEED_TRACKED,
	NEED_BOOT_FILES,
	NEED_KERNEL_LOG,
	NEED_ENGINE_LOG,
	N_NEEDS,
};

struct checkup {
	const struct scene *scene; /* two of them; NULL: the whole host */
	struct engine engine;
	struct place host;
	struct place *places; /* the containers that were looked into */
	size_t n_places;
	struct net_view *networks;
	size_t n_networks;
	const struct net_view *nets[2];    /* with a scene: of SRC and DST; NULL: none */
	const struct resident *ends[2];      /* with a scene: NULL: not a container */
	struct program *programs; /* without a scene: on devices of the host's */
	size_t n_programs;
	struct service service; /* with a scene that has a port: DST's sockets of that port */
	char lacks[WHY_LEN]; /* what the kernel cannot load of what Docker's rules need; empty: nothing, or not known */
	int neigh_count[2], neigh_max[2]; /* of the whole machine: IPv4, IPv6 */
	struct found_line *boot, *log;
	size_t n_boot, n_log;
	struct denial *denied;
	size_t n_denied;
	char unread[N_NEEDS][WHY_LEN]; /* why it could not be read; empty: it was */
};

/* ---- what is wrong ---------------------------------------------------------------- */

enum severity {
	SEVERITY_NOTE,	/* breaks nothing by itself */
	SEVERITY_RISK,	/* breaks some traffic, or will after the next change */
	SEVERITY_BROKEN,
	N_SEVERITIES,
};

/* Where on a packet's way, in its order. */
enum leg {
	STAGE_SRC, STAGE_SRC_PORT, STAGE_HOST, STAGE_DST_PORT, STAGE_DST, STAGE_AROUND,
	N_STAGES,
};

struct finding {
	const char *check; /* static */
	enum severity severity;
	enum leg stage;
	size_t row; /* of the table, for the order */
	char text[SENTENCE_LEN];
	char evidence[RULE_LEN]; /* empty: the text says it all */
	char rule[RULE_KEY_LEN]; /* which one that is, by judge_rule_key(); empty: it is no rule */
	const char *why;         /* static */
	char remedy[REMEDIES_MAX][SENTENCE_LEN];
	int n_remedies;
	struct advisory *advisories; /* what is known of the engine's version, and looks like this; owned */
	int n_advisories;
};

/* A check that could not be made, or not for certain. */
struct unmade {
	const char *check; /* static */
	char why[RULE_LEN];
};

struct diagnosis {
	struct finding *findings; /* in the order in which a packet meets them */
	size_t n_findings;
	struct unmade *unmade;
	size_t n_unmade;
	int n_checks; /* made */
	bool failed;  /* out of memory: it is not whole */
};

/* One difference between two networks. */
struct difference {
	const char *kind; /* static: "option", "bridge", "sysctl", "rule", "port", "neighbour" */
	char name[NAME_LEN];
	char values[2][RULE_LEN]; /* empty: there is none */
};

#endif
