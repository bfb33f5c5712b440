/* SPDX-License-Identifier: GPL-2.0 */
#include "core/ledger.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/strbuf.h"
#include "core/harmless.h"
#include "core/layer.h"
#include "core/loss.h"

#define FLOWS_SLOTS 16384 /* a power of two */
#define FLOWS_FULL  12288
#define KEYS_SLOTS  8192  /* likewise */
#define CROWDED     (LEDGER_MAX * 3 / 4)
#define NS_PER_S    1000000000ull

/* What makes a kind: the flow without its device, and who the two are. */
struct key {
	struct dd_flow flow;
	uint32_t src, dst; /* serials of the members; 0: nobody */
	uint32_t netns;    /* serial of the member that it happened in; 0: nobody's */
	uint32_t pad;
};

/* A loss, and what finds it again. */
struct account {
	struct loss loss;
	struct key key;
};

struct ledger {
	struct ledger_names names;
	struct account *accounts[LEDGER_MAX];
	size_t n;
	uint32_t last_n;
	uint16_t keys[KEYS_SLOTS]; /* index of the account and one; 0: free */
	struct {
		struct dd_flow flow;
		uint16_t account; /* as above */
	} flows[FLOWS_SLOTS];
	size_t n_flows;
	uint64_t folded[N_LOSS_CLASSES];
};

int ledger_new(const struct ledger_names *names, struct ledger **out)
{
	struct ledger *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	l->names = *names;
	*out = l;
	return 0;
}

static void account_free(struct account *a)
{
	loss_clear(&a->loss);
	free(a);
}

void ledger_free(struct ledger *l)
{
	for (size_t i = 0; l && i < l->n; i++)
		account_free(l->accounts[i]);
	free(l);
}

void cleanup_ledger(struct ledger **l)
{
	ledger_free(*l);
}

/* FNV-1a, by words */
static uint32_t hash(const void *data, size_t len)
{
	uint64_t h = 0xcbf29ce484222325ull;

	for (size_t i = 0; i < len; i += sizeof(uint32_t)) {
		uint32_t word;

		memcpy(&word, (const char *)data + i, sizeof(word));
		h = (h ^ word) * 0x100000001b3ull;
	}
	return h ^ h >> 29;
}

/* ---- the two tables --------------------------------------------------------------- */

static uint16_t *key_slot(struct ledger *l, const struct key *key)
{
	uint32_t at = hash(key, sizeof(*key)) % KEYS_SLOTS;

	while (l->keys[at] && memcmp(&l->accounts[l->keys[at] - 1]->key, key, sizeof(*key)))
		at = (at + 1) % KEYS_SLOTS;
	return &l->keys[at];
}

static void keys_rebuild(struct ledger *l)
{
	memset(l->keys, 0, sizeof(l->keys));
	for (size_t i = 0; i < l->n; i++)
		*key_slot(l, &l->accounts[i]->key) = i + 1;
}

static size_t flow_slot(const struct ledger *l, const struct dd_flow *flow)
{
	size_t at = hash(flow, sizeof(*flow)) % FLOWS_SLOTS;

	while (l->flows[at].account && memcmp(&l->flows[at].flow, flow, sizeof(*flow)))
		at = (at + 1) % FLOWS_SLOTS;
	return at;
}

/* Without a flow it is a megabyte that need not be there. */
void ledger_renamed(struct ledger *l)
{
	if (l->n_flows)
		memset(l->flows, 0, sizeof(l->flows));
	l->n_flows = 0;
}

/* ---- the list ------------------------------------------------------------------------ */

/* What nobody looks at goes first, then whatever was quiet for longest. */
static bool is_lesser(const struct loss *a, const struct loss *b)
{
	bool shown_a = a->class == LOSS_SHOWN, shown_b = b->class == LOSS_SHOWN;

	return shown_a != shown_b ? shown_b : a->last_ns < b->last_ns;
}

static size_t least(const struct ledger *l)
{
	size_t found = 0;

	for (size_t i = 1; i < l->n; i++)
		if (is_lesser(&l->accounts[i]->loss, &l->accounts[found]->loss))
			found = i;
	return found;
}

static void fold(struct ledger *l)
{
	size_t i = least(l);
	struct account *a = l->accounts[i];

	l->folded[a->loss.class] += a->loss.total;
	l->accounts[i] = l->accounts[--l->n];
	account_free(a);
	keys_rebuild(l);
	ledger_renamed(l);
}

static struct account *account_add(struct ledger *l)
{
	struct account *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	if (l->n == LEDGER_MAX)
		fold(l);
	a->loss.n = ++l->last_n;
	l->accounts[l->n++] = a;
	return a;
}

/* ---- who and where -------------------------------------------------------------------- */

static int family_of(const struct dd_flow *flow)
{
	if (flow->ethertype == ETH_P_IPV6)
		return AF_INET6;
	return flow->ethertype == ETH_P_IP || flow->ethertype == ETH_P_ARP ? AF_INET : 0;
}

/* Where a flow was, and between whom. */
struct scene_of {
	const struct member *netns, *src, *dst;
	struct ip src_ip, dst_ip;
	bool ours; /* in a namespace of the engine's or of a container, or in none that is known */
};

static bool is_zero(const uint8_t *bytes)
{
	static const uint8_t zero[16];

	return !memcmp(bytes, zero, sizeof(zero));
}

/* Whose address it is; in a container's own namespace its own is its own, and so is loopback. */
static const struct member *owner_of(const struct ledger *l, const struct member *in,
				     const struct ip *ip, uint32_t iif)
{
	return in && (member_attachment(in, ip) || addr_is_loopback(ip)) ? in : cast_by_ip(l->names.cast, ip, iif);
}

/* Addresses mean somebody only where the engine's networks are: others use the same ones. */
static struct scene_of scene_of(const struct ledger *l, const struct dd_flow *flow)
{
	struct scene_of s = { .netns = cast_by_netns(l->names.cast, flow->netns, flow->cookie) };
	uint32_t port = flow->netns == l->names.host_netns ? flow->iif : 0;

	if (family_of(flow) && !(is_zero(flow->src) && is_zero(flow->dst))) {
		s.src_ip = addr_of(family_of(flow), flow->src);
		s.dst_ip = addr_of(family_of(flow), flow->dst);
	}
	s.ours = s.netns || !flow->netns || flow->netns == l->names.host_netns;
	if (!s.ours)
		return s;
	s.src = owner_of(l, s.netns, &s.src_ip, port);
	s.dst = owner_of(l, s.netns, &s.dst_ip, 0);
	return s;
}

/* The engine's network that it happened on, on the host. */
static const struct cast_network *network_of(const struct ledger *l, const struct dd_flow *flow)
{
	const struct cast_network *net = NULL;

	if (flow->netns == l->names.host_netns)
		net = cast_network_of_device(l->names.cast, flow->ifindex);
	if (flow->netns == l->names.host_netns && !net)
		net = cast_network_of_device(l->names.cast, flow->iif);
	return net;
}

static bool touches(const struct ledger *l, const struct dd_flow *flow, const struct scene_of *s)
{
	return s->ours && (s->netns || s->src || s->dst || network_of(l, flow));
}

/* What touches no container is told apart by the place alone: there may be much of it. */
static struct key key_elsewhere(const struct ledger *l, const struct dd_flow *flow)
{
	return (struct key){ .flow = {
		.location = flow->location,
		.reason = flow->reason,
		.netns = flow->netns == l->names.host_netns ? flow->netns : 0,
		.ethertype = flow->ethertype,
	} };
}

/* Noise makes no crowd: it is folded before anything else is. */
static bool is_crowded(const struct ledger *l)
{
	size_t shown = 0;

	for (size_t i = 0; i < l->n; i++)
		shown += l->accounts[i]->loss.class == LOSS_SHOWN;
	return shown >= CROWDED;
}

/* Whether it opens a connection tells a loss from noise where TCP frees it, and nothing elsewhere. */
static uint8_t flags_of(const struct ledger *l, const struct dd_flow *flow)
{
	struct symbol where = { 0 };
	enum layer layer;

	if (!(flow->flags & DD_FLOW_OPENS))
		return flow->flags;
	ksym_lookup(l->names.ksym, flow->location, &where);
	layer = layer_of(reason_name(l->names.reasons, flow->reason), where.function);
	return layer == LAYER_TRANSPORT || layer == LAYER_SOCKET ? flow->flags :
								   flow->flags & ~DD_FLOW_OPENS;
}

static struct key key_of(const struct ledger *l, const struct dd_flow *flow, const struct scene_of *s)
{
	struct key key = { .flow = *flow };

	if (!touches(l, flow, s))
		return key_elsewhere(l, flow);
	key.flow.ifindex = 0;
	key.flow.iif = 0;
	key.flow.cookie = 0;
	key.flow.flags = flags_of(l, flow);
	key.src = s->src ? s->src->serial : 0;
	key.dst = s->dst ? s->dst->serial : 0;
	key.netns = s->netns ? s->netns->serial : 0;
	return key;
}

/* In a crowd, those who are nobody are not told apart, nor are ports. */
static void key_blur(struct key *key)
{
	key->flow.port = 0;
	key->flow.flags &= DD_FLOW_OPENS;
	if (!key->src)
		memset(key->flow.src, 0, sizeof(key->flow.src));
	if (!key->dst)
		memset(key->flow.dst, 0, sizeof(key->flow.dst));
}

static void party_fill(struct party *p, const struct member *m, const struct ip *ip,
		       const uint8_t *of_key)
{
	char text[ADDR_TEXT_LEN];

	p->kind = m ? ENDPOINT_CONTAINER : ENDPOINT_ADDRESS;
	if (m)
		text_copy(p->id, sizeof(p->id), m->id);
	if (ip->family && !is_zero(of_key))
		p->ip = *ip;
	if (m)
		text_copy(p->name, sizeof(p->name), m->name);
	else
		text_copy(p->name, sizeof(p->name), p->ip.family ? addr_format(ip, text) : "");
}

static const struct attachment *attachment_of(const struct member *m, const struct ip *ip)
{
	return m ? member_attachment(m, ip) : NULL;
}

/* The network that the two share, else the destination's, else the source's, else the bridge's own. */
static void network_fill(const struct ledger *l, const struct dd_flow *flow,
			 const struct scene_of *s, struct loss *loss)
{
	const struct attachment *a = attachment_of(s->dst, &s->dst_ip);
	const struct cast_network *of_device = network_of(l, flow);

	if (!a)
		a = attachment_of(s->src, &s->src_ip);
	if (!a && s->netns && s->netns->n_networks == 1)
		a = &s->netns->networks[0];
	if (a)
		text_copy(loss->network, sizeof(loss->network), a->network);
	else if (of_device)
		text_copy(loss->network, sizeof(loss->network), of_device->net.name);
}

static void class_fill(const struct ledger *l, const struct dd_flow *flow, const struct scene_of *s,
		       struct loss *loss)
{
	const char *why = harmless_of(loss, flow);

	loss->class = LOSS_SHOWN;
	if (!touches(l, flow, s))
		loss->class = LOSS_ELSEWHERE;
	else if (why)
		loss->class = LOSS_NOISE;
	if (why)
		text_copy(loss->noise, sizeof(loss->noise), why);
}

static void loss_fill(const struct ledger *l, const struct dd_flow *flow, const struct scene_of *s,
		      const struct key *key, struct loss *loss)
{
	party_fill(&loss->src, s->src, &s->src_ip, key->flow.src);
	party_fill(&loss->dst, s->dst, &s->dst_ip, key->flow.dst);
	if (flow->netns && flow->netns == l->names.host_netns)
		text_copy(loss->netns, sizeof(loss->netns), "host");
	else if (s->netns)
		text_copy(loss->netns, sizeof(loss->netns), s->netns->name);
	ksym_lookup(l->names.ksym, flow->location, &loss->where);
	loss->location = flow->location;
	text_copy(loss->reason, sizeof(loss->reason), reason_name(l->names.reasons, flow->reason));
	loss->layer = layer_of(loss->reason, loss->where.function);
	loss->ethertype = flow->ethertype;
	loss->l4 = key->flow.l4;
	loss->port = key->flow.port;
	loss->port_of_src = key->flow.flags & DD_FLOW_PORT_SRC;
	network_fill(l, flow, s, loss);
	class_fill(l, flow, s, loss);
}

static struct loss *loss_of(struct ledger *l, const struct dd_flow *flow)
{
	const struct scene_of s = scene_of(l, flow);
	struct key key = key_of(l, flow, &s);
	uint16_t found = *key_slot(l, &key);
	struct account *a;

	if (!found && is_crowded(l)) {
		key_blur(&key);
		found = *key_slot(l, &key);
	}
	a = found ? l->accounts[found - 1] : account_add(l);
	if (!a || found)
		return a ? &a->loss : NULL;
	a->key = key;
	*key_slot(l, &key) = l->n;
	loss_fill(l, flow, &s, &key, &a->loss);
	return &a->loss;
}

static uint16_t index_of(struct ledger *l, const struct loss *loss)
{
	return *key_slot(l, &((const struct account *)loss)->key);
}

struct loss *ledger_find(struct ledger *l, const struct dd_flow *flow)
{
	size_t at = flow_slot(l, flow);
	struct loss *loss;

	if (l->flows[at].account)
		return &l->accounts[l->flows[at].account - 1]->loss;
	loss = loss_of(l, flow);
	if (!loss)
		return NULL;
	if (l->n_flows >= FLOWS_FULL)
		ledger_renamed(l);
	at = flow_slot(l, flow); /* something may have been folded */
	l->flows[at].flow = *flow;
	l->flows[at].account = index_of(l, loss);
	l->n_flows++;
	return loss;
}

void ledger_count(struct ledger *l, struct loss *loss, uint64_t n, uint64_t now_ns)
{
	uint64_t second = now_ns / NS_PER_S, last = loss->last_ns / NS_PER_S;
	uint32_t *slot = &loss->history[second % HISTORY_LEN];

	(void)l;
	if (!loss->total)
		loss->first_ns = now_ns;
	/* seconds in which there was nothing */
	for (uint64_t s = second > last + HISTORY_LEN ? second - HISTORY_LEN + 1 : last + 1; s <= second; s++)
		loss->history[s % HISTORY_LEN] = 0;
	*slot = n > UINT32_MAX - *slot ? UINT32_MAX : *slot + n;
	loss->total += n;
	loss->last_ns = now_ns > loss->last_ns ? now_ns : loss->last_ns;
}

struct loss *ledger_at(const struct ledger *l, size_t i)
{
	return i < l->n ? &l->accounts[i]->loss : NULL;
}

void ledger_totals(const struct ledger *l, struct loss_totals *out)
{
	memcpy(out->by_class, l->folded, sizeof(l->folded));
	out->folded = 0;
	for (int i = 0; i < N_LOSS_CLASSES; i++)
		out->folded += l->folded[i];
	for (size_t i = 0; i < l->n; i++)
		out->by_class[l->accounts[i]->loss.class] += l->accounts[i]->loss.total;
}

static int by_total(const void *a, const void *b)
{
	const struct loss *x = *(const struct loss *const *)a, *y = *(const struct loss *const *)b;

	if (x->total != y->total)
		return x->total < y->total ? 1 : -1;
	return x->n < y->n ? -1 : x->n > y->n;
}

size_t ledger_sorted(const struct ledger *l, enum loss_class class, const struct loss **out)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		/* what was sampled and then counted under a name that came later is none */
		if (l->accounts[i]->loss.class == class && l->accounts[i]->loss.total)
			out[n++] = &l->accounts[i]->loss;
	qsort(out, n, sizeof(*out), by_total);
	return n;
}
