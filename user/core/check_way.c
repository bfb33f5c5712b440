/* SPDX-License-Identifier: GPL-2.0 */
/* What the rules on a packet's way would do to it: netfilter hook by hook, in its order. */
#include "core/judge.h"

#include <linux/netfilter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "core/advisory.h"
#include "core/rules.h"
#include "core/undo.h"


/* One of the two who would talk. */
struct party {
	const char *name;
	struct ip ip;
	const struct place *place; /* the host, a container, or NULL: outside */
	const char *device, *veth, *bridge; /* "" where there is none */
	enum leg stage;
};

struct talk {
	struct judging *j;
	const struct scene *scene; /* what a rule of Docker's is read against */
	struct party parties[2];
	bool shared;
	enum severity severity;
	struct walk_packet p;
	bool masked;  /* the host gives what goes out its own address; answers come to that */
	bool stopped; /* what is further on never gets it */
};

/* ---- what was found --------------------------------------------------------------------- */

static const char *packet_words(const struct talk *t, char *buf, size_t len)
{
	const struct walk_packet *p = &t->p;
	const char *what = p->arp ? (p->reply ? "the ARP answer" : "the ARP question") :
			   p->nd  ? (p->reply ? "the neighbour advertisement" :
						"the neighbour solicitation") :
			   p->l4 == IPPROTO_ICMP ? (p->reply ? "the echo reply" : "the echo request") :
			   p->reply ? "the answer" :
			   p->l4 == IPPROTO_TCP ? "the SYN" : "the datagram";

	snprintf(buf, len, "%s from %s to %s", what, t->parties[p->reply].name,
		 t->parties[!p->reply].name);
	return buf;
}

/* The same words as the causes, in the order of causes.def. */
static const char *check_of(const struct talk *t, const struct place *place, const struct rule *rule)
{
	static const char *const purposes[N_PURPOSES] = {
		[PURPOSE_INTERNAL] = "docker-internal",
		[PURPOSE_ICC] = "docker-icc-off",
		[PURPOSE_DIRECT] = "docker-direct-access",
		[PURPOSE_DIRECT_PORT] = "docker-direct-access",
		[PURPOSE_UNPUBLISHED] = "docker-unpublished-port",
	};
	enum purpose purpose = rules_purpose(rule, t->scene);

	if (place->id[0])
		return "container-firewall";
	if (rules_is_stale(rule, t->scene))
		return "docker-stale-rule";
	if (rules_is_outdated(rule, t->scene))
		return "docker-rule-outdated";
	if (!rule->policy && rules_is_isolation(rule, t->scene) && !t->shared)
		return "docker-isolation";
	if (purposes[purpose])
		return purposes[purpose];
	if (rule->policy)
		return "nf-policy-drop";
	return rules_is_reject(rule) ? "nf-rule-reject" : "nf-rule-drop";
}

static const char *const hook_names[] = { "PREROUTING", "INPUT",   "FORWARD", "OUTPUT",
					  "POSTROUTING", "ingress", "egress" };

static struct symptom symptom_of(const struct talk *t, const char *cause, const struct rule *rule,
				 int hook)
{
	return (struct symptom){
		.scene = t->scene, .cause = cause, .rule = rule,
		.owner = rules_owner(rule, t->scene), .purpose = rules_purpose(rule, t->scene),
		.hook = hook, .device = t->p.in, .neigh = t->p.arp || t->p.nd, .reply = t->p.reply,
	};
}

static void tell(struct talk *t, const struct place *place, enum leg stage, int hook,
		 const struct walk_result *r)
{
	struct strbuf undo __cleanup(strbuf_free) = { 0 };
	char packet[NAME_LEN * 3], in[IN_LEN], key[RULE_KEY_LEN];
	struct symptom symptom;
	struct rule rule;
	const char *check;

	judge_rule(&place->rules, r->chain, r->index, &rule);
	check = r->end == WALK_REWRITTEN ? "address-rewritten" : check_of(t, place, &rule);
	if (!strcmp(check, "docker-stale-rule")) /* judge_stale() says more of it */
		return;
	undo_rule(&rule, &undo);
	symptom = symptom_of(t, check, &rule, hook);
	judge_found_by(t->j, &symptom, check, t->severity, stage, "evidence", rule.text, "rule",
		       judge_rule_key(&rule, key), "undo", undo.len ? strbuf_str(&undo) : NULL,
		       "chain", rule.chain, "table", rule.table, "backend",
		       judge_backend(rule.backend), "packet",
		       packet_words(t, packet, sizeof(packet)), "in",
		       judge_in(place, in, sizeof(in)), "place",
		       place->id[0] ? place->name : "the host", "hook", hook_names[hook], "src",
		       t->parties[0].name, "dst", t->parties[1].name, "network",
		       t->scene->dst_network.name[0] ? t->scene->dst_network.name : NULL, NULL);
}

static void tell_doubt(struct talk *t, const struct place *place, const struct walk_result *r)
{
	char why[RULE_LEN], packet[NAME_LEN * 3];
	struct rule rule;

	if (!r->doubt)
		return;
	judge_rule(&place->rules, r->doubt, r->doubt_index, &rule);
	/* of a whole host, once for all that meet it */
	packet_words(t, packet, sizeof(packet));
	snprintf(why, sizeof(why), "whether %s passes chain %.64s of %.64s depends on more than can be "
		 "known beforehand: %.2048s", t->j->c->scene ? packet : "a packet", rule.chain,
		 place->id[0] ? place->name : "the host", rule.text);
	judge_unsure(t->j, rule.policy ? "nf-policy-drop" : "nf-rule-drop", why);
}

/* ---- hook by hook ------------------------------------------------------------------------- */

static void meet(struct talk *t, const struct place *place, enum leg stage, uint8_t pf, int hook)
{
	struct walk_result r;

	if (t->stopped || !place)
		return;
	walk_hook(&place->rules, pf, hook, &t->p, &r);
	t->p.unmarked &= !r.marked;
	tell_doubt(t, place, &r);
	/* an answer's address is translated back, whatever the rules say */
	if (r.end == WALK_PASSED || (r.end == WALK_REWRITTEN && (t->p.reply || t->p.dst_local)))
		return;
	tell(t, place, stage, hook, &r);
	t->stopped = r.end != WALK_REWRITTEN;
}

static void between(struct talk *t, const char *in, const char *out, const char *in_port,
		    const char *out_port)
{
	t->p.in = in;
	t->p.out = out;
	t->p.in_port = in_port;
	t->p.out_port = out_port;
}

static uint8_t ip_pf(const struct talk *t)
{
	return t->p.arp ? NFPROTO_ARP : t->p.family == AF_INET6 ? NFPROTO_IPV6 : NFPROTO_IPV4;
}

static void meet_ip(struct talk *t, const struct place *place, enum leg stage, int hook)
{
	meet(t, place, stage, ip_pf(t), hook);
}

/* netdev chains see what comes in or goes out by a device before and behind all others. */
static void meet_device(struct talk *t, const struct place *place, enum leg stage,
			const char *device, bool ingress)
{
	if (!*device)
		return;
	between(t, ingress ? device : "", ingress ? "" : device, "", "");
	meet(t, place, stage, NFPROTO_NETDEV, ingress ? HOOK_INGRESS : HOOK_EGRESS);
}

static void leave_container(struct talk *t, const struct party *from)
{
	if (!from->place || !from->place->id[0])
		return;
	between(t, "", from->device, "", "");
	meet_ip(t, from->place, from->stage, NF_INET_LOCAL_OUT);
	meet_ip(t, from->place, from->stage, NF_INET_POST_ROUTING);
	meet_device(t, from->place, from->stage, from->device, false);
}

static void enter_container(struct talk *t, const struct party *to)
{
	if (!to->place || !to->place->id[0])
		return;
	meet_device(t, to->place, to->stage, to->device, true);
	between(t, to->device, "", "", "");
	t->p.dst_local = true;
	meet_ip(t, to->place, to->stage, NF_INET_PRE_ROUTING);
	meet_ip(t, to->place, to->stage, NF_INET_LOCAL_IN);
	t->p.dst_local = false;
}

static bool bridged_meets_rules(const struct talk *t)
{
	if (t->p.arp)
		return judge_sysctl(&t->j->c->host, "bridge/bridge-nf-call-arptables", 0) > 0;
	return judge_meets_rules(t->j->c, t->p.family);
}

/* From port to port of one bridge. */
static void cross_bridge(struct talk *t, const struct party *from, const struct party *to)
{
	static const int hooks[] = { NF_INET_PRE_ROUTING, NF_INET_FORWARD, NF_INET_POST_ROUTING };
	const struct place *host = &t->j->c->host;

	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++) {
		bool in = hooks[i] != NF_INET_POST_ROUTING, out = hooks[i] != NF_INET_PRE_ROUTING;

		between(t, in ? from->veth : "", out ? to->veth : "", "", "");
		meet(t, host, STAGE_HOST, NFPROTO_BRIDGE, hooks[i]);
		if (!bridged_meets_rules(t))
			continue;
		between(t, in ? from->bridge : "", out ? from->bridge : "", from->veth,
			out ? to->veth : "");
		meet_ip(t, host, STAGE_HOST, hooks[i]);
	}
}

/* Whatever becomes of the first packet: of the answers it is asked as if that had got through. */
static bool is_masked(const struct talk *t, const struct party *to)
{
	struct walk_packet p = t->p;
	struct walk_result r;

	p.in = "";
	p.out = to->bridge;
	p.unmarked = false; /* chains ahead of it were not asked yet */
	walk_hook(&t->j->c->host.rules, ip_pf(t), NF_INET_POST_ROUTING, &p, &r);
	return r.new_source || r.blind;
}

/* The host's address where the answer comes in. */
static struct ip masked_as(const struct talk *t, const struct party *from)
{
	const struct device *d = judge_device_by_name(&t->j->c->host, from->bridge);

	for (int i = 0; t->masked && d && i < d->n_ips; i++)
		if (d->ips[i].family == t->p.family)
			return d->ips[i];
	return (struct ip){ .family = t->masked ? t->p.family : 0 };
}

/* From a bridge, or the host itself, to another, to the host, or out. */
static void cross_host(struct talk *t, const struct party *from, const struct party *to)
{
	const struct place *host = &t->j->c->host;
	const char *port = bridged_meets_rules(t) ? from->veth : "";

	if (!t->p.reply && from->place != host && to->place != host)
		t->masked = is_masked(t, to);
	if (from->place != host) {
		between(t, from->veth, "", "", "");
		meet(t, host, STAGE_HOST, NFPROTO_BRIDGE, NF_INET_PRE_ROUTING);
		meet(t, host, STAGE_HOST, NFPROTO_BRIDGE, NF_INET_LOCAL_IN);
		between(t, from->bridge, "", port, "");
		t->p.dst_local = to->place == host;
		t->p.to_host = t->p.reply ? masked_as(t, from) : (struct ip){ 0 };
		meet_ip(t, host, STAGE_HOST, NF_INET_PRE_ROUTING);
		between(t, from->bridge, to->place == host ? "" : to->bridge, port, "");
		meet_ip(t, host, STAGE_HOST,
			to->place == host ? NF_INET_LOCAL_IN : NF_INET_FORWARD);
		t->p.dst_local = false;
	} else {
		between(t, "", to->bridge, "", "");
		meet_ip(t, host, STAGE_HOST, NF_INET_LOCAL_OUT);
	}
	if (to->place == host)
		return;
	between(t, "", to->bridge, "", "");
	meet_ip(t, host, STAGE_HOST, NF_INET_POST_ROUTING);
	between(t, "", to->veth, "", "");
	meet(t, host, STAGE_HOST, NFPROTO_BRIDGE, NF_INET_LOCAL_OUT);
	meet(t, host, STAGE_HOST, NFPROTO_BRIDGE, NF_INET_POST_ROUTING);
}

/* What hangs on a parent device (macvlan, ipvlan) leaves by that, and the host's rules never see it. */
static bool is_beside_host(const struct party *p)
{
	return p->place && p->place->id[0] && !p->bridge[0];
}

static void go(struct talk *t, const struct walk_packet *packet)
{
	const struct party *from = &t->parties[packet->reply], *to = &t->parties[!packet->reply];
	const struct place *host = &t->j->c->host;

	t->p = *packet;
	t->stopped = false;
	t->p.unmarked = true;
	leave_container(t, from);
	/* skb_scrub_packet(): no mark crosses from namespace to namespace */
	t->p.unmarked = true;
	meet_device(t, host, STAGE_HOST, from->veth, true);
	if (is_beside_host(from) || is_beside_host(to))
		/* nothing */;
	else if (t->shared && from->place != host && to->place != host)
		cross_bridge(t, from, to);
	else if (!t->p.arp)
		cross_host(t, from, to);
	meet_device(t, host, STAGE_HOST, to->veth, false);
	t->p.unmarked = true;
	enter_container(t, to);
}

/* ---- who asks for whom ------------------------------------------------------------------------ */

static struct ip solicited_node(const struct ip *ip)
{
	static const uint8_t prefix[13] = { 0xff, 2, [11] = 1, 0xff }; /* RFC 4291, 2.7.1 */
	struct ip multicast = *ip;

	memcpy(multicast.bytes, prefix, sizeof(prefix));
	return multicast;
}

/* Neighbours are asked for on one link; what the host asks for itself is left alone. */
static void go_neigh(struct talk *t, bool back)
{
	const struct ip *asker = &t->parties[back].ip, *asked = &t->parties[!back].ip;
	struct walk_packet p = { .family = asker->family, .src = *asker, .dst = *asked };

	p.arp = p.family == AF_INET;
	p.nd = !p.arp;
	p.l4 = IPPROTO_ICMP;
	if (back) /* the answer */
		p.reply = true;
	else if (p.nd)
		p.dst = solicited_node(asked);
	go(t, &p);
}

static void go_both_ways(struct talk *t, const struct request *request)
{
	struct walk_packet p = { .family = t->parties[0].ip.family, .l4 = request->protocol,
				 .src = t->parties[0].ip, .dst = t->parties[1].ip,
				 .dport = request->port };
	const struct ip src = p.src;

	go(t, &p);
	p.reply = true;
	p.src = p.dst;
	p.dst = src;
	p.sport = p.dport;
	p.dport = 0;
	go(t, &p);
	if (!t->shared)
		return;
	go_neigh(t, false);
	go_neigh(t, true);
}

/* ---- the two of the scene ------------------------------------------------------------------------- */

static const char *out_device(const struct checkup *c, enum role to)
{
	const struct route *route = &c->scene->routes[ROLE_HOST][to == ROLE_DST ? DIR_REQUEST : DIR_REPLY];
	const struct device *d = judge_device(&c->host, route->oif);

	return d ? d->link.name : "";
}

static void party_fill(const struct checkup *c, enum role r, struct party *out)
{
	const struct endpoint *end = &c->scene->ends[r];
	const struct resident *m = c->ends[r];
	struct party p = { .name = end->name, .ip = end->ip, .device = "", .veth = "", .bridge = "",
			   .stage = r == ROLE_SRC ? STAGE_SRC : STAGE_DST };

	p.place = m ? m->place : end->kind == ENDPOINT_HOST ? &c->host : NULL;
	p.device = end->device.name;
	if (m && m->veth)
		p.veth = m->veth->link.name;
	if (c->nets[r])
		p.bridge = c->nets[r]->network.bridge;
	else if (end->kind == ENDPOINT_ADDRESS)
		p.bridge = out_device(c, r);
	/* the host's side of a container's network */
	if (end->kind == ENDPOINT_HOST)
		p.device = p.bridge = c->scene->network.bridge;
	*out = p;
}

static void way_of_scene(struct judging *j)
{
	const struct checkup *c = j->c;
	struct talk t = { .j = j, .scene = c->scene, .shared = judge_is_shared(c),
			  .severity = SEVERITY_BROKEN };

	party_fill(c, ROLE_SRC, &t.parties[0]);
	party_fill(c, ROLE_DST, &t.parties[1]);
	go_both_ways(&t, &c->scene->request);
}

/* ---- without a scene: two of each network, and one of them to the world outside --------------------- */

static void party_of(const struct checkup *c, const struct net_view *net, const struct resident *m,
		     struct party *out)
{
	*out = (struct party){ .name = m->name, .ip = *judge_ip(c, m), .place = m->place,
			       .device = m->device ? m->device->link.name : "",
			       .veth = m->veth ? m->veth->link.name : "",
			       .bridge = net->network.bridge, .stage = STAGE_HOST };
}

/* A scene of its own, since rules of Docker's are read against the two whose packet they meet. */
static struct scene *scene_of(const struct net_view *net, const struct talk *t, bool shared)
{
	struct scene *s = malloc(sizeof(*s));

	if (!s)
		return NULL;
	*s = judge_scene(t->j->c, net, t->parties[1].ip.family);
	s->shared = shared;
	for (int r = 0; r < 2; r++) {
		s->ends[r].ip = t->parties[r].ip;
		text_copy(s->ends[r].name, NAME_LEN, t->parties[r].name);
	}
	return s;
}

static void way_within(struct judging *j, const struct net_view *net)
{
	static const struct request ping = { .protocol = IPPROTO_ICMP };
	struct talk t = { .j = j, .shared = true, .severity = SEVERITY_BROKEN };
	struct scene *scene __free = NULL;

	if (net->n_members < 2 || net->network.icc_off || !net->members[0].device ||
	    !net->members[1].device)
		return;
	party_of(j->c, net, &net->members[0], &t.parties[0]);
	party_of(j->c, net, &net->members[1], &t.parties[1]);
	t.scene = scene = scene_of(net, &t, true);
	if (scene && t.parties[0].ip.family && t.parties[0].ip.family == t.parties[1].ip.family)
		go_both_ways(&t, &ping);
}

static const struct device *way_out(const struct place *host)
{
	for (size_t i = 0; i < host->n_paths; i++)
		if (!host->paths[i].len && host->paths[i].dst.family == AF_INET)
			return judge_device(host, host->paths[i].oif);
	return NULL;
}

/* Any address that is nobody's here: what a rule is asked, not what a packet is sent to. */
static void way_outside(struct judging *j, const struct net_view *net)
{
	static const struct request dns = { .protocol = IPPROTO_TCP, .port = 443 };
	const struct device *out = way_out(&j->c->host);
	struct talk t = { .j = j, .severity = SEVERITY_RISK };
	struct scene *scene __free = NULL;

	if (!net->n_members || net->network.internal || !out || !net->members[0].ip.family)
		return;
	party_of(j->c, net, &net->members[0], &t.parties[0]);
	t.parties[1] = (struct party){ .name = "the world outside", .device = "", .veth = "",
				       .bridge = out->link.name };
	addr_parse("1.1.1.1", &t.parties[1].ip);
	t.scene = scene = scene_of(net, &t, false);
	if (scene)
		go_both_ways(&t, &dns);
}

void judge_way(struct judging *j)
{
	if (j->c->scene) {
		way_of_scene(j);
		return;
	}
	judge_each_net(j, way_within);
	judge_each_net(j, way_outside);
}
