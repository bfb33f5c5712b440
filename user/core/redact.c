/* SPDX-License-Identifier: GPL-2.0 */
#include "core/redact.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "core/loss.h"

#define WORD_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:-"
#define SEPARATORS ".:-_" /* that may end a word within what could be one */
#define SHORT_ID 12

enum what {
	WHAT_CONTAINER, WHAT_NETWORK, WHAT_ID, WHAT_BRIDGE, WHAT_IP, WHAT_IP6, WHAT_MAC,
	WHAT_TABLE, WHAT_CHAIN, WHAT_SET, N_WHATS
};

static const char *const patterns[N_WHATS] = {
	[WHAT_CONTAINER] = "container-%u", [WHAT_NETWORK] = "network-%u", [WHAT_ID] = "%064x",
	[WHAT_BRIDGE] = "bridge-%u",	   [WHAT_IP] = "10.%u.%u.%u",	  [WHAT_IP6] = "fd00::%x",
	[WHAT_MAC] = "02:00:00:%02x:%02x:%02x", [WHAT_TABLE] = "table-%u",
	[WHAT_CHAIN] = "chain-%u",	   [WHAT_SET] = "set-%u",
};

struct pair {
	char *from;
	char to[ID_LEN];
};

struct redact {
	struct pair *pairs;
	size_t n, room;
	unsigned int numbers[N_WHATS];
};

int redact_new(struct redact **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

void redact_free(struct redact *r)
{
	for (size_t i = 0; r && i < r->n; i++)
		free(r->pairs[i].from);
	if (r)
		free(r->pairs);
	free(r);
}

static struct pair *pair_find(const struct redact *r, const char *from)
{
	for (size_t i = 0; i < r->n; i++)
		if (!strcmp(r->pairs[i].from, from))
			return &r->pairs[i];
	return NULL;
}

static void name_new(char to[ID_LEN], enum what what, unsigned int n)
{
	if (what == WHAT_IP || what == WHAT_MAC)
		snprintf(to, ID_LEN, patterns[what], n >> 16 & 0xff, n >> 8 & 0xff, n & 0xff);
	else
		snprintf(to, ID_LEN, patterns[what], n);
}

/* What stands in its place; without memory, nothing of it. */
static const char *replace(struct redact *r, enum what what, const char *from)
{
	struct pair *p = *from ? pair_find(r, from) : NULL;

	if (!*from)
		return "";
	if (p)
		return p->to;
	if (r->n == r->room) {
		struct pair *all = reallocarray(r->pairs, 2 * r->room + 16, sizeof(*all));

		if (!all)
			return "redacted";
		r->pairs = all;
		r->room = 2 * r->room + 16;
	}
	p = &r->pairs[r->n];
	p->from = strdup(from);
	if (!p->from)
		return "redacted";
	name_new(p->to, what, ++r->numbers[what]);
	r->n++;
	return p->to;
}

/* Addresses that everybody has, or that are everybody's, tell nothing. */
static bool is_common(const struct ip *ip)
{
	static const uint8_t none[16];

	if (ip->family == AF_INET)
		return ip->bytes[0] == 0 || ip->bytes[0] == 127 || ip->bytes[0] >= 224;
	return !memcmp(ip->bytes, none, 15) || ip->bytes[0] == 0xff;
}

void redact_ip(struct redact *r, struct ip *ip)
{
	char text[ADDR_TEXT_LEN];

	if (!ip->family || is_common(ip))
		return;
	addr_format(ip, text);
	addr_parse(replace(r, ip->family == AF_INET6 ? WHAT_IP6 : WHAT_IP, text), ip);
}

void redact_mac(struct redact *r, uint8_t mac[6])
{
	static const uint8_t none[6];
	char text[ADDR_TEXT_LEN];

	if (mac[0] & 1 || !memcmp(mac, none, sizeof(none)))
		return;
	mac_parse(replace(r, WHAT_MAC, mac_format(mac, text)), mac);
}

/* ---- texts --------------------------------------------------------------------------- */

/*
 * What stands for a word that is an address, a name that was learnt, or the beginning of an ID that was.
 * NULL: it is none of these.
 */
static const char *replace_word(struct redact *r, const char *word)
{
	struct ip ip;
	uint8_t mac[6];

	if (pair_find(r, word))
		return pair_find(r, word)->to;
	if (!addr_parse(word, &ip))
		return is_common(&ip) ? word : replace(r, ip.family == AF_INET6 ? WHAT_IP6 : WHAT_IP, word);
	if (!mac_parse(word, mac))
		return replace(r, WHAT_MAC, word);
	for (size_t i = 0; strlen(word) >= SHORT_ID && i < r->n; i++)
		if (!strncmp(r->pairs[i].from, word, strlen(word)))
			return r->pairs[i].to;
	return NULL;
}

/*
 * The longest beginning that has to be replaced: names may end like sentences do, an address may have a
 * port or another address behind it. Returns how much was taken.
 */
static size_t add_part(struct redact *r, struct strbuf *sb, const char *text, size_t len)
{
	size_t first = strcspn(text, SEPARATORS);

	for (size_t end = len; end; end--) {
		char word[NAME_LEN];
		const char *to;

		if (end < len && !strchr(SEPARATORS, text[end]) && !strchr(SEPARATORS, text[end - 1]))
			continue; /* within a word */
		if (end >= sizeof(word))
			continue;
		memcpy(word, text, end);
		word[end] = '\0';
		to = replace_word(r, word);
		if (!to)
			continue;
		strbuf_addf(sb, "%s", to);
		return end;
	}
	first += first < len;
	strbuf_add(sb, text, first < len ? first : len);
	return first < len ? first : len;
}

static void add_word(struct redact *r, struct strbuf *sb, const char *text, size_t len)
{
	while (len) {
		size_t n = add_part(r, sb, text, len);

		text += n;
		len -= n;
	}
}

/* Options of iptables that anybody's words follow: quoted if there is a blank in them, else not. */
static bool is_free_option(const char *word, size_t len)
{
	static const char *const options[] = {
		"--comment", "--string", "--hex-string", "--log-prefix", "--nflog-prefix", "--match-set",
		"--add-set", "--del-set", "--map-set", "--name", "--hashlimit-name", "--label", "--object-pinned",
	};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (strlen(options[i]) == len && !strncmp(word, options[i], len))
			return true;
	return false;
}

/* What stands between quotes, with them, or all behind one that has no end; a quote within is behind a backslash. */
static size_t quoted_len(const char *text)
{
	size_t len = 1;

	while (text[len] && text[len] != '"')
		len += text[len] == '\\' && text[len + 1] ? 2 : 1;
	return *text == '"' ? len + !!text[len] : 0;
}

/* "@name" is a set of nftables', "@th,16,8" a part of the packet. */
static size_t set_len(const char *text)
{
	size_t len = *text == '@' ? strspn(text + 1, WORD_CHARS) : 0;

	return text[len + 1] == ',' ? 0 : len;
}

/* One word, or what stands between words. Returns how much was taken. */
static size_t add_next(struct redact *r, struct strbuf *sb, const char *text, bool *is_free)
{
	size_t len = strspn(text, WORD_CHARS), quoted = quoted_len(text), set = set_len(text);
	char name[NAME_LEN];

	if (quoted || (*is_free && *text != ' ')) {
		*is_free = false;
		strbuf_addf(sb, "\"...\"");
		return quoted ?: strcspn(text, " ");
	}
	if (len) {
		*is_free = is_free_option(text, len);
		add_word(r, sb, text, len);
		return len;
	}
	snprintf(name, sizeof(name), "%.*s", (int)set, text + 1);
	strbuf_addf(sb, "%c%s", *text, set ? replace(r, WHAT_SET, name) : "");
	return 1 + set;
}

static void add_text(struct redact *r, struct strbuf *sb, const char *text)
{
	bool is_free = false;

	while (*text)
		text += add_next(r, sb, text, &is_free);
}

char *redact_text(struct redact *r, const char *text, char *out, size_t out_len)
{
	struct strbuf sb __cleanup(strbuf_free) = { 0 };

	add_text(r, &sb, text);
	text_copy(out, out_len, strbuf_str(&sb));
	return out;
}

static void text_in_place(struct redact *r, char *text, size_t room)
{
	char *copy = strdup(text);

	if (copy)
		redact_text(r, copy, text, room);
	else
		*text = '\0';
	free(copy);
}

/* ---- losses, the cast ------------------------------------------------------------------- */

static bool is_one_of(const char *name, const char *const names[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

/* Those of the engine's own three are no secret, and words of every sentence. */
static const char *network_name(struct redact *r, const char *name)
{
	static const char *const own[] = { "bridge", "host", "none" };

	return is_one_of(name, own, ARRAY_SIZE(own)) ? name : replace(r, WHAT_NETWORK, name);
}

/* A firewall that is known has names that are known; those of the user's have the user's. */
static void learn_place(struct redact *r, const struct loss *loss)
{
	static const char *const usual[] = { "filter", "nat", "mangle", "raw", "security", "broute",
					     "PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING",
					     "BROUTING", "prerouting", "input", "forward", "output",
					     "postrouting", "ingress", "egress", "DOCKER-USER" };
	const char *table = loss->texts[LOSS_TABLE] ?: "", *chain = loss->texts[LOSS_CHAIN] ?: "";

	if (loss->owner != OWNER_USER && loss->owner != OWNER_UNKNOWN)
		return;
	if (!is_one_of(table, usual, ARRAY_SIZE(usual)))
		replace(r, WHAT_TABLE, table);
	if (!is_one_of(chain, usual, ARRAY_SIZE(usual)))
		replace(r, WHAT_CHAIN, chain);
}

void redact_learn(struct redact *r, const struct cast *cast)
{
	const struct member *m;
	const struct cast_network *n;

	for (size_t i = 0; (m = cast_member(cast, i)); i++) {
		replace(r, WHAT_CONTAINER, m->name);
		replace(r, WHAT_ID, m->id);
		for (int j = 0; j < m->n_networks; j++)
			network_name(r, m->networks[j].network);
	}
	for (size_t i = 0; (n = cast_network_at(cast, i)); i++) {
		network_name(r, n->net.name);
		replace(r, WHAT_ID, n->net.id);
		replace(r, WHAT_BRIDGE, n->net.bridge);
	}
}

static void redact_party(struct redact *r, struct party *p)
{
	char text[ADDR_TEXT_LEN];

	redact_ip(r, &p->ip);
	if (p->kind == ENDPOINT_CONTAINER)
		text_copy(p->name, sizeof(p->name), replace(r, WHAT_CONTAINER, p->name));
	else if (p->kind == ENDPOINT_ADDRESS && p->ip.family)
		text_copy(p->name, sizeof(p->name), addr_format(&p->ip, text));
	text_copy(p->id, sizeof(p->id), replace(r, WHAT_ID, p->id));
}

/* The stack has the kernel's names, which are everybody's. */
static int redact_texts(struct redact *r, const struct loss *loss, struct loss *out)
{
	for (int i = 0; i < N_LOSS_TEXTS; i++) {
		const char *text = loss->texts[i] ?: "";
		struct strbuf sb __cleanup(strbuf_free) = { 0 };

		if (i == LOSS_STACK)
			strbuf_addf(&sb, "%s", text);
		else
			add_text(r, &sb, text);
		loss_say(out, i, strbuf_str(&sb));
		if (sb.failed || (*text && !out->texts[i]))
			return -ENOMEM;
	}
	return 0;
}

int redact_loss(struct redact *r, const struct loss *loss, struct loss *out)
{
	*out = *loss;
	memset(out->texts, 0, sizeof(out->texts));
	redact_party(r, &out->src);
	redact_party(r, &out->dst);
	text_copy(out->network, sizeof(out->network), network_name(r, out->network));
	if (strcmp(out->netns, "host"))
		text_copy(out->netns, sizeof(out->netns), replace(r, WHAT_CONTAINER, out->netns));
	text_in_place(r, out->device, sizeof(out->device));
	learn_place(r, loss);
	return redact_texts(r, loss, out);
}

static void redact_member(struct redact *r, const struct member *m, struct container *out)
{
	*out = (struct container){ .n_networks = m->n_networks };
	text_copy(out->name, sizeof(out->name), replace(r, WHAT_CONTAINER, m->name));
	text_copy(out->id, sizeof(out->id), replace(r, WHAT_ID, m->id));
	memcpy(out->networks, m->networks, m->n_networks * sizeof(m->networks[0]));
	for (int i = 0; i < out->n_networks; i++) {
		struct attachment *a = &out->networks[i];

		text_in_place(r, a->network, sizeof(a->network));
		text_in_place(r, a->network_id, sizeof(a->network_id));
		redact_ip(r, &a->ip);
		redact_ip(r, &a->ip6);
		redact_mac(r, a->mac);
	}
}

int redact_cast(struct redact *r, const struct cast *cast, struct cast **out)
{
	struct container *c = malloc(sizeof(*c));
	int err = c ? cast_new(out) : -ENOMEM;

	redact_learn(r, cast);
	for (size_t i = 0; !err && cast_member(cast, i); i++) {
		redact_member(r, cast_member(cast, i), c);
		err = cast_put(*out, c, cast_member(cast, i)->netns, 0);
	}
	for (size_t i = 0; !err && cast_network_at(cast, i); i++) {
		struct network net = cast_network_at(cast, i)->net;

		text_copy(net.name, sizeof(net.name), network_name(r, net.name));
		text_copy(net.id, sizeof(net.id), replace(r, WHAT_ID, net.id));
		text_copy(net.bridge, sizeof(net.bridge), replace(r, WHAT_BRIDGE, net.bridge));
		err = cast_put_network(*out, &net, 0);
	}
	free(c);
	return err;
}
