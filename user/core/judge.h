/* SPDX-License-Identifier: GPL-2.0 */
/* What the doctor's judges share: a judge looks at one matter and says what it found. */
#ifndef DD_JUDGE_H
#define DD_JUDGE_H

#include "checkup.h"
#include "core/walk.h"

#define IN_LEN 512 /* of judge_in() */

struct symptom; /* core/advisory.h */

struct judging {
	const struct checkup *c;
	struct diagnosis *out;
};

/*
 * Something is wrong: check is the key of a row of checks.def, which has the sentence. What follows are
 * names and values of the words in it, NULL at the end. Values go into sentences as they are and into
 * commands quoted; but "in", "undo" and "ip" are parts of commands, "evidence" is shown besides, and
 * "rule" is the key of the rule that it is.
 */
void judge_found(struct judging *j, const char *check, enum leg stage, ...)
	__attribute__((sentinel));

/* The same where it is worse, or less bad, than the row says. */
void judge_found_as(struct judging *j, const char *check, enum severity severity, enum leg stage,
		    ...) __attribute__((sentinel));

/* The same of what may be a known problem of the engine's; symptom NULL: it is none. */
void judge_found_by(struct judging *j, const struct symptom *symptom, const char *check,
		    enum severity severity, enum leg stage, ...) __attribute__((sentinel));

/* It cannot be told without a packet. */
void judge_unsure(struct judging *j, const char *check, const char *why);

/* The judges, in checks.def. */
#define JUDGE(name) void judge_##name(struct judging *j)
JUDGE(bridges);
JUDGE(ends);
JUDGE(ports);
JUDGE(vlans);
JUDGE(mtu);
JUDGE(duplicates);
JUDGE(neighbours);
JUDGE(forwarding_entries);
JUDGE(routes);
JUDGE(forwarding);
JUDGE(rp_filter);
JUDGE(overlaps);
JUDGE(silence);
JUDGE(way);
JUDGE(sockets);
JUDGE(parents);
JUDGE(uplink);
JUDGE(settings);
JUDGE(names);
JUDGE(unkept);
JUDGE(overlay);
JUDGE(peers);
JUDGE(stale);
JUDGE(order);
JUDGE(backends);
JUDGE(chains);
JUDGE(nat);
JUDGE(zones);
JUDGE(published);
JUDGE(hairpin);
JUDGE(programs);
JUDGE(conntrack);
JUDGE(tracked);
JUDGE(neigh_table);
JUDGE(boot);
JUDGE(logs);
JUDGE(denied);
#undef JUDGE

/* ---- the ends: with a scene the two, else every container on every network ------------------ */

struct end {
	const struct net_view *net;
	const struct resident *member;
	enum role role; /* ROLE_SRC, ROLE_DST; without a scene ROLE_OTHER */
};

typedef void (*end_fn)(struct judging *j, const struct end *end);
void judge_each_end(struct judging *j, end_fn fn);

typedef void (*net_fn)(struct judging *j, const struct net_view *net);

/* The networks of the ends; without a scene every one that has a bridge. */
void judge_each_net(struct judging *j, net_fn fn);

/* Of the end's own namespace, and of its port in the host. */
enum leg judge_inside(const struct end *end);
enum leg judge_port(const struct end *end);

/* Whether the two are on one network: then the host does not route between them. */
bool judge_is_shared(const struct checkup *c);

/* Whether bridged frames of the family meet the rules of iptables. */
bool judge_meets_rules(const struct checkup *c, int family);

/* Why frames from port to port of the bridge meet no rule of iptables; NULL: they do, or there is no bridge. */
const char *judge_unmet(const struct checkup *c, const struct net_view *net);

/* Whether the kernel does not know of everybody who is on the overlay network by what the engine was told. */
bool judge_misses_peers(const struct checkup *c, const struct net_view *net);

/* Whether a rule of the host's may send what comes for the port somewhere else. */
bool judge_leads(const struct rules_view *v, const struct published *p);

/* The engine and a network, for what the engine's known problems depend on; net NULL: none. */
struct scene judge_scene(const struct checkup *c, const struct net_view *net, int family);

/* The end's address of the family of the scene; without one its IPv4 address, else IPv6. */
const struct ip *judge_ip(const struct checkup *c, const struct resident *m);

/* "" for the host, else what runs a command in the container's namespace. Static buffer of the caller. */
const char *judge_in(const struct place *p, char *buf, size_t len);

int judge_sysctl(const struct place *p, const char *name, int missing);
const struct device *judge_device(const struct place *p, uint32_t ifindex);
const struct device *judge_device_by_name(const struct place *p, const char *name);

/* The network that a device of a place leads to: its bridge in the host, an endpoint inside; NULL: none. */
const struct net_view *judge_net_at(const struct checkup *c, const struct place *p, uint32_t ifindex);

/* The device with which a container is on the network; NULL: it is not. */
const struct device *judge_device_on(const struct net_view *net, const struct place *p);

bool judge_has_ip(const struct device *d, const struct ip *ip);

/* Whether the address is in one of the network's subnets. */
bool judge_in_subnets(const struct net_view *net, const struct ip *ip);
bool judge_covers(const struct ip *net, int len, const struct ip *ip);

/* The network and the member that have the address; NULL: none. */
const struct resident *judge_owner(const struct checkup *c, const struct ip *ip,
				 const struct net_view **net);

/*
 * Where a rule that translates a destination leads: the address behind --to-destination, or nft's
 * "dnat to"; port 0: the packet's own. False: it is none, or more than one address.
 */
bool judge_destination(const char *rule, struct ip *out, uint16_t *port);

/* "iptables-nft", ... */
const char *judge_backend(enum backend backend);

/* A rule of FORWARD that everything meets, and that ends it. */
bool judge_ends_everything(const char *rule);

/* A rule by its chain and number, 0: the policy, as rules.h takes it. */
void judge_rule(const struct rules_view *v, const struct chain *c, int index, struct rule *out);

/* What tells a rule, or a policy, from all others of its namespace. Static buffer of the caller. */
const char *judge_rule_key(const struct rule *rule, char buf[RULE_KEY_LEN]);

#endif
