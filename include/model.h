/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The nouns of the user side. Plain data: no functions, no pointers into
 * another stage's memory unless the member says so. Text in these structs is
 * untrusted (container names, rules, device names); the views make it safe.
 */
#ifndef DD_MODEL_H
#define DD_MODEL_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"

#define NAME_LEN 256   /* container and network names, cut if longer */
#define ID_LEN 72      /* 64 hexadecimal digits */
#define SHORT_LEN 64   /* versions, chains, functions, program names */
#define RULE_LEN 4096  /* one rule as text, cut if longer */
#define NFT_NAME_LEN 256 /* NFT_NAME_MAXLEN: tables and chains */
#define NOTE_LEN 80
#define SENTENCE_LEN 1024
#define ATTACHMENTS_MAX 16
#define COMPONENTS_MAX 8
#define HOPS_MAX (DD_PROBES_MAX * 128)
#define STACKS_MAX (DD_PROBES_MAX * 8)
#define REMEDIES_MAX 4
#define PROGRAMS_MAX 16
#define QUEUES_MAX 8
#define ALSO_MAX 4
#define ADVISORIES_MAX 8

struct ip {
	int family; /* AF_INET, AF_INET6, 0: none */
	uint8_t bytes[16];
};

/* ---- what the engine says -------------------------------------------------- */

struct component {
	char name[SHORT_LEN];
	char version[SHORT_LEN];
};

/* What is said of a setting. */
enum says { SAYS_NOTHING, SAYS_NO, SAYS_YES };

struct engine {
	char name[SHORT_LEN]; /* "Docker Engine" */
	char version[SHORT_LEN];
	char api_version[16];
	char min_api_version[16];
	struct component components[COMPONENTS_MAX]; /* containerd, runc; not the engine itself */
	int n_components;
	char firewall_backend[SHORT_LEN]; /* empty: unknown */
	char firewall_driver[SHORT_LEN];  /* as the engine says, since 28.1: "iptables+firewalld" */
	bool rootless;
	enum says live_restore, swarm;
	enum says firewalld;      /* it runs */
	enum says userland_proxy;
	enum says makes_rules, makes_rules6; /* of iptables, ip6tables; no: it was told to leave them alone */
};

struct network {
	char name[NAME_LEN];
	char id[ID_LEN];
	char driver[SHORT_LEN];
	char bridge[DD_IFNAME_LEN];
	bool internal;
	bool icc_off; /* com.docker.network.bridge.enable_icc is "false" */
	bool routed;  /* com.docker.network.bridge.gateway_mode_ipv4 is "routed" */
};

/* One network that a container is attached to. */
struct attachment {
	char network[NAME_LEN];
	char network_id[ID_LEN];
	struct ip ip; /* IPv4; family 0: none */
	int prefix_len;
	struct ip gateway;
	struct ip ip6; /* the global address; family 0: none */
	int prefix_len6;
	struct ip gateway6;
	uint8_t mac[6];
	bool has_mac;
};

struct container {
	char name[NAME_LEN]; /* without the leading slash */
	char id[ID_LEN];
	int pid; /* in the engine's PID namespace; 0: not running */
	bool running;
	bool paused;
	char network_mode[NAME_LEN]; /* "default", "bridge", "host", "none", "container:ID", a network */
	struct attachment networks[ATTACHMENTS_MAX];
	int n_networks;
};

/* ---- what rtnetlink says ---------------------------------------------------- */

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

/* ---- what this kernel, this engine and these privileges allow ------------------ */

#define FEATURES_MAX 48
#define PROGRAM_COSTS_MAX 64

enum works { WORKS_UNKNOWN, WORKS_NO, WORKS_YES };

/* cost and remedy are of something that does not work; empty where it costs nothing. */
struct feature {
	const char *section; /* static */
	const char *name;    /* static */
	enum works works;
	char detail[SENTENCE_LEN]; /* what was found; empty: no more than that */
	const char *cost, *remedy; /* static; NULL: none */
};

/* What a program costs before it has seen a packet. */
struct program_cost {
	char name[SHORT_LEN];
	char target[SHORT_LEN]; /* the tracepoint or function; empty: hooks */
	char kind[SHORT_LEN];   /* "fentry", "kprobe", "tracepoint", "netfilter" */
	uint32_t instructions;  /* that the verifier went through; 0: unknown (before 5.16) */
	uint64_t load_us;
};

struct features {
	char tool_version[SHORT_LEN];
	char kernel[SHORT_LEN];
	char arch[SHORT_LEN];
	char attach[SHORT_LEN]; /* the strongest kind of probe in use; empty: none */
	char scheme[SHORT_LEN]; /* by which rules of nftables are named; empty: not at all */
	struct engine engine;   /* name empty: not reached */
	struct feature rows[FEATURES_MAX];
	int n_rows;
	struct program_cost programs[PROGRAM_COSTS_MAX];
	int n_programs;
	uint64_t load_us, attach_us, detach_us;
	bool can_trace;
};

/* ---- who talks to whom ------------------------------------------------------ */

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

/* ---- what came in while the probes ran -------------------------------------- */

/* A probe that was sent, or was refused by the kernel at once. */
struct sent {
	int probe;     /* from 1 */
	uint64_t ts_ns;
	int err;       /* 0, or the negative errno that the kernel answered with */
};

enum answer_kind {
	ANSWER_REPLY, /* echo reply, SYN-ACK, datagram */
	ANSWER_RESET, /* TCP RST */
	ANSWER_ICMP,  /* ICMP error: type, code and from say which */
};

struct answer {
	enum answer_kind kind;
	int probe; /* from 1 */
	uint64_t ts_ns;
	struct ip from; /* who answered; for an ICMP error the one who sent it */
	uint8_t icmp_type;
	uint8_t icmp_code;
};

/* How the rule of nftables that decided is learnt; in the order of preference. */
enum scheme {
	SCHEME_NONE,       /* not at all */
	SCHEME_EXPRESSION, /* by the expression that wrote the verdict; nothing is changed */
	SCHEME_TRACE,      /* by probing what tells nftables' tracers; nothing of the user's changes */
	SCHEME_NFTRACE,    /* by nftables' trace, with a table of our own that marks the packets */
	SCHEME_COUNTERS,   /* of iptables-legacy: by the counter that moved, seen while the packet passed */
	N_SCHEMES,
};

/* One step of a packet through the rules. */
enum hit_type {
	HIT_RULE, HIT_POLICY, HIT_RETURN,
	HIT_UNKNOWN,   /* a rule, but not known which */
	HIT_CONNTRACK, /* connection tracking dropped it */
	HIT_PROGRAM,   /* a BPF program on the hook did */
};

struct hit {
	enum role role; /* whose namespace */
	enum hit_type type;
	uint32_t trace_id; /* the same for every step of one packet */
	uint8_t family;    /* NFPROTO_* */
	char table[NFT_NAME_LEN];
	char chain[NFT_NAME_LEN];
	uint64_t handle;   /* HIT_RULE; 0: none */
	int32_t verdict;   /* NF_DROP, NF_ACCEPT, NFT_JUMP, ... */
	/* of SCHEME_EXPRESSION and SCHEME_TRACE, which tell the packet and the hook */
	uint64_t skb; /* identity, 0: another scheme, the members below say what the packet was */
	uint16_t probe;
	bool reply;
	uint8_t hook_pf, hook_num;
	uint64_t chain_handle; /* 0: not told */
	uint32_t program; /* HIT_PROGRAM: its id */
	bool legacy;      /* of iptables-legacy: index, not handle, says which rule */
	int index;
	/* of SCHEME_NFTRACE */
	uint16_t ip_id;    /* of the packet; has_packet false: this message carried none */
	bool has_packet;
	struct ip src, dst;
	uint8_t l4;
	uint16_t sport, dport; /* ICMP: echo identifier and sequence number */
	bool neigh;        /* Neighbour Discovery: src and dst as in dd_packet, but for dst's byte 12 */
	uint64_t ts_ns;    /* when it was read */
};

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

/* ---- what is read afterwards, of the place where the exchange ended -------------- */

enum process_state {
	PROCESS_UNKNOWN, /* there is none, or it cannot be seen */
	PROCESS_RUNS,
	PROCESS_STOPPED, /* by a signal */
	PROCESS_TRACED,  /* a debugger holds it */
	PROCESS_FROZEN,  /* by its cgroup */
};

/* The sockets of the destination's that have the port which was sent to. */
struct service {
	bool known;
	int takers;         /* that take what was sent */
	int elsewhere;      /* that listen at other addresses */
	int loopback;       /* ... of which so many are of the loopback device */
	struct ip address;  /* of the first of those elsewhere */
	uint32_t waiting;   /* TCP: connections that wait to be accepted; backlog: how many may */
	uint32_t backlog;
	uint32_t half_open; /* TCP: connections whose handshake is not through */
	uint32_t queued;    /* UDP: bytes that the receive buffer is charged with; room: how many may be */
	uint32_t room;
	uint32_t drops;
	uint32_t inode;     /* of the taker, the one with the longest queue; 0: none */
	int pid;            /* who holds it; 0: unknown */
	char process[SHORT_LEN];
	enum process_state state;
};

/* A route of the host's that leads a part of the network's subnet somewhere else. */
struct overlap {
	struct ip ip; /* family 0: none */
	int prefix_len;
	char device[DD_IFNAME_LEN];
};

/* What to look at; bits. */
enum look_at {
	LOOK_INPUT = 1 << 0,   /* how the namespace takes in what was dropped on the device */
	LOOK_SERVICE = 1 << 1, /* the destination's sockets */
	LOOK_OVERLAP = 1 << 2, /* the host's routes */
};

struct aftermath {
	int input_err;         /* what the kernel answers to the question; 0: it would take it */
	int forwarding;        /* of all devices, as the sysctl says; -1: not known */
	int device_forwarding; /* of that device; -1: not known */
	int ip6_off;           /* disable_ipv6 of that device; -1: not known */
	struct service service;
	struct overlap overlap;
};

/* What was asked of the outside for a verdict: who dropped on a netfilter hook, and how the place is. */
struct blame {
	bool has_rule;
	struct rule rule;
	struct culprit culprit;
	bool looked; /* .after is set */
	struct aftermath after;
};

/* ---- what it means ---------------------------------------------------------- */

enum direction { DIR_REQUEST, DIR_REPLY };

enum layer {
	LAYER_UNKNOWN, LAYER_VETH, LAYER_BRIDGE, LAYER_NETFILTER, LAYER_XDP, LAYER_TC, LAYER_QDISC,
	LAYER_NEIGH, LAYER_IP, LAYER_TRANSPORT, LAYER_SOCKET, LAYER_CGROUP, LAYER_LINK,
	N_LAYERS,
};

struct symbol {
	char function[SHORT_LEN]; /* empty: unknown */
	char module[SHORT_LEN];   /* empty: built in */
	uint32_t offset;
};

enum step { /* what happened at a hop */
	STEP_SENT, STEP_QUEUED, STEP_RECEIVED, STEP_ENTERED, STEP_PASSED, STEP_DROPPED,
	STEP_CONSUMED, STEP_ROUTE_FAILED,
	STEP_REACHED, /* a function on the way, where.function says which */
	STEP_DECIDED, /* a chain of nftables, note says which and what */
	N_STEPS,
};

/* An event in the reader's words. */
struct hop {
	uint64_t ts_ns;
	uint64_t skb; /* identity, while it lives */
	int probe; /* from 1 */
	enum direction direction;
	enum role role;
	enum layer layer;
	enum step step;
	uint32_t ifindex;
	char device[DD_IFNAME_LEN];
	struct symbol where;
	uint8_t hook_pf, hook_num, hook_stage; /* STEP_ENTERED, STEP_PASSED; hook_pf 0: no hook */
	bool via_bridge;   /* an IP hook that br_netfilter called for a bridged frame */
	bool neigh; /* ARP or Neighbour Discovery */
	uint8_t filter;   /* enum dd_filter_kind: what the socket has that it was for; 0: not told */
	uint32_t program; /* DD_FILTER_BPF: its id */
	char note[NOTE_LEN]; /* "ARP who-has 172.18.0.3", "echo request", "SYN", ... */
	struct dd_packet pkt;
	/* STEP_DROPPED */
	uint32_t reason;
	char reason_name[SHORT_LEN]; /* empty: this kernel has none */
	const struct symbol *stack; /* owned by the journey; NULL: none */
	uint32_t stack_n;
};

struct drop {
	bool found;
	int count; /* probes, or packets where probes shared one fate */
	struct hop hop;
	uint32_t length; /* bytes */
	bool in_netfilter; /* the netfilter member is set */
	uint8_t hook_num, hook_pf;
	bool hook_known;
	bool rule_known; /* .rule is set */
	struct rule rule;
	enum owner owner;
	enum purpose purpose;
	struct culprit culprit;
	struct program program; /* that ended it; kind empty: unknown, or none */
	struct queue queue;     /* the same */
	bool in_bridge;  /* the bridge member is set */
	char bridge[DD_IFNAME_LEN];
	struct link port; /* the port that would not take or pass it; ifindex 0: it is missing */
	uint16_t vlan;    /* of the frame, where the bridge filters; 0: none or unknown */
};

enum verdict_kind {
	VERDICT_DELIVERED, VERDICT_DROPPED, VERDICT_REFUSED, VERDICT_UNANSWERED, VERDICT_UNSENT,
	VERDICT_VANISHED, VERDICT_INCONCLUSIVE,
	N_VERDICTS,
};

enum confidence { CONFIDENCE_EXACT, CONFIDENCE_LIKELY, CONFIDENCE_POSSIBLE };
#define N_CONFIDENCES 3

struct cause {
	char id[SHORT_LEN]; /* empty: none */
	enum confidence confidence;
	char text[SENTENCE_LEN];
	char remedy[REMEDIES_MAX][SENTENCE_LEN];
	int n_remedies;
};

enum advisory_kind {
	ADVISORY_REGRESSION, ADVISORY_BUG,
	ADVISORY_CHANGE,      /* on purpose */
	ADVISORY_LIMITATION,
	ADVISORY_ENVIRONMENT, /* not of the engine's doing */
	ADVISORY_STATE,       /* ... but of something that was left behind */
	ADVISORY_REPORT,      /* unconfirmed */
	N_ADVISORY_KINDS,
};

/* What is known of this version of the engine and fits what was seen. */
struct advisory {
	const char *id, *url; /* static */
	const char *fixed_in; /* static; empty: nowhere, or it is not known */
	enum advisory_kind kind;
	char text[SENTENCE_LEN];
};

struct probe_result {
	int n; /* from 1 */
	enum verdict_kind result;
	int64_t rtt_us; /* -1: no answer */
	uint64_t sent_ns;
	const struct hop *drop; /* owned by the session; NULL: no drop of it was reported */
	const struct hit *hit;  /* owned by the session; the step that dropped it, NULL: unknown */
	bool alike; /* dropped where the verdict's drop was, and by its rule */
};

/* ---- traffic that was there already --------------------------------------------- */

#define RESETS_MAX 8

enum resetter {
	RESET_BY_APPLICATION, /* it closed or gave up the connection */
	RESET_BY_NO_LISTENER, /* the kernel: nobody listens on that port */
	RESET_BY_KERNEL,      /* the kernel: it knows no such connection (any more) */
	RESET_BY_RULE,        /* a firewall rule answered in its name */
	RESET_BY_HOST,        /* seen first on the host, and no rule was seen to do it */
	N_RESETTERS,
};

/* Resets of one kind, in one direction. */
struct reset {
	enum resetter by;
	enum role role; /* in whose namespace it was made */
	uint16_t port;  /* of the one who did not begin the connection */
	uint64_t count;
};

struct following {
	bool on; /* nothing of the below has a meaning otherwise */
	uint64_t flows, packets;
	uint64_t whole;   /* flows in which an answer arrived */
	uint64_t again;   /* TCP segments that were sent once more */
	uint64_t zero_windows;
	uint64_t thinned; /* steps that were not recorded, to have room for drops */
	uint64_t forgotten; /* packets whose arrival was not watched, for there were too many */
	struct reset resets[RESETS_MAX];
	int n_resets;
};

struct verdict {
	enum verdict_kind kind;
	enum direction direction;
	struct drop drop;
	struct cause cause;
	struct advisory advisories[ADVISORIES_MAX];
	int n_advisories;
	struct probe_result probes[DD_PROBES_MAX];
	int n_probes;
	struct hop *hops; /* owned by the session that made the verdict */
	int n_hops;
	uint64_t hops_left_out; /* more than HOPS_MAX */
	uint64_t events_lost;   /* of this exchange */
	uint64_t events_missed; /* of any traffic, perhaps of this exchange too */
	uint64_t events_malformed;
	struct cause also[ALSO_MAX]; /* other faults, which the packet did not get to */
	int n_also;
	bool interrupted; /* Ctrl-C: what was known by then */
	struct following following;
	const char *check; /* static; the doctor's, that finds the cause without traffic; NULL: none */
	const struct diagnosis *doctor; /* borrowed; of the two, where the cause is not known; NULL: not asked */
};

#endif
