/* SPDX-License-Identifier: GPL-2.0 */
#include "cmd/presumed.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "core/judge.h"
#include "core/walk.h"
#include "source/ruleset.h"
#include "source/ruleset_dump.h"

#define ICMP_ECHOREPLY 0
#define ICMP_ECHO 8
#define ICMPV6_ECHO 128
#define ICMPV6_ECHOREPLY 129
#define NEIGH_ANSWER 2

static bool is_echo(const struct dd_packet *pkt, bool *reply)
{
	bool six = pkt->l4 == IPPROTO_ICMPV6;

	*reply = pkt->icmp_type == (six ? ICMPV6_ECHOREPLY : ICMP_ECHOREPLY);
	return *reply || pkt->icmp_type == (six ? ICMPV6_ECHO : ICMP_ECHO);
}

/* False for what rules cannot be asked about. */
static bool describe(const struct hop *drop, struct walk_packet *p)
{
	const struct dd_packet *pkt = &drop->pkt;
	bool six = pkt->ethertype == ETH_P_IPV6;

	p->family = six ? AF_INET6 : AF_INET;
	p->any_state = true;
	p->src = addr_of(p->family, pkt->src);
	p->dst = addr_of(p->family, pkt->dst);
	if (drop->neigh) {
		p->arp = !six;
		p->nd = six;
		p->reply = pkt->neigh_op == NEIGH_ANSWER;
		p->l4 = IPPROTO_ICMP;
		return true;
	}
	if (pkt->flags & (DD_PKT_FRAGMENT | DD_PKT_QUOTED))
		return false;
	p->l4 = pkt->l4 == IPPROTO_ICMPV6 ? IPPROTO_ICMP : pkt->l4;
	if (p->l4 == IPPROTO_ICMP)
		return is_echo(pkt, &p->reply);
	p->sport = pkt->sport;
	p->dport = pkt->dport;
	return p->l4 == IPPROTO_TCP || p->l4 == IPPROTO_UDP;
}

/* On a hook that has them; NULL: not known. */
static void devices(const struct scene *scene, const struct hop *drop, struct walk_packet *p)
{
	const char *bridge = drop->via_bridge && scene->bridge.ifindex ? scene->bridge.name : NULL;
	const char *device = drop->device[0] && !drop->via_bridge ? drop->device : NULL;

	if (drop->hook_pf == NFPROTO_NETDEV) {
		p->in = drop->hook_num == NF_NETDEV_INGRESS ? drop->device : "";
		p->out = drop->hook_num == NF_NETDEV_INGRESS ? "" : drop->device;
		return;
	}
	switch (drop->hook_num) {
	case NF_INET_PRE_ROUTING:
	case NF_INET_LOCAL_IN:
		p->in = bridge ?: device;
		p->out = "";
		break;
	case NF_INET_FORWARD:
		p->in = bridge ?: device;
		p->out = bridge;
		break;
	case NF_INET_LOCAL_OUT:
		p->in = "";
		break;
	}
}

static int walk_number(const struct hop *drop)
{
	if (drop->hook_pf != NFPROTO_NETDEV)
		return drop->hook_num;
	return drop->hook_num == NF_NETDEV_INGRESS ? HOOK_INGRESS : HOOK_EGRESS;
}

/* What counts was asked before. Rules of ebtables and arptables cannot be read here. */
static bool leave_own(struct rules_view *v)
{
	for (size_t i = 0; i < v->n_chains; i++) {
		struct chain *c = &v->chains[i];

		if (c->backend != BACKEND_NFTABLES)
			c->hook = -1;
		for (size_t k = 0; c->backend == BACKEND_NFTABLES && k < c->n_rules; k++)
			if (strstr(v->rules[c->rule + k].text, "xt "))
				return false;
	}
	return true;
}

static int judge(struct rules_view *v, const struct scene *scene, const struct hop *drop,
		 struct rule *out)
{
	struct walk_packet p = { .in_port = "", .out_port = "" };
	struct walk_result r;

	if (!describe(drop, &p) || !leave_own(v))
		return -ENOENT;
	devices(scene, drop, &p);
	walk_hook(v, drop->hook_pf, walk_number(drop), &p, &r);
	if (r.blind || r.end == WALK_REWRITTEN || !r.n_droppers)
		return -ENOENT;
	if (r.n_droppers > 1)
		return -EMLINK;
	judge_rule(v, r.last, r.last_index, out);
	out->counted = true;
	return 0;
}

int presumed_rule(int netns, uint16_t generation, const struct scene *scene, const struct hop *drop,
		  struct rule *out)
{
	struct rules_view v = { 0 };
	struct rule rule;
	uint16_t now = 0;
	int err = ruleset_dump(netns, &v);

	if (!err)
		err = judge(&v, scene, drop, &rule);
	if (!err && (ruleset_generation(netns, &now) || now != generation))
		err = -ESTALE;
	if (!err)
		*out = rule;
	ruleset_dump_free(&v);
	return err;
}
