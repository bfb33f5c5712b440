/* SPDX-License-Identifier: GPL-2.0 */
/* Verdicts as the stages before the views would make them, for the tests of the views. */
#ifndef DD_TEST_VIEW_STORY_H
#define DD_TEST_VIEW_STORY_H

#include <linux/if_bridge.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "model.h"
#include "view/text.h"

#define T0 1000000000ull

struct story {
	struct scene scene;
	struct verdict v;
	struct hop hops[64];
	struct text_style style;
};

static struct hop *story_hop(struct story *s, unsigned int us, enum role role, const char *device,
			     enum step step)
{
	struct hop *h = &s->hops[s->v.n_hops++];

	*h = (struct hop){ .ts_ns = T0 + us * 1000ull,
			   .probe = 1,
			   .role = role,
			   .step = step,
			   .layer = LAYER_VETH };
	h->ifindex = (uint32_t)role * 10 + (uint32_t)strlen(device);
	strcpy(h->device, device);
	return h;
}

static struct hop *story_said(struct story *s, unsigned int us, enum role role, const char *device,
			      enum step step, const char *note)
{
	struct hop *h = story_hop(s, us, role, device, step);

	strcpy(h->note, note);
	h->neigh = !strncmp(note, "ARP", 3);
	return h;
}

static struct hop *story_hook(struct story *s, unsigned int us, enum role role, const char *device,
			      enum step step, int pf, int num)
{
	struct hop *h = story_hop(s, us, role, device, step);

	h->layer = LAYER_NETFILTER;
	h->hook_pf = (uint8_t)pf;
	h->hook_num = (uint8_t)num;
	h->hook_stage = step == STEP_PASSED ? DD_STAGE_LEAVE : DD_STAGE_ENTER;
	return h;
}

static struct hop *story_dropped(struct story *s, unsigned int us, enum role role,
				 const char *device, enum layer layer, const char *function,
				 const char *reason)
{
	struct hop *h = story_hop(s, us, role, device, STEP_DROPPED);

	h->layer = layer;
	h->where.offset = 0x40e;
	strcpy(h->where.function, function);
	strcpy(h->reason_name, reason);
	h->pkt.ethertype = ETH_P_IP;
	h->pkt.l4 = (uint8_t)s->scene.request.protocol;
	memcpy(h->pkt.src, s->scene.ends[ROLE_SRC].ip.bytes, 4);
	memcpy(h->pkt.dst, s->scene.ends[ROLE_DST].ip.bytes, 4);
	return h;
}

/* What the hop says becomes the verdict's drop. */
static void story_death(struct story *s, const struct hop *h)
{
	s->v.drop.found = true;
	s->v.drop.count = s->v.n_probes;
	s->v.drop.hop = *h;
	s->v.drop.length = 84;
}

static void story_cause(struct story *s, const char *id, const char *text, const char *remedy)
{
	struct cause *c = &s->v.cause;

	strcpy(c->id, id);
	strcpy(c->text, text);
	c->n_remedies = *remedy ? 1 : 0;
	strcpy(c->remedy[0], remedy);
}

static void story_end(struct endpoint *e, const char *name, const char *ip, const char *mac,
		      const char *device, const char *host_device)
{
	strcpy(e->name, name);
	memset(e->id, 'a' + *name % 6, 64);
	addr_parse(ip, &e->ip);
	e->has_mac = !mac_parse(mac, e->mac);
	e->device.ifindex = 2;
	strcpy(e->device.name, device);
	e->host_device.ifindex = 5;
	strcpy(e->host_device.name, host_device);
}

/* web pings db three times on the network shop; nothing is known of the outcome yet. */
static void story_begin(struct story *s, enum verdict_kind kind)
{
	struct scene *c = &s->scene;

	memset(s, 0, sizeof(*s));
	strcpy(c->tool_version, "0.1.0");
	strcpy(c->kernel, "6.12.107");
	strcpy(c->arch, "x86_64");
	strcpy(c->attach, "tracepoint");
	strcpy(c->engine.name, "Docker Engine");
	strcpy(c->engine.version, "28.5.2");
	strcpy(c->engine.api_version, "1.51");
	strcpy(c->engine.min_api_version, "1.24");
	strcpy(c->engine.components[0].name, "containerd");
	strcpy(c->engine.components[0].version, "1.7.24");
	c->engine.n_components = 1;
	strcpy(c->engine.firewall_backend, "iptables-nft");
	c->request = (struct request){
		.protocol = IPPROTO_ICMP, .count = 3, .size = 56, .timeout_ms = 4000
	};
	story_end(&c->ends[ROLE_SRC], "web", "172.19.0.2", "72:a3:6e:80:21:04", "eth0",
		  "veth2dcfc20");
	story_end(&c->ends[ROLE_DST], "db", "172.19.0.3", "fa:a5:01:55:88:7f", "eth0",
		  "vethe7a88af");
	c->shared = true;
	strcpy(c->network.name, "shop");
	strcpy(c->network.id, "4167487351c8");
	strcpy(c->network.bridge, "br-4167487351c8");
	s->v.kind = kind;
	s->v.hops = s->hops;
	s->v.n_probes = 3;
	for (int i = 0; i < 3; i++)
		s->v.probes[i] =
			(struct probe_result){ .n = i + 1, .result = kind, .rtt_us = -1,
						.sent_ns = T0 + (uint64_t)i * 100000 };
}

static void story_delivered(struct story *s)
{
	story_begin(s, VERDICT_DELIVERED);
	s->v.probes[0].rtt_us = 80;
	s->v.probes[1].rtt_us = 50;
	s->v.probes[2].rtt_us = 50;
	story_hop(s, 2, ROLE_SRC, "eth0", STEP_QUEUED);
	story_said(s, 3, ROLE_SRC, "eth0", STEP_SENT, "echo request");
	story_said(s, 4, ROLE_HOST, "veth2dcfc20", STEP_RECEIVED, "echo request");
	story_said(s, 20, ROLE_DST, "eth0", STEP_RECEIVED, "echo request");
	story_hop(s, 30, ROLE_DST, "", STEP_CONSUMED);
	story_said(s, 40, ROLE_DST, "eth0", STEP_SENT, "echo reply")->direction = DIR_REPLY;
	story_said(s, 60, ROLE_SRC, "eth0", STEP_RECEIVED, "echo reply")->direction = DIR_REPLY;
	story_said(s, 80, ROLE_SRC, "", STEP_CONSUMED, "echo reply")->direction = DIR_REPLY;
}

static void story_delivered_verbose(struct story *s)
{
	story_delivered(s);
	s->style.verbose = true;
}

/* On its way into the bridge: sent, received, and the hooks up to the one that is to come. */
static void story_to_bridge(struct story *s)
{
	story_said(s, 1, ROLE_SRC, "eth0", STEP_SENT, "ARP who-has 172.19.0.3");
	story_said(s, 2, ROLE_HOST, "veth2dcfc20", STEP_RECEIVED, "ARP who-has 172.19.0.3");
	story_said(s, 5, ROLE_SRC, "eth0", STEP_RECEIVED, "ARP 172.19.0.3 is-at");
	story_hook(s, 6, ROLE_SRC, "", STEP_ENTERED, NFPROTO_IPV4, NF_INET_POST_ROUTING);
	story_hook(s, 7, ROLE_SRC, "", STEP_PASSED, NFPROTO_IPV4, NF_INET_POST_ROUTING);
	story_said(s, 8, ROLE_SRC, "eth0", STEP_QUEUED, "echo request");
	story_said(s, 9, ROLE_SRC, "eth0", STEP_SENT, "echo request");
	story_said(s, 12, ROLE_HOST, "veth2dcfc20", STEP_RECEIVED, "echo request");
	story_hook(s, 14, ROLE_HOST, "veth2dcfc20", STEP_ENTERED, NFPROTO_BRIDGE,
		   NF_INET_PRE_ROUTING);
	story_hook(s, 15, ROLE_HOST, "br-4167487351c8", STEP_ENTERED, NFPROTO_IPV4,
		   NF_INET_PRE_ROUTING)
		->via_bridge = true;
	story_hook(s, 16, ROLE_HOST, "br-4167487351c8", STEP_PASSED, NFPROTO_IPV4,
		   NF_INET_PRE_ROUTING)
		->via_bridge = true;
	story_hook(s, 17, ROLE_HOST, "veth2dcfc20", STEP_PASSED, NFPROTO_BRIDGE,
		   NF_INET_PRE_ROUTING);
	story_hook(s, 20, ROLE_HOST, "br-4167487351c8", STEP_ENTERED, NFPROTO_IPV4, NF_INET_FORWARD)
		->via_bridge = true;
}

static void story_rule(struct story *s)
{
	struct drop *d = &s->v.drop;
	struct hop *h;

	story_begin(s, VERDICT_DROPPED);
	story_to_bridge(s);
	h = story_dropped(s, 30, ROLE_HOST, "br-4167487351c8", LAYER_NETFILTER, "nft_do_chain",
			  "NETFILTER_DROP");
	strcpy(h->device, "veth2dcfc20");
	h->via_bridge = true;
	strcpy(h->where.module, "nf_tables");
	{
		static struct symbol stack[3];

		stack[0] = h->where;
		stack[1] = (struct symbol){ .function = "nf_hook_slow", .offset = 0x43 };
		h->stack = stack;
		h->stack_n = 3;
	}
	story_death(s, h);
	strcpy(d->hop.device, "br-4167487351c8");
	d->in_netfilter = d->hook_known = d->rule_known = true;
	d->hook_pf = NFPROTO_IPV4;
	d->hook_num = NF_INET_FORWARD;
	d->rule = (struct rule){ .backend = BACKEND_IPTABLES_NFT,
				 .family = NFPROTO_IPV4,
				 .table = "filter",
				 .chain = "DOCKER-USER",
				 .handle = 27,
				 .index = 1,
				 .text = "-A DOCKER-USER -p icmp -j DROP" };
	d->owner = OWNER_USER;
	story_cause(
		s, "nf-rule-drop",
		"A rule in the host's firewall drops this packet. It stands in DOCKER-USER, the "
		"chain that the engine leaves to the administrator.",
		"iptables -D DOCKER-USER 1");
}

static void story_rule_verbose(struct story *s)
{
	story_rule(s);
	s->style.verbose = true;
}

static void story_rule_colour(struct story *s)
{
	story_rule(s);
	s->style.colour = true;
}

/* The reply dies by the policy; events were lost, and the user had enough after one probe. */
static void story_policy(struct story *s)
{
	struct drop *d = &s->v.drop;

	story_rule(s);
	s->v.direction = s->hops[s->v.n_hops - 1].direction = d->hop.direction = DIR_REPLY;
	s->v.n_probes = d->count = 1;
	s->v.interrupted = true;
	s->v.events_lost = 12;
	d->rule.policy = true;
	d->rule.handle = 0;
	d->rule.index = 0;
	strcpy(d->rule.chain, "FORWARD");
	strcpy(d->rule.text, "-P FORWARD DROP");
	story_cause(
		s, "nf-policy-drop",
		"No rule of chain FORWARD accepts this packet, and the chain's policy drops what "
		"no rule accepts.",
		"iptables -I DOCKER-USER -i br-4167487351c8 -o br-4167487351c8 -s 172.19.0.3 "
		"-d 172.19.0.2 -j ACCEPT");
	s->v.cause.confidence = CONFIDENCE_LIKELY;
}

/* A firewall inside the destination; which rule it was is not known. */
static void story_container(struct story *s)
{
	struct drop *d = &s->v.drop;

	story_begin(s, VERDICT_DROPPED);
	story_said(s, 9, ROLE_SRC, "eth0", STEP_SENT, "echo request");
	story_said(s, 12, ROLE_DST, "eth0", STEP_RECEIVED, "echo request");
	story_hook(s, 20, ROLE_DST, "eth0", STEP_ENTERED, NFPROTO_IPV4, NF_INET_LOCAL_IN);
	story_death(s, story_dropped(s, 30, ROLE_DST, "eth0", LAYER_NETFILTER, "nf_hook_slow", ""));
	d->in_netfilter = d->hook_known = true;
	d->hook_pf = NFPROTO_IPV4;
	d->hook_num = NF_INET_LOCAL_IN;
	story_cause(s, "container-firewall", "Rules inside db drop this packet.", "");
}

/* The bridge passed the question for the neighbour on to nobody, and freed it without a word. */
static void story_isolated(struct story *s)
{
	struct drop *d = &s->v.drop;
	struct hop *last;

	story_begin(s, VERDICT_UNSENT);
	story_said(s, 4, ROLE_SRC, "eth0", STEP_SENT, "ARP who-has 172.19.0.3");
	last = story_said(s, 6, ROLE_HOST, "veth2dcfc20", STEP_RECEIVED, "ARP who-has 172.19.0.3");
	last->pkt.ethertype = ETH_P_ARP;
	memcpy(last->pkt.src, s->scene.ends[ROLE_SRC].ip.bytes, 4);
	memcpy(last->pkt.dst, s->scene.ends[ROLE_DST].ip.bytes, 4);
	story_dropped(s, 3062000, ROLE_SRC, "eth0", LAYER_NEIGH, "neigh_invalidate",
		      "NEIGH_FAILED");
	story_death(s, last);
	d->hop.step = STEP_DROPPED;
	d->hop.layer = LAYER_BRIDGE;
	d->length = 28;
	d->in_bridge = true;
	strcpy(d->bridge, "br-4167487351c8");
	d->port = (struct link){ .ifindex = 7,
				 .name = "vethe7a88af",
				 .up = true,
				 .running = true,
				 .port_state = BR_STATE_FORWARDING,
				 .port_isolated = true };
	story_cause(
		s, "bridge-port-isolated",
		"veth2dcfc20 and vethe7a88af are both isolated ports of br-4167487351c8; a bridge "
		"passes nothing from one isolated port to another.",
		"bridge link set dev veth2dcfc20 isolated off");
	strcpy(s->v.cause.remedy[s->v.cause.n_remedies++],
	       "bridge link set dev vethe7a88af isolated off");
	s->v.cause.confidence = CONFIDENCE_LIKELY;
}

static void story_reset(struct story *s)
{
	story_begin(s, VERDICT_REFUSED);
	s->scene.request.protocol = IPPROTO_TCP;
	s->scene.request.port = 5432;
	story_said(s, 9, ROLE_SRC, "eth0", STEP_SENT, "SYN");
	story_said(s, 12, ROLE_HOST, "veth2dcfc20", STEP_RECEIVED, "SYN");
	story_said(s, 25, ROLE_DST, "eth0", STEP_RECEIVED, "SYN");
	story_death(s, story_dropped(s, 31, ROLE_DST, "eth0", LAYER_TRANSPORT, "tcp_v4_rcv",
				     "NO_SOCKET"));
	story_said(s, 40, ROLE_DST, "eth0", STEP_SENT, "RST")->direction = DIR_REPLY;
	story_said(s, 70, ROLE_SRC, "", STEP_CONSUMED, "RST")->direction = DIR_REPLY;
	story_cause(s, "no-listener",
		    "The network is fine: the packet reached db, where nothing listens on TCP port "
		    "5432.",
		    "docker exec db netstat -ltn");
}

static void story_no_route(struct story *s)
{
	story_begin(s, VERDICT_UNSENT);
	s->scene.shared = false;
	strcpy(s->scene.dst_network.name, "backoffice");
	strcpy(s->scene.dst_network.bridge, "br-0a1b2c3d4e5f");
	addr_parse("172.20.0.3", &s->scene.ends[ROLE_DST].ip);
	story_said(s, 3, ROLE_SRC, "", STEP_ROUTE_FAILED, "echo request")->layer = LAYER_IP;
	story_cause(
		s, "no-route",
		"web has no route to 172.20.0.3: the two share no network, and web has no default "
		"route.",
		"docker network connect shop db");
}

static void story_inconclusive(struct story *s)
{
	story_begin(s, VERDICT_INCONCLUSIVE);
	s->scene.engine.firewall_backend[0] = '\0';
	s->v.events_lost = 1;
	s->v.events_malformed = 2;
	story_to_bridge(s);
	s->v.cause.confidence = CONFIDENCE_POSSIBLE;
	story_cause(s, "unknown",
		    "No drop was seen and no answer came; what is known is the path above.", "");
	s->v.cause.confidence = CONFIDENCE_POSSIBLE;
}

static void story_vanished(struct story *s)
{
	story_begin(s, VERDICT_VANISHED);
	story_said(s, 9, ROLE_SRC, "eth0", STEP_SENT, "echo request");
	story_said(s, 12, ROLE_HOST, "veth2dcfc20", STEP_RECEIVED, "echo request");
	story_cause(
		s, "vanished",
		"Seen at veth2dcfc20 and never at vethe7a88af, and no drop was reported between.",
		"");
}

static void story_unanswered(struct story *s)
{
	story_begin(s, VERDICT_UNANSWERED);
	s->scene.request.protocol = IPPROTO_UDP;
	s->scene.request.port = 53;
	story_said(s, 9, ROLE_SRC, "eth0", STEP_SENT, "datagram");
	story_said(s, 12, ROLE_DST, "eth0", STEP_RECEIVED, "datagram");
	story_hop(s, 14, ROLE_DST, "", STEP_CONSUMED);
	story_cause(s, "app-silent",
		    "The datagram was taken in by db, and the program there did not answer.", "");
}

/* Everything that comes from outside tries to break out. */
static void story_hostile(struct story *s)
{
	struct drop *d = &s->v.drop;

	story_rule(s);
	strcpy(s->scene.ends[ROLE_SRC].name, "shop-frontend-\x1b]0;pwned\x07-1");
	strcpy(s->scene.ends[ROLE_DST].name, "backoffice-database-replica-\xff\xfe-2");
	memset(s->scene.network.name, 'n', 200);
	strcpy(s->scene.engine.version, "1\n2\r3");
	strcpy(s->hops[0].device, "\x1b[2J");
	strcpy(d->rule.chain, "\xe2\x80\xae"
			      "evil");
	strcpy(d->rule.text,
	       "-A DOCKER-USER -p icmp -m comment --comment \"\xe7\xa6\x81\xe6\xad\xa2 "
	       "\x1b[31mtwo  blanks and more words than fit into one line\" -j DROP ");
	memset(d->rule.text + strlen(d->rule.text), 'x', 300);
	strcpy(s->v.cause.text,
	       "See `iptables -t filter -S DOCKER-USER; iptables -t raw -S` and the "
	       "rest of `the rules \x9b");
}

struct story_row {
	const char *name; /* of the expected text in tests/data/view */
	void (*make)(struct story *s);
};

static const struct story_row stories[] = {
	{ "delivered", story_delivered },
	{ "delivered-verbose", story_delivered_verbose },
	{ "rule", story_rule },
	{ "rule-verbose", story_rule_verbose },
	{ "rule-colour", story_rule_colour },
	{ "policy", story_policy },
	{ "container", story_container },
	{ "isolated", story_isolated },
	{ "reset", story_reset },
	{ "no-route", story_no_route },
	{ "inconclusive", story_inconclusive },
	{ "vanished", story_vanished },
	{ "unanswered", story_unanswered },
	{ "hostile", story_hostile },
};

#define N_STORIES (sizeof(stories) / sizeof(stories[0]))

/* Relative to the root of the source tree, where the tests run. */
static inline void story_path(char *out, size_t out_len, const char *name, const char *ending)
{
	snprintf(out, out_len, "tests/data/view/%s.%s", name, ending);
}

/* The file's text, "" if there is none. DD_UPDATE in the environment: got is written there first.
 */
static inline char *story_expected(const char *name, const char *ending, const char *got)
{
	char path[256], *text = calloc(1, 65536);
	FILE *f;

	story_path(path, sizeof(path), name, ending);
	if (getenv("DD_UPDATE") && (f = fopen(path, "w"))) {
		fputs(got, f);
		fclose(f);
	}
	f = fopen(path, "r");
	if (text && f)
		text[fread(text, 1, 65535, f)] = '\0';
	if (f)
		fclose(f);
	return text;
}

#endif
