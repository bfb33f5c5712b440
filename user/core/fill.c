/* SPDX-License-Identifier: GPL-2.0 */
#include "core/fill.h"

#include <stddef.h>
#include <string.h>

#include "base/addr.h"
#include "base/array.h"
#include "base/kernel_words.h"
#include "base/strbuf.h"
#include "core/attached.h"
#include "core/bridge.h"
#include "core/culprit.h"
#include "core/gate.h"
#include "core/netfilter_words.h"
#include "core/packet_words.h"
#include "core/socket_words.h"
#include "core/stack_words.h"

static bool w_to_ip(const struct evidence *e, struct strbuf *out)
{
	return word_add_ip(out, &e->scene->ends[e->to].ip);
}

static bool w_from_dev(const struct evidence *e, struct strbuf *out)
{
	return word_add_quoted(out, e->scene->ends[e->from].device.name);
}

static bool w_to_dev(const struct evidence *e, struct strbuf *out)
{
	return word_add_quoted(out, e->scene->ends[e->to].device.name);
}

static bool w_where_dev(const struct evidence *e, struct strbuf *out)
{
	return e->at_fault <= ROLE_DST && word_add_quoted(out, e->scene->ends[e->at_fault].device.name);
}

/* ip infers the family from an address, and assumes IPv4 where there is none. */
static bool w_ip(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "%s", word_is_ip6(e) ? "ip -6" : "ip");
	return true;
}

static bool w_device(const struct evidence *e, struct strbuf *out)
{
	const struct hop *at = e->unheard ? e->unheard : e->drop;

	return at && word_add_quoted(out, at->device);
}

static bool w_link(const struct evidence *e, struct strbuf *out)
{
	return e->link && word_add_quoted(out, e->link->name);
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
		return word_add_quoted(out, word_role_name(e, link_role(e)));
	strbuf_addf(out, "the host (%s's other end)", word_role_name(e, e->at_fault));
	return true;
}

static bool w_port_state(const struct evidence *e, struct strbuf *out)
{
	const char *state = e->link ? kernel_port_state(e->link->port_state) : NULL;

	if (state)
		strbuf_addf(out, "%s", state);
	return state;
}

/* Whose neighbour entry there is: by way of a gateway there is none of it. */
static bool w_neigh_ip(const struct evidence *e, struct strbuf *out)
{
	word_add_ip(out, &e->scene->ends[e->to].ip);
	return e->scene->shared && !e->scene->next_hop[e->from].family;
}

static bool w_mac_wrong(const struct evidence *e, struct strbuf *out)
{
	char buf[ADDR_TEXT_LEN];

	if (e->misaddressed)
		strbuf_addf(out, "%s", mac_format(e->misaddressed->pkt.mac_dst, buf));
	return e->misaddressed;
}

/* It left its sender right, and was given another on its way. */
static bool is_readdressed(const struct evidence *e)
{
	return e->misaddressed && e->misaddressed == e->drop;
}

static bool w_mac_why(const struct evidence *e, struct strbuf *out)
{
	if (is_readdressed(e)) {
		strbuf_addf(out, "it had left with the right address, so something on its way changed that, "
				 "such as a rule of the bridge's (ebtables dnat, nft ether daddr set)");
		return true;
	}
	word_add_quoted(out, e->scene->ends[e->from].name);
	strbuf_addf(out, "'s %sneighbour entry for ",
		    e->scene->neighbours[e->from].permanent ? "permanent " : "");
	word_add_ip(out, &e->scene->ends[e->to].ip);
	strbuf_addf(out, " is wrong");
	return true;
}

static bool w_mac_entry(const struct evidence *e, struct strbuf *out)
{
	word_add_ip(out, &e->scene->ends[e->to].ip);
	return !is_readdressed(e);
}

static bool w_mac_rules(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "nft list ruleset bridge; ebtables-legacy -t nat -L");
	return is_readdressed(e);
}

static bool w_mac_right(const struct evidence *e, struct strbuf *out)
{
	char buf[ADDR_TEXT_LEN];

	strbuf_addf(out, "%s", mac_format(e->scene->ends[e->to].device.mac, buf));
	return true;
}

/* NULL: none that the address alone leads to. */
static const char *route_type(const struct evidence *e)
{
	static const char *const types[] = {
		[ROUTE_UNREACHABLE] = "unreachable",
		[ROUTE_PROHIBIT] = "prohibit",
		[ROUTE_BLACKHOLE] = "blackhole",
	};
	enum direction dir = word_sender(e) == ROLE_SRC ? DIR_REQUEST : DIR_REPLY;
	enum route_type type = e->at_fault <= ROLE_HOST ?
				       e->scene->routes[e->at_fault][dir].type : ROUTE_OK;

	return type < ROUTE_UNREACHABLE ? NULL : types[type];
}

static bool w_route_type(const struct evidence *e, struct strbuf *out)
{
	const char *type = route_type(e);

	strbuf_addf(out, "%s", type ? type : "");
	return type;
}

static bool w_forbids(const struct evidence *e, struct strbuf *out)
{
	const char *type = route_type(e);

	if (type)
		strbuf_addf(out, "A route of type %s, or a policy rule like it,", type);
	else
		strbuf_addf(out, "A policy rule (ip rule) that looks at more than the address, such as a mark,");
	return true;
}

static bool w_marks(const struct evidence *e, struct strbuf *out)
{
	strbuf_addf(out, "nft list ruleset | grep -i mark");
	return !route_type(e);
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
 * Besides those that have a table of their own, a word is what a function writes, whoever has a role,
 * the prefix that runs a command where that one is, or a member of the scene or of the rule's words as
 * it stands.
 */
static const struct slot {
	const char *name;
	bool (*write)(const struct evidence *e, struct strbuf *out); /* false: it has no value */
	bool (*culprit)(const struct culprit *c, struct strbuf *out); /* as above */
	enum role (*role)(const struct evidence *e);
	bool inside;
	bool of_rule; /* a member of the rule's words, not of the scene */
	size_t member;
} slots[] = {
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
	WORD("ip", w_ip),
	RULE("rule.in", in),
	RULE("rule.dst", dst),
	CULPRIT("program", culprit_add_program),
	CULPRIT("program.detach", culprit_add_detach),
	CULPRIT("queue", culprit_add_queue),
	CULPRIT("ct.count", culprit_add_count),
	CULPRIT("ct.max", culprit_add_max),
	CULPRIT("ct.more", culprit_add_more),
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
	WORD("neigh.ip", w_neigh_ip),
	WORD("mac.wrong", w_mac_wrong),
	WORD("mac.right", w_mac_right),
	WORD("mac.why", w_mac_why),
	WORD("mac.entry", w_mac_entry),
	WORD("mac.rules", w_mac_rules),
	WORD("route.type", w_route_type),
	WORD("forbids", w_forbids),
	WORD("marks", w_marks),
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

static const struct slot *slot_find(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(slots); i++)
		if (strlen(slots[i].name) == len && !strncmp(slots[i].name, name, len))
			return &slots[i];
	return NULL;
}

static bool slot_write(const struct slot *s, const struct evidence *e, struct strbuf *out)
{
	if (s->write)
		return s->write(e, out);
	if (s->culprit)
		return s->culprit(&e->culprit, out);
	if (s->role)
		return s->inside ? word_add_inside(e, s->role(e), out) : word_add_role(e, s->role(e), out);
	if (s->of_rule)
		return word_add_quoted(out, (const char *)&e->words + s->member);
	return word_add_quoted(out, (const char *)e->scene + s->member);
}

static const struct word *listed_word(const char *name, size_t len)
{
	static const struct words *const tables[] = { &packet_words, &netfilter_words, &stack_words,
						      &socket_words };
	const struct word *w = NULL;

	for (size_t i = 0; !w && i < ARRAY_SIZE(tables); i++)
		w = word_find(tables[i], name, len);
	return w;
}

bool fill_knows(const char *word)
{
	return slot_find(word, strlen(word)) || listed_word(word, strlen(word));
}

/* Whether it has a value. */
static bool word_fill(const char *name, size_t len, const struct evidence *e, struct strbuf *out)
{
	const struct slot *slot = slot_find(name, len);
	const struct word *word = slot ? NULL : listed_word(name, len);

	return slot ? slot_write(slot, e, out) : word && word->write(e, out);
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

