/* SPDX-License-Identifier: GPL-2.0 */
#include "core/stack_words.h"

#include <inttypes.h>
#include <string.h>

#include "base/addr.h"
#include "base/array.h"

#define LOW_TTL 8 /* who starts with no more did not run into a loop */

/* The packet that a stack did not take. */
static const struct hop *refused(const struct evidence *e)
{
	return e->unheard ? e->unheard : e->drop;
}

static struct ip dropped_ip(const struct evidence *e, const __u8 *bytes)
{
	return addr_of(word_is_ip6(e) ? AF_INET6 : AF_INET, bytes);
}

/* ---- routing ---- */

static bool w_forward_sysctl(const struct evidence *e, struct strbuf *out)
{
	if (word_is_ip6(e)) {
		strbuf_addf(out, "net.ipv6.conf.all.forwarding");
		return true;
	}
	if (!e->looked || e->after.forwarding != 1) {
		strbuf_addf(out, "net.ipv4.ip_forward");
		return true;
	}
	/* a device's name may hold dots */
	strbuf_addf(out, "net/ipv4/conf/");
	strbuf_add_shell(out, e->drop->device);
	strbuf_addf(out, "/forwarding");
	return true;
}

static const char *ttl_name(const struct evidence *e)
{
	return word_is_ip6(e) ? "hop limit" : "TTL";
}

static bool is_lost_message(const struct evidence *e, const struct hop *h)
{
	return h->probe == e->probe && journey_message(h) == e->lost;
}

/* With what it left its sender; 0: that was not seen. */
static int ttl_at_start(const struct evidence *e)
{
	const struct journey *j = e->journey;

	for (int i = 0; i < j->n_hops; i++)
		if (j->hops[i].step == STEP_SENT && j->hops[i].role == e->from &&
		    is_lost_message(e, &j->hops[i]))
			return j->hops[i].pkt.ttl;
	return 0;
}

/* It came again to where it had been. */
static bool went_round(const struct evidence *e)
{
	const struct journey *j = e->journey;

	for (int i = 0; i < j->n_hops; i++)
		for (int k = i + 1; k < j->n_hops; k++) {
			const struct hop *a = &j->hops[i], *b = &j->hops[k];

			if (a->step == STEP_RECEIVED && b->step == STEP_RECEIVED &&
			    a->role == b->role && a->ifindex == b->ifindex &&
			    a->pkt.ttl > b->pkt.ttl && is_lost_message(e, a) &&
			    is_lost_message(e, b))
				return true;
		}
	return false;
}

/* What becomes of it at routers that are out of sight, nobody here can tell. */
static bool was_set(const struct evidence *e)
{
	return e->drop && ttl_at_start(e) > LOW_TTL && !went_round(e);
}

static bool w_ttl_why(const struct evidence *e, struct strbuf *out)
{
	int start = ttl_at_start(e);

	if (!start)
		return true;
	strbuf_addf(out, "; it had left its sender with %d", start);
	if (was_set(e))
		strbuf_addf(out, " and did not go round, so a rule on its way set it");
	else if (start > LOW_TTL)
		strbuf_addf(out, ", so it went round in a loop");
	return true;
}

/* Where a rule set it, a look at the routes shows nothing. */
static bool w_ttl_look(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "ip route get");
	return !was_set(e);
}

/* For grep: what lists call a rule of iptables, and one of nftables' own. */
static bool w_ttl_rule(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "%s", word_is_ip6(e) ? "-e HL -e hoplimit" : "-e TTL -e ttl");
	return was_set(e);
}

static bool w_ttl_where(const struct evidence *e, struct strbuf *out)
{
	const struct answer *a = &e->journey->answers[e->probe];
	enum role r = e->drop ? e->drop->role : ROLE_OTHER;

	if (r <= ROLE_DST) {
		strbuf_add_shell(out, e->scene->ends[r].name);
	} else if (r == ROLE_HOST) {
		strbuf_addf(out, "the host");
	} else if (a->probe && a->kind == ANSWER_ICMP) {
		strbuf_addf(out, "the router ");
		word_add_ip(out, &a->from);
	} else {
		strbuf_addf(out, "another container");
	}
	return true;
}

static bool w_ttl_name(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "%s", ttl_name(e));
	return true;
}

static bool w_ttl_sysctl(const struct evidence *e, struct strbuf *out)
{
	int start = ttl_at_start(e);

	if (word_is_ip6(e)) {
		strbuf_addf(out, "net/ipv6/conf/");
		strbuf_add_shell(out, e->scene->ends[e->from].device.name);
		strbuf_addf(out, "/hop_limit=64");
	} else {
		strbuf_addf(out, "net.ipv4.ip_default_ttl=64");
	}
	return start && start <= LOW_TTL;
}

static bool w_astray(const struct evidence *e, struct strbuf *out)
{
	enum direction dir = e->lost >= MSG_NEIGH_ASK_BACK ? DIR_REPLY : DIR_REQUEST;
	const struct route *route = &e->scene->routes[e->at_fault][dir];

	strbuf_add_shell(out, route->device);
	if (!route->gateway.family)
		return route->device[0];
	strbuf_addf(out, " by way of ");
	word_add_ip(out, &route->gateway);
	return route->device[0];
}

static bool w_kind(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "%s", e->link ? e->link->kind : "");
	return e->link;
}

static bool w_mode(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "%s", e->link && !strcmp(e->link->kind, "ipvlan") ? "l2" : "bridge");
	return true;
}

/* By which the host sends to the one at fault, who hangs on it. */
static bool w_parent(const struct evidence *e, struct strbuf *out)
{
	enum direction dir = e->at_fault == ROLE_DST ? DIR_REQUEST : DIR_REPLY;

	return word_add_quoted(out, e->scene->routes[ROLE_HOST][dir].device);
}

static bool w_overlap(const struct evidence *e, struct strbuf *out)
{
	word_add_ip(out, &e->after.overlap.ip);
	strbuf_addf(out, "/%d", e->after.overlap.prefix_len);
	return e->after.overlap.ip.family;
}

static bool w_overlap_dev(const struct evidence *e, struct strbuf *out)
{
	strbuf_add_shell(out, e->after.overlap.device);
	return e->after.overlap.device[0];
}

/* ---- IP ---- */

static bool is_own_source(const struct evidence *e, const struct ip *src)
{
	return !strcmp(refused(e)->reason_name, "IP_LOCAL_SOURCE") ||
	       addr_equal(src, &e->scene->ends[e->from].ip);
}

/* "from 127.0.0.1": what it is about the packet that is not taken. */
static bool w_martian(const struct evidence *e, struct strbuf *out)
{
	struct ip src = dropped_ip(e, refused(e)->pkt.src), dst = dropped_ip(e, refused(e)->pkt.dst);
	bool by_dst = !addr_is_loopback(&src) && addr_is_loopback(&dst);

	strbuf_addf(out, by_dst ? "to " : "from ");
	word_add_ip(out, by_dst ? &dst : &src);
	if (addr_is_loopback(by_dst ? &dst : &src))
		strbuf_addf(out, ", which is an address for use inside of one machine");
	else if (is_own_source(e, &src))
		strbuf_addf(out, ", which is its own address as well");
	return true;
}

static bool w_martian_show(const struct evidence *e, struct strbuf *out)
{
	struct ip src = dropped_ip(e, refused(e)->pkt.src), dst = dropped_ip(e, refused(e)->pkt.dst);

	if (addr_is_loopback(&src) || addr_is_loopback(&dst))
		return false;
	strbuf_addf(out, "ip address show to ");
	word_add_ip(out, &src);
	return true;
}

/* Only for what was sent to a loopback address; ::1 is never taken. */
static bool w_localnet(const struct evidence *e, struct strbuf *out)
{
	struct ip src = dropped_ip(e, refused(e)->pkt.src), dst = dropped_ip(e, refused(e)->pkt.dst);

	strbuf_addf(out, "net/ipv4/conf/");
	strbuf_add_shell(out, refused(e)->device);
	strbuf_addf(out, "/route_localnet=1");
	return !word_is_ip6(e) && addr_is_loopback(&dst) && !addr_is_loopback(&src);
}

static bool w_rewriter(const struct evidence *e, struct strbuf *out)
{
	struct ip src = dropped_ip(e, refused(e)->pkt.src), dst = dropped_ip(e, refused(e)->pkt.dst);

	strbuf_addf(out, "nft list ruleset");
	return addr_is_loopback(&src) || addr_is_loopback(&dst);
}

static bool w_ip6_dev(const struct evidence *e, struct strbuf *out)
{
	strbuf_add_shell(out, e->drop ? e->drop->device : e->scene->ends[ROLE_SRC].device.name);
	return true;
}

static bool w_checksum(const struct evidence *e, struct strbuf *out)
{
	static const char *const names[] = {
		[IPPROTO_ICMP] = "ICMP", [IPPROTO_TCP] = "TCP", [IPPROTO_UDP] = "UDP",
		[IPPROTO_ICMPV6] = "ICMPv6",
	};
	const struct hop *drop = e->drop;

	if (!strcmp(drop->reason_name, "IP_CSUM") || !strcmp(drop->where.function, "ip_rcv_core"))
		strbuf_addf(out, "IP header");
	else if (drop->pkt.l4 < ARRAY_SIZE(names) && names[drop->pkt.l4])
		strbuf_addf(out, "%s", names[drop->pkt.l4]);
	return out->len;
}

static bool w_length(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "%u", e->drop->pkt.len);
	return true;
}

static bool w_mtu(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "%" PRIu32, e->link->mtu);
	return true;
}

static bool is_own_device(const struct evidence *e)
{
	return e->link == &e->scene->ends[e->to].device;
}

static bool w_narrow_where(const struct evidence *e, struct strbuf *out)
{
	if (is_own_device(e))
		strbuf_add_shell(out, e->scene->ends[e->to].name);
	else
		strbuf_addf(out, "the host");
	return true;
}

static bool w_mtu_wanted(const struct evidence *e, struct strbuf *out)
{
	/* by its sender's device */
	strbuf_addf(out, "%" PRIu32, e->scene->ends[e->from].device.mtu);
	return e->scene->ends[e->from].device.mtu > e->link->mtu;
}

static bool w_mtu_told(const struct evidence *e, struct strbuf *out)
{
	bool told = !strncmp(e->drop->where.function, "ip", 2);

	strbuf_addf(out, told ? "; the sender was told by an ICMP error" :
				  "; a bridge and a veth drop that and tell nobody");
	return true;
}

/* ---- Docker's rules ---- */

/* The network that the receiver is on. */
static bool w_to_network(const struct evidence *e, struct strbuf *out)
{
	const struct network *dst = &e->scene->dst_network;

	strbuf_add_shell(out, e->to == ROLE_DST && dst->name[0] ? dst->name : e->scene->network.name);
	return e->scene->network.name[0];
}

static bool w_lost_kind(const struct evidence *e, struct strbuf *out)
{
	if (e->scene->request.protocol == IPPROTO_ICMP)
		strbuf_addf(out, "a ping");
	else
		strbuf_addf(out, "%s port %u", word_is_tcp(e) ? "TCP" : "UDP", e->scene->request.port);
	return true;
}

/* ---- two with one address ---- */

static bool w_other_mac(const struct evidence *e, struct strbuf *out)
{
	char buf[ADDR_TEXT_LEN];

	if (e->other_owner)
		strbuf_addf(out, "%s", mac_format(e->other_owner->pkt.mac_src, buf));
	return e->other_owner;
}

static bool w_to_mac(const struct evidence *e, struct strbuf *out)
{
	char buf[ADDR_TEXT_LEN];

	strbuf_addf(out, "%s", mac_format(e->scene->ends[e->to].device.mac, buf));
	return true;
}

static const struct word words[] = {
	{ "forward.sysctl", w_forward_sysctl },
	{ "ttl.name", w_ttl_name },
	{ "ttl.where", w_ttl_where },
	{ "ttl.why", w_ttl_why },
	{ "ttl.sysctl", w_ttl_sysctl },
	{ "ttl.look", w_ttl_look },
	{ "ttl.rule", w_ttl_rule },
	{ "astray", w_astray },
	{ "kind", w_kind },
	{ "mode", w_mode },
	{ "parent", w_parent },
	{ "overlap", w_overlap },
	{ "overlap.dev", w_overlap_dev },
	{ "martian", w_martian },
	{ "martian.show", w_martian_show },
	{ "localnet", w_localnet },
	{ "rewriter", w_rewriter },
	{ "ip6.dev", w_ip6_dev },
	{ "checksum", w_checksum },
	{ "length", w_length },
	{ "mtu", w_mtu },
	{ "mtu.wanted", w_mtu_wanted },
	{ "mtu.told", w_mtu_told },
	{ "narrow.where", w_narrow_where },
	{ "to.network", w_to_network },
	{ "lost.kind", w_lost_kind },
	{ "other.mac", w_other_mac },
	{ "to.mac", w_to_mac },
};

const struct words stack_words = { words, ARRAY_SIZE(words) };
