/* SPDX-License-Identifier: GPL-2.0 */
#include "core/fill.h"

#include <linux/netfilter.h>
#include <linux/netfilter_arp.h>
#include <stddef.h>
#include <string.h>

#include "base/addr.h"
#include "base/array.h"
#include "base/strbuf.h"
#include "core/attached.h"
#include "core/bridge.h"
#include "core/culprit.h"
#include "core/gate.h"
#include "core/stack_words.h"
#include "core/undo.h"

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

static bool add_quoted(struct strbuf *out, const char *text)
{
	strbuf_add_shell(out, text);
	return text[0];
}

static bool add_ip(struct strbuf *out, const struct ip *ip)
{
	char buf[ADDR_TEXT_LEN];

	strbuf_addf(out, "%s", addr_format(ip, buf));
	return ip->family != 0;
}

static const char *role_name(const struct evidence *e, enum role r)
{
	return r <= ROLE_DST ? e->scene->ends[r].name : r == ROLE_HOST ? "host" : "another container";
}

static void add_namespace(struct strbuf *out, const char *word)
{
	bool pid = !strncmp(word, "pid:", strlen("pid:"));

	strbuf_addf(out, pid ? "nsenter -n -t " : "nsenter --net=");
	strbuf_add_shell(out, pid ? word + strlen("pid:") : word);
	strbuf_add(out, " ", 1);
}

/* The prefix that runs a command in a container's network namespace; nothing for the host's own. */
static bool add_inside(const struct evidence *e, enum role r, struct strbuf *out)
{
	if (r == ROLE_OTHER || (r <= ROLE_DST && e->scene->ends[r].kind == ENDPOINT_ADDRESS))
		return false;
	if (r == ROLE_HOST || e->scene->ends[r].kind == ENDPOINT_HOST)
		return true;
	if (!e->scene->ends[r].id[0]) { /* no engine knows it: a path, or pid:NUMBER */
		add_namespace(out, e->scene->ends[r].name);
		return true;
	}
	strbuf_addf(out, "nsenter -n -t $(docker inspect -f '{{.State.Pid}}' ");
	add_quoted(out, e->scene->ends[r].name);
	strbuf_addf(out, ") ");
	return true;
}

/* For a sentence, and where it is a container also for a command. */
static bool add_role(const struct evidence *e, enum role r, struct strbuf *out)
{
	if (r == ROLE_OTHER || r == ROLE_HOST || e->scene->ends[r].kind == ENDPOINT_HOST)
		strbuf_addf(out, "%s", r == ROLE_OTHER ? "another container" : "the host");
	else
		add_quoted(out, e->scene->ends[r].name);
	return true;
}

static bool w_to_ip(const struct evidence *e, struct strbuf *out)
{
	return add_ip(out, &e->scene->ends[e->to].ip);
}

static bool w_from_dev(const struct evidence *e, struct strbuf *out)
{
	return add_quoted(out, e->scene->ends[e->from].device.name);
}

static bool w_to_dev(const struct evidence *e, struct strbuf *out)
{
	return add_quoted(out, e->scene->ends[e->to].device.name);
}

static bool w_where_dev(const struct evidence *e, struct strbuf *out)
{
	return e->at_fault <= ROLE_DST && add_quoted(out, e->scene->ends[e->at_fault].device.name);
}

/* Addresses of the lost data: those of the direction, not of a question for a neighbour. */
static enum role data_from(const struct evidence *e)
{
	return e->lost >= MSG_NEIGH_ASK_BACK ? ROLE_DST : ROLE_SRC;
}

static bool w_lost_src(const struct evidence *e, struct strbuf *out)
{
	return add_ip(out, &e->scene->ends[data_from(e)].ip);
}

static bool w_lost_dst(const struct evidence *e, struct strbuf *out)
{
	return add_ip(out, &e->scene->ends[data_from(e) == ROLE_SRC ? ROLE_DST : ROLE_SRC].ip);
}

static const struct ip *asked_ip(const struct evidence *e)
{
	enum role asker = data_from(e);
	const struct ip *gateway = &e->scene->next_hop[asker];

	if (gateway->family && (!e->last || e->last->role == asker))
		return gateway;
	return &e->scene->ends[asker == ROLE_SRC ? ROLE_DST : ROLE_SRC].ip;
}

static bool w_asked(const struct evidence *e, struct strbuf *out)
{
	return add_ip(out, asked_ip(e));
}

static bool w_asked_seen(const struct evidence *e, struct strbuf *out)
{
	if (e->reached < POINT_ARRIVED)
		return true;
	strbuf_addf(out, ", though ");
	add_role(e, e->to, out);
	strbuf_addf(out, " received it on %s", e->scene->ends[e->to].device.name);
	return true;
}

/* Of traffic that is there already: the packet says what it is. */
static const char *packet_words(const struct dd_packet *pkt, bool reply)
{
	static const struct {
		__u8 mask, flags;
		const char *words;
	} segments[] = {
		{ TCP_RST, TCP_RST, "a reset" },
		{ TCP_SYN | TCP_ACK, TCP_SYN, "a SYN" },
		{ TCP_SYN, TCP_SYN, "the SYN-ACK" },
		{ TCP_FIN, TCP_FIN, "a FIN" },
		{ 0, 0, "a segment of a connection" },
	};
	size_t i = 0;

	if (pkt->l4 == IPPROTO_UDP)
		return reply ? "an answer" : "a datagram";
	if (pkt->l4 != IPPROTO_TCP)
		return "a packet";
	while ((pkt->tcp_flags & segments[i].mask) != segments[i].flags)
		i++;
	return segments[i].words;
}

static const char *data_words(const struct evidence *e, bool reply)
{
	const struct hop *hop = e->drop ? e->drop : e->last;

	if (e->scene->request.passive && e->scene->request.protocol != IPPROTO_ICMP && hop &&
	    (hop->direction == DIR_REPLY) == reply)
		return packet_words(&hop->pkt, reply);
	switch (e->scene->request.protocol) {
	case IPPROTO_ICMP:
		return reply ? "the echo reply" : "the echo request";
	case IPPROTO_TCP:
		return reply ? "the answer to the SYN" : "the SYN";
	default:
		return reply ? "the answer" : "the datagram";
	}
}

static bool w_error(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "%s", strerrordesc_np(-e->journey->sent[e->probe].err));
	return true;
}

static bool is_ip6(const struct evidence *e)
{
	return e->scene->ends[ROLE_DST].ip.family == AF_INET6;
}

static const char *question_words(const struct evidence *e)
{
	return is_ip6(e) ? "neighbour solicitation" : "ARP question";
}

static bool w_question(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "%s", question_words(e));
	return true;
}

/* ip infers the family from an address, and assumes IPv4 where there is none. */
static bool w_ip(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "%s", is_ip6(e) ? "ip -6" : "ip");
	return true;
}

static bool w_unfragmented(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "%s", is_ip6(e) && !e->scene->request.df ?
				       "routers do not fragment IPv6" :
				       "fragmentation is forbidden (--df)");
	return true;
}

static bool w_legacy_save(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "%s", is_ip6(e) ? "ip6tables-legacy-save" : "iptables-legacy-save");
	return true;
}

static bool w_echo_sysctl(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "%s", is_ip6(e) ? "net.ipv6.icmp.echo_ignore_all" :
					   "net.ipv4.icmp_echo_ignore_all");
	return true;
}

/* Of others' traffic it is what the packet's own note says. */
static void add_data(const struct evidence *e, bool reply, struct strbuf *out)
{
	if (!e->scene->lone)
		strbuf_addf(out, "%s", data_words(e, reply));
	else if (e->drop && e->drop->note[0])
		strbuf_addf(out, "the %s", e->drop->note);
	else
		strbuf_addf(out, "the packet");
}

static bool w_lost(const struct evidence *e, struct strbuf *out)
{
	char buf[ADDR_TEXT_LEN];

	if (e->lost == MSG_NEIGH_ASK || e->lost == MSG_NEIGH_ASK_BACK)
		strbuf_addf(out, "the %s for %s", question_words(e), addr_format(asked_ip(e), buf));
	else if (e->lost == MSG_NEIGH_ANSWER || e->lost == MSG_NEIGH_ANSWER_BACK)
		strbuf_addf(out, "the %s of %s",
			    is_ip6(e) ? "neighbour advertisement" : "ARP answer",
			    role_name(e, e->from));
	else
		add_data(e, e->lost == MSG_REPLY, out);
	return true;
}

static bool w_request(const struct evidence *e, struct strbuf *out)
{
	add_data(e, false, out);
	return true;
}

/* netfilter's hooks by family: IPv4 and the bridge family number theirs alike, ARP does not. */
static const char *const ip_hooks[] = { "PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING" };
static const char *const arp_hooks[] = { "INPUT", "OUTPUT", "FORWARD" };
static const char *const netdev_hooks[] = { "INGRESS", "EGRESS" };

static bool w_in_hook(const struct evidence *e, struct strbuf *out)
{
	const struct hop *drop = e->drop;
	const char *const *names = ip_hooks;
	size_t n = ARRAY_SIZE(ip_hooks);

	if (drop && drop->hook_pf == NFPROTO_ARP) {
		names = arp_hooks;
		n = ARRAY_SIZE(arp_hooks);
	} else if (drop && drop->hook_pf == NFPROTO_NETDEV) {
		names = netdev_hooks;
		n = ARRAY_SIZE(netdev_hooks);
	}
	if (drop && drop->hook_pf && drop->hook_num < n)
		strbuf_addf(out, " in its %s hook", names[drop->hook_num]);
	return true;
}

static bool w_chain(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "%s (table %s)", e->rule.chain, e->rule.table);
	return e->has_rule;
}

static bool w_by_rule(const struct evidence *e, struct strbuf *out)
{
	if (!e->has_rule)
		culprit_add_by(&e->culprit, out);
	else
		strbuf_addf(out, ", by %s of chain %s", e->rule.policy ? "the policy" : "a rule",
			    e->rule.chain);
	return true;
}

static bool w_gone(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, e->rule.device_gone ? "a bridge that no longer exists" :
					       "another bridge");
	return true;
}

static bool w_owner(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "A rule");
	if (e->owner != OWNER_USER && e->owner != OWNER_UNKNOWN)
		strbuf_addf(out, " of %s%s", rules_owner_whose(e->owner),
			    e->owner == OWNER_DOCKER ? " own" : "");
	return true;
}

/* What a rule of Docker's is for; of anybody else's only its maker knows. */
static bool w_purpose(const struct evidence *e, struct strbuf *out)
{
	if (e->purpose)
		strbuf_addf(out, ": %s", rules_purpose_words(e->purpose));
	return true;
}

/* Where no engine told its name, a network is that of a bridge. */
static bool add_network(const struct network *n, struct strbuf *out)
{
	return add_quoted(out, n->name[0] ? n->name : n->bridge);
}

static bool w_network_of(const struct evidence *e, struct strbuf *out)
{
	return add_network(&e->scene->network, out);
}

static bool w_dst_network_of(const struct evidence *e, struct strbuf *out)
{
	return add_network(&e->scene->dst_network, out);
}

static bool w_rule_bridge(const struct evidence *e, struct strbuf *out)
{
	char bridge[DD_IFNAME_LEN];

	return e->has_rule && rules_bridge(&e->rule, bridge) && add_quoted(out, bridge);
}

/* No error answers a message of ARP's, nor one to many (RFC 4443, section 2.4). */
static bool w_rejected(const struct evidence *e, struct strbuf *out)
{
	if (e->lost == MSG_REQUEST || e->lost == MSG_REPLY)
		strbuf_addf(out, ": the sender gets an error instead of an answer");
	return true;
}

static bool w_rule_of(const struct evidence *e, struct strbuf *out)
{
	w_owner(e, out);
	if (e->has_rule)
		strbuf_addf(out, " in chain ");
	return !e->has_rule || w_chain(e, out);
}

static bool w_undo(const struct evidence *e, struct strbuf *out)
{
	return e->has_rule && add_inside(e, e->drop->role, out) && undo_rule(&e->rule, out);
}

static bool w_undo_exactly(const struct evidence *e, struct strbuf *out)
{
	return e->has_rule && add_inside(e, e->drop->role, out) && undo_rule_exactly(&e->rule, out);
}

static bool w_bridge_now(const struct evidence *e, struct strbuf *out)
{
	const char *bridge = rules_bridge_now(&e->rule, e->scene);

	if (bridge[0])
		strbuf_addf(out, "; the container with that address is on %s now", bridge);
	return true;
}

static bool w_device(const struct evidence *e, struct strbuf *out)
{
	const struct hop *at = e->unheard ? e->unheard : e->drop;

	return at && add_quoted(out, at->device);
}

static bool w_link(const struct evidence *e, struct strbuf *out)
{
	return e->link && add_quoted(out, e->link->name);
}

/* A link at fault is the endpoint's own device, or the host's end of it. */
static enum role link_role(const struct evidence *e)
{
	bool own = e->at_fault <= ROLE_DST && e->link == &e->scene->ends[e->at_fault].device;

	return own ? e->at_fault : ROLE_HOST;
}

static bool w_link_where(const struct evidence *e, struct strbuf *out)
{
	if (link_role(e) != ROLE_HOST)
		return add_quoted(out, role_name(e, link_role(e)));
	strbuf_addf(out, "the host (%s's other end)", role_name(e, e->at_fault));
	return true;
}

static bool w_port_state(const struct evidence *e, struct strbuf *out)
{
	static const char *const states[] = { "disabled", "listening", "learning", "forwarding",
					      "blocking" };

	if (!e->link || e->link->port_state < 0 || e->link->port_state > 4)
		return false;
	strbuf_addf(out, "%s", states[e->link->port_state]);
	return true;
}

static bool w_mac_wrong(const struct evidence *e, struct strbuf *out)
{
	char buf[ADDR_TEXT_LEN];

	if (e->misaddressed)
		strbuf_addf(out, "%s", mac_format(e->misaddressed->pkt.mac_dst, buf));
	return e->misaddressed;
}

static bool w_entry(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "%sneighbour entry",
		    e->scene->neighbours[e->from].permanent ? "permanent " : "");
	return true;
}

static bool w_mac_right(const struct evidence *e, struct strbuf *out)
{
	char buf[ADDR_TEXT_LEN];

	strbuf_addf(out, "%s", mac_format(e->scene->ends[e->to].device.mac, buf));
	return true;
}

static bool w_route_type(const struct evidence *e, struct strbuf *out)
{
	static const char *const types[] = {
		[ROUTE_UNREACHABLE] = "unreachable",
		[ROUTE_PROHIBIT] = "prohibit",
		[ROUTE_BLACKHOLE] = "blackhole",
	};
	enum direction dir = data_from(e) == ROLE_SRC ? DIR_REQUEST : DIR_REPLY;
	enum route_type type = e->at_fault <= ROLE_HOST ?
				       e->scene->routes[e->at_fault][dir].type : ROUTE_OK;

	if (type < ROUTE_UNREACHABLE)
		return false;
	strbuf_addf(out, "%s", types[type]);
	return true;
}

static bool w_service(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "%s port %u", e->scene->request.protocol == IPPROTO_TCP ? "TCP" : "UDP",
		    e->scene->request.port);
	return true;
}

static bool w_ss(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "%s", e->scene->request.protocol == IPPROTO_TCP ? "t" : "u");
	return true;
}

static bool w_last_seen(const struct evidence *e, struct strbuf *out)
{
	if (!e->last)
		return false;
	if (e->last->device[0])
		strbuf_addf(out, "at %s of ", e->last->device);
	else
		strbuf_addf(out, "in ");
	return add_role(e, e->last->role, out);
}

static bool w_next(const struct evidence *e, struct strbuf *out)
{
	switch (e->reached) {
	case POINT_NONE:
		strbuf_addf(out, "out by %s", e->scene->ends[e->from].device.name);
		return true;
	case POINT_ARRIVED:
		strbuf_addf(out, "past that device");
		return true;
	case POINT_SENT:
		strbuf_addf(out, "to the host's end of that veth");
		return true;
	case POINT_HOST_IN:
		strbuf_addf(out, "out to %s", e->scene->ends[e->to].host_device.name);
		return true;
	case POINT_HOST_OUT:
		strbuf_addf(out, "to %s of ", e->scene->ends[e->to].device.name);
		return add_role(e, e->to, out);
	default:
		return false;
	}
}

static enum role role_src(const struct evidence *e)
{
	(void)e;
	return ROLE_SRC;
}

static enum role role_dst(const struct evidence *e)
{
	(void)e;
	return ROLE_DST;
}

static enum role role_from(const struct evidence *e)
{
	return e->from;
}

static enum role role_to(const struct evidence *e)
{
	return e->to;
}

static enum role role_where(const struct evidence *e)
{
	return e->at_fault;
}

/*
 * A word is what a function writes, whoever has a role, the prefix that runs a command where that
 * one is, or a member of the scene or of the rule's words as it stands.
 */
static const struct word {
	const char *name;
	bool (*write)(const struct evidence *e, struct strbuf *out); /* false: it has no value */
	bool (*culprit)(const struct culprit *c, struct strbuf *out); /* as above */
	enum role (*role)(const struct evidence *e);
	bool inside;
	bool of_rule; /* a member of the rule's words, not of the scene */
	size_t member;
} words[] = {
#define WORD(name, write) { name, write, NULL, NULL, false, false, 0 }
#define CULPRIT(name, write) { name, NULL, write, NULL, false, false, 0 }
#define ROLE(name, role) { name, NULL, NULL, role, false, false, 0 }
#define INSIDE(name, role) { name, NULL, NULL, role, true, false, 0 }
#define SCENE(name, member) { name, NULL, NULL, NULL, false, false, offsetof(struct scene, member) }
#define RULE(name, member) \
	{ name, NULL, NULL, NULL, false, true, offsetof(struct rule_words, member) }
	ROLE("src", role_src),
	ROLE("dst", role_dst),
	ROLE("from", role_from),
	ROLE("to", role_to),
	ROLE("where", role_where),
	WORD("to.ip", w_to_ip),
	WORD("from.dev", w_from_dev),
	WORD("to.dev", w_to_dev),
	WORD("where.dev", w_where_dev),
	SCENE("src.port", ends[ROLE_SRC].host_device.name),
	SCENE("dst.port", ends[ROLE_DST].host_device.name),
	SCENE("network", network.name),
	SCENE("dst.network", dst_network.name),
	SCENE("bridge", network.bridge),
	WORD("lost", w_lost),
	WORD("question", w_question),
	WORD("ip", w_ip),
	WORD("legacy-save", w_legacy_save),
	WORD("unfragmented", w_unfragmented),
	WORD("echo.sysctl", w_echo_sysctl),
	WORD("error", w_error),
	WORD("request", w_request),
	WORD("lost.src", w_lost_src),
	WORD("lost.dst", w_lost_dst),
	WORD("asked", w_asked),
	WORD("asked.seen", w_asked_seen),
	WORD("in-hook", w_in_hook),
	WORD("chain", w_chain),
	WORD("by-rule", w_by_rule),
	RULE("rule.in", in),
	RULE("rule.dst", dst),
	WORD("network.of", w_network_of),
	WORD("dst.network.of", w_dst_network_of),
	WORD("rule.bridge", w_rule_bridge),
	WORD("rule-of", w_rule_of),
	WORD("purpose", w_purpose),
	CULPRIT("program", culprit_add_program),
	CULPRIT("program.detach", culprit_add_detach),
	CULPRIT("queue", culprit_add_queue),
	CULPRIT("ct.count", culprit_add_count),
	CULPRIT("ct.max", culprit_add_max),
	CULPRIT("ct.more", culprit_add_more),
	WORD("gone", w_gone),
	WORD("owner", w_owner),
	WORD("rejected", w_rejected),
	WORD("undo", w_undo),
	WORD("undo.exactly", w_undo_exactly),
	WORD("bridge.now", w_bridge_now),
	WORD("device", w_device),
	WORD("hung.device", attached_add_device),
	WORD("hung.direction", attached_add_direction),
	WORD("by-program", attached_add_by),
	WORD("program.del", attached_add_del),
	WORD("queue.of", attached_add_queue),
	WORD("queue.del", attached_add_queue_del),
	WORD("between", attached_add_between),
	WORD("gate.by", gate_add_by),
	WORD("gate.did", gate_add_did),
	WORD("gate.cgroup", gate_add_cgroup),
	WORD("gate.filter", gate_add_filter),
	WORD("link", w_link),
	WORD("link.where", w_link_where),
	WORD("port.state", w_port_state),
	WORD("of-vlan", bridge_add_vlan),
	WORD("vlan.why", bridge_add_vlan_why),
	WORD("vlan.fix", bridge_add_vlan_fix),
	WORD("fdb.entry", bridge_add_entry),
	WORD("fdb.del", bridge_add_entry_del),
	WORD("flooded", bridge_add_flood),
	WORD("flood.flag", bridge_add_flood_flag),
	WORD("mac.wrong", w_mac_wrong),
	WORD("mac.right", w_mac_right),
	WORD("entry", w_entry),
	WORD("route.type", w_route_type),
	WORD("service", w_service),
	WORD("ss", w_ss),
	WORD("last.seen", w_last_seen),
	WORD("next", w_next),
	INSIDE("in.where", role_where),
	INSIDE("in.from", role_from),
	INSIDE("in.to", role_to),
	INSIDE("in.src", role_src),
	INSIDE("in.dst", role_dst),
	INSIDE("in.link", link_role),
#undef WORD
#undef CULPRIT
#undef ROLE
#undef INSIDE
#undef SCENE
#undef RULE
};

static const struct word *word_find(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strlen(words[i].name) == len && !strncmp(words[i].name, name, len))
			return &words[i];
	return NULL;
}

static bool word_write(const struct word *w, const struct evidence *e, struct strbuf *out)
{
	if (w->write)
		return w->write(e, out);
	if (w->culprit)
		return w->culprit(&e->culprit, out);
	if (w->role)
		return w->inside ? add_inside(e, w->role(e), out) : add_role(e, w->role(e), out);
	if (w->of_rule)
		return add_quoted(out, (const char *)&e->words + w->member);
	return add_quoted(out, (const char *)e->scene + w->member);
}

bool fill_knows(const char *word)
{
	return word_find(word, strlen(word)) || stack_word_find(word, strlen(word));
}

/* Whether it has a value. */
static bool word_fill(const char *name, size_t len, const struct evidence *e, struct strbuf *out)
{
	const struct word *w = word_find(name, len);
	stack_word_fn *write = w ? NULL : stack_word_find(name, len);

	return w ? word_write(w, e, out) : write && write(e, out);
}

bool fill_text(const struct evidence *e, const char *text, char *out, size_t out_len)
{
	struct strbuf sb = { 0 };
	bool whole = true;

	while (*text) {
		size_t plain = strcspn(text, "{"), len;

		strbuf_add(&sb, text, plain);
		text += plain;
		if (!*text)
			break;
		len = strcspn(text, "}");
		if (!word_fill(text + 1, len - 1, e, &sb)) {
			strbuf_add(&sb, "?", 1);
			whole = false;
		}
		text += len + (text[len] == '}');
	}
	/* a sentence may begin with a word that was filled in */
	if (!strncmp(strbuf_str(&sb), "the ", 4))
		sb.text[0] = 'T';
	whole &= text_copy(out, out_len, strbuf_str(&sb)) && !sb.failed;
	strbuf_free(&sb);
	return whole;
}
