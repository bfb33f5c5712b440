/* SPDX-License-Identifier: GPL-2.0 */
/* Overlay networks: what the other nodes of the swarm send has to get into this host. */
#include "core/judge.h"

#include <linux/netfilter.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "core/undo.h"

/* Nodes talk from and to one port of UDP, so that what comes may be an answer: any_state. */
static const struct need_port {
	uint8_t l4;
	uint16_t port; /* 0: that of the network */
	bool any_state;
	const char *protocol, *what;
	enum severity severity;
} needed[] = {
	{ IPPROTO_UDP, 0, false, "udp", "the containers' own frames (VXLAN)", SEVERITY_BROKEN },
	{ IPPROTO_UDP, 7946, true, "udp", "what nodes tell each other of containers", SEVERITY_RISK },
	{ IPPROTO_TCP, 7946, false, "tcp", "what nodes tell each other of containers", SEVERITY_RISK },
};

static const struct device *device_with(const struct place *host, const struct ip *ip)
{
	for (size_t i = 0; i < host->n_devices; i++)
		if (judge_has_ip(&host->devices[i], ip))
			return &host->devices[i];
	return NULL;
}

/* The way from one node to another. */
struct lane {
	const struct net_view *net;
	const struct ip *own, *peer;
	const struct device *device; /* that has .own */
};

static void tell(struct judging *j, const struct lane *l, const struct need_port *need,
		 const struct walk_result *r)
{
	struct strbuf undo __cleanup(strbuf_free) = { 0 };
	char peer[ADDR_TEXT_LEN], port[8], key[RULE_KEY_LEN];
	struct rule rule;
	bool plain;

	judge_rule(&j->c->host.rules, r->chain, r->index, &rule);
	plain = rule.backend == BACKEND_IPTABLES_NFT && r->chain->family == NFPROTO_IPV4 &&
		!strcmp(rule.table, "filter");
	undo_rule(&rule, &undo);
	addr_format(l->peer, peer);
	snprintf(port, sizeof(port), "%u", need->port);
	judge_found_as(j, "overlay-blocked", need->severity, STAGE_HOST, "evidence", rule.text, "rule",
		       judge_rule_key(&rule, key), "network", l->net->network.name, "peer", peer, "from",
		       plain ? peer : NULL, "protocol", need->protocol, "port", port, "what", need->what,
		       "undo", undo.len ? strbuf_str(&undo) : NULL, NULL);
}

static void check_port(struct judging *j, const struct lane *l, const struct need_port *need)
{
	static const int hooks[] = { NF_INET_PRE_ROUTING, NF_INET_LOCAL_IN };
	const struct walk_packet p = { .family = l->own->family, .l4 = need->l4, .src = *l->peer,
				       .dst = *l->own, .dport = need->port, .dst_local = true,
				       .any_state = need->any_state, .in = l->device->link.name,
				       .out = "", .in_port = "", .out_port = "" };
	uint8_t pf = p.family == AF_INET6 ? NFPROTO_IPV6 : NFPROTO_IPV4;

	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++) {
		struct walk_result r;

		walk_hook(&j->c->host.rules, pf, hooks[i], &p, &r);
		if (r.end != WALK_DROPPED && r.end != WALK_REJECTED)
			continue;
		tell(j, l, need, &r);
		return;
	}
}

static void check_peer(struct judging *j, const struct lane *l)
{
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		struct need_port need = needed[i];

		need.port = need.port ?: l->net->vxlan_port;
		if (need.port)
			check_port(j, l, &need);
	}
}

/* Since 5.14 the driver leaves no other ports to the card: vmxnet3_features_check(). */
static bool is_left_to_card(uint16_t port)
{
	return port == 4789 || port == 8472;
}

static void check_card(struct judging *j, const struct lane *l)
{
	const struct device *d = l->device;

	if (!strcmp(d->driver, "vmxnet3") && d->tx_checksums && is_left_to_card(l->net->vxlan_port))
		judge_found(j, "overlay-checksum", STAGE_HOST, "network", l->net->network.name, "device",
			    d->link.name, "driver", d->driver, NULL);
}

static void check_overlay(struct judging *j, const struct net_view *net)
{
	struct lane l = { .net = net };

	for (int i = 0; i < net->n_peers && !l.device; i++) {
		l.own = &net->peers[i];
		l.device = device_with(&j->c->host, l.own);
	}
	if (l.device && net->n_peers > 1)
		check_card(j, &l);
	for (int i = 0; i < net->n_peers && l.device; i++) {
		l.peer = &net->peers[i];
		if (l.peer != l.own && l.peer->family == l.own->family)
			check_peer(j, &l);
	}
}

/* Of the two, one is on another node: an address of the network's that is nobody's here. */
static bool is_of_scene(const struct checkup *c, const struct net_view *net)
{
	for (int r = 0; r < 2; r++)
		if (c->nets[!r] == net && c->scene->ends[r].kind == ENDPOINT_ADDRESS &&
		    judge_in_subnets(net, &c->scene->ends[r].ip))
			return true;
	return false;
}

void judge_overlay(struct judging *j)
{
	const struct checkup *c = j->c;

	for (size_t i = 0; i < c->n_networks; i++)
		if (!strcmp(c->networks[i].network.driver, "overlay") &&
		    (!c->scene || is_of_scene(c, &c->networks[i])))
			check_overlay(j, &c->networks[i]);
}
