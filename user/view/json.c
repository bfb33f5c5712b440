/* SPDX-License-Identifier: GPL-2.0 */
#include "view/json.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/if_ether.h>
#include <string.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "core/rules.h"
#include "view/json_doc.h"
#include "view/names.h"

#define SCHEMA 1

/* One verdict on its way into a document; failed: memory ran out, the document is not whole. */
struct doc {
	const struct scene *scene;
	const struct verdict *v;
	bool failed;
};

static void cleanup_json(cJSON **json)
{
	cJSON_Delete(*json);
}

static void cleanup_printed(char **text)
{
	cJSON_free(*text);
}

/* Adds item to an object, or to an array (name NULL), which then owns it. Returns it, or NULL. */
static cJSON *put(struct doc *d, cJSON *to, const char *name, cJSON *item)
{
	if (name ? cJSON_AddItemToObject(to, name, item) : cJSON_AddItemToArray(to, item))
		return item;
	cJSON_Delete(item);
	d->failed = true;
	return NULL;
}

static cJSON *put_object(struct doc *d, cJSON *to, const char *name)
{
	return put(d, to, name, cJSON_CreateObject());
}

static cJSON *put_array(struct doc *d, cJSON *to, const char *name)
{
	return put(d, to, name, cJSON_CreateArray());
}

static void put_null(struct doc *d, cJSON *to, const char *name)
{
	put(d, to, name, cJSON_CreateNull());
}

static void put_bool(struct doc *d, cJSON *to, const char *name, bool value)
{
	put(d, to, name, cJSON_CreateBool(value));
}

/* NULL and "" are what is not known: null. */
static void put_text(struct doc *d, cJSON *to, const char *name, const char *text)
{
	struct strbuf safe __cleanup(strbuf_free) = { 0 };

	if (!text || !*text) {
		put_null(d, to, name);
		return;
	}
	strbuf_add_safe(&safe, text);
	d->failed |= safe.failed;
	put(d, to, name, cJSON_CreateString(strbuf_str(&safe)));
}

static void put_number(struct doc *d, cJSON *to, const char *name, double value)
{
	put(d, to, name, cJSON_CreateNumber(value));
}

/* cJSON's numbers are doubles, which lose digits above 2^53; rule handles have 64 bits. */
static void put_u64(struct doc *d, cJSON *to, const char *name, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	put(d, to, name, cJSON_CreateRaw(text));
}

/* For counts and handles that start at 1. */
static void put_positive(struct doc *d, cJSON *to, const char *name, uint64_t value)
{
	if (value)
		put_u64(d, to, name, value);
	else
		put_null(d, to, name);
}

static void put_ip(struct doc *d, cJSON *to, const char *name, const struct ip *ip)
{
	char text[ADDR_TEXT_LEN];

	put_text(d, to, name, addr_format(ip, text));
}

static void add_host(struct doc *d, cJSON *root)
{
	cJSON *tool = put_object(d, root, "tool");
	cJSON *host;

	put_text(d, tool, "name", "dockdrop");
	put_text(d, tool, "version", d->scene->tool_version);
	host = put_object(d, root, "host");
	put_text(d, host, "kernel", d->scene->kernel);
	put_text(d, host, "arch", d->scene->arch);
	put_text(d, host, "attach", d->scene->attach);
}

static void add_engine(struct doc *d, cJSON *root)
{
	const struct engine *e = &d->scene->engine;
	cJSON *engine = put_object(d, root, "engine");
	cJSON *components;

	put_text(d, engine, "name", e->name);
	put_text(d, engine, "version", e->version);
	put_text(d, engine, "api_version", e->api_version);
	put_text(d, engine, "min_api_version", e->min_api_version);
	components = put_object(d, engine, "components");
	for (int i = 0; i < e->n_components; i++) {
		char name[SHORT_LEN * 4];

		safe_text(name, sizeof(name), e->components[i].name);
		put_text(d, components, name, e->components[i].version);
	}
	put_text(d, engine, "firewall_backend", e->firewall_backend);
	put_bool(d, engine, "rootless", e->rootless);
}

static void add_end(struct doc *d, cJSON *request, const char *name, const struct endpoint *end)
{
	cJSON *to = put_object(d, request, name);
	char mac[ADDR_TEXT_LEN];

	put_text(d, to, "name", end->name);
	put_text(d, to, "id", end->id);
	put_ip(d, to, "ip", &end->ip);
	put_text(d, to, "mac", end->has_mac ? mac_format(end->mac, mac) : NULL);
	put_text(d, to, "device", end->device.ifindex ? end->device.name : NULL);
	put_text(d, to, "host_device", end->host_device.ifindex ? end->host_device.name : NULL);
}

static void add_request(struct doc *d, cJSON *root)
{
	const struct scene *s = d->scene;
	const struct request *r = &s->request;
	cJSON *request = put_object(d, root, "request");

	put_text(d, request, "protocol", name_protocol(r->protocol));
	put_positive(d, request, "port", r->port);
	put_number(d, request, "count", r->count);
	put_text(d, request, "network", s->network.name);
	put_text(d, request, "bridge", s->network.bridge);
	put_text(d, request, "dst_network", s->shared ? s->network.name : s->dst_network.name);
	if (s->choice != CHOICE_ONLY)
		put_text(d, request, "network_choice", name_choice(s->choice));
	add_end(d, request, "src", &s->ends[ROLE_SRC]);
	add_end(d, request, "dst", &s->ends[ROLE_DST]);
}

static const char *packet_protocol(const struct dd_packet *pkt)
{
	if (pkt->ethertype == ETH_P_ARP)
		return "arp";
	if (pkt->neigh_op)
		return "nd";
	return pkt->ethertype ? name_protocol(pkt->l4) : NULL;
}

static struct ip packet_ip(const struct dd_packet *pkt, const uint8_t bytes[16])
{
	struct ip ip = { 0 };

	if (pkt->ethertype == ETH_P_IP || pkt->ethertype == ETH_P_ARP)
		return addr_v4(bytes);
	if (pkt->ethertype == ETH_P_IPV6) {
		ip.family = AF_INET6;
		memcpy(ip.bytes, bytes, sizeof(ip.bytes));
	}
	return ip;
}

static void add_packet(struct doc *d, cJSON *drop)
{
	const struct dd_packet *pkt = &d->v->drop.hop.pkt;
	struct ip src = packet_ip(pkt, pkt->src), dst = packet_ip(pkt, pkt->dst);
	cJSON *packet = put_object(d, drop, "packet");

	put_text(d, packet, "protocol", packet_protocol(pkt));
	put_ip(d, packet, "src_ip", &src);
	put_ip(d, packet, "dst_ip", &dst);
	put_positive(d, packet, "length", d->v->drop.length);
}

static void add_rule(struct doc *d, cJSON *netfilter, const struct rule *rule)
{
	cJSON *to;

	if (rule->policy || (!rule->text[0] && !rule->handle && !rule->index)) {
		put_null(d, netfilter, "rule");
		return;
	}
	to = put_object(d, netfilter, "rule");
	put_positive(d, to, "handle", rule->handle);
	put_positive(d, to, "index", rule->index);
	put_text(d, to, "text", rule->text);
	put_bool(d, to, "ambiguous", rule->ambiguous);
}

/* What is no rule: null where none is known. */
static void add_culprit(struct doc *d, cJSON *netfilter, const struct culprit *c)
{
	static const char *const kinds[] = {
		[CULPRIT_CONNTRACK] = "conntrack",
		[CULPRIT_CT_FULL] = "conntrack",
		[CULPRIT_PROGRAM] = "bpf",
		[CULPRIT_QUEUE] = "nfqueue",
	};
	cJSON *to;

	if (!c->kind) {
		put_null(d, netfilter, "culprit");
		return;
	}
	to = put_object(d, netfilter, "culprit");
	put_text(d, to, "kind", kinds[c->kind]);
	put_bool(d, to, "certain", c->certain);
	if (c->kind == CULPRIT_CT_FULL) {
		put_u64(d, to, "count", c->count);
		put_u64(d, to, "max", c->max);
	}
	if (c->kind == CULPRIT_PROGRAM) {
		put_text(d, to, "name", c->name);
		put_positive(d, to, "id", c->program);
		put_number(d, to, "priority", c->priority);
	}
	if (c->kind == CULPRIT_QUEUE && c->queue >= 0)
		put_number(d, to, "queue", c->queue);
}

static void add_netfilter(struct doc *d, cJSON *drop)
{
	static const struct rule unknown;
	const struct drop *dr = &d->v->drop;
	const struct rule *rule = dr->rule_known ? &dr->rule : &unknown;
	cJSON *to;

	if (!dr->in_netfilter) {
		put_null(d, drop, "netfilter");
		return;
	}
	to = put_object(d, drop, "netfilter");
	put_text(d, to, "family", name_family(rule->family ? rule->family : dr->hook_pf));
	put_text(d, to, "hook", dr->hook_known ? name_hook(dr->hook_pf, dr->hook_num) : NULL);
	put_text(d, to, "table", rule->table);
	put_text(d, to, "chain", rule->chain);
	put_text(d, to, "backend", name_backend(rule->backend));
	add_rule(d, to, rule);
	if (dr->rule_known)
		put_bool(d, to, "policy", rule->policy);
	else
		put_null(d, to, "policy");
	put_text(d, to, "owner", dr->rule_known ? rules_owner_name(dr->owner) : NULL);
	put_text(d, to, "purpose", rules_purpose_name(dr->purpose));
	add_culprit(d, to, &dr->culprit);
}

static void add_bridge(struct doc *d, cJSON *drop)
{
	const struct drop *dr = &d->v->drop;
	cJSON *to;

	if (!dr->in_bridge) {
		put_null(d, drop, "bridge");
		return;
	}
	to = put_object(d, drop, "bridge");
	put_text(d, to, "name", dr->bridge);
	put_text(d, to, "port", dr->port.name);
	put_text(d, to, "state", dr->port.ifindex ? name_port_state(dr->port.port_state) : NULL);
	if (dr->port.ifindex)
		put_bool(d, to, "isolated", dr->port.port_isolated);
	else
		put_null(d, to, "isolated");
	put_positive(d, to, "vlan", dr->vlan);
}

/* Null where none is known. */
static void add_program(struct doc *d, cJSON *drop, const struct program *p)
{
	cJSON *to;

	if (!p->kind[0]) {
		put_null(d, drop, "program");
		return;
	}
	to = put_object(d, drop, "program");
	put_text(d, to, "kind", p->kind);
	put_text(d, to, "name", p->name);
	put_positive(d, to, "id", p->id);
	put_text(d, to, "action", p->action);
	put_bool(d, to, "ingress", p->ingress);
}

static void add_queue(struct doc *d, cJSON *drop, const struct queue *q)
{
	char handle[16];
	cJSON *to;

	if (!q->kind[0]) {
		put_null(d, drop, "queue");
		return;
	}
	to = put_object(d, drop, "queue");
	put_text(d, to, "kind", q->kind);
	snprintf(handle, sizeof(handle), "%" PRIx32 ":", q->handle >> 16);
	put_text(d, to, "handle", handle);
}

static void add_stack(struct doc *d, cJSON *drop, const struct hop *hop)
{
	cJSON *stack = put_array(d, drop, "stack");

	for (uint32_t i = 0; i < hop->stack_n && i < DD_STACK_MAX; i++) {
		const struct symbol *s = &hop->stack[i];
		char text[SHORT_LEN + 16];

		snprintf(text, sizeof(text), "%s+0x%" PRIx32, s->function, s->offset);
		put_text(d, stack, NULL, s->function[0] ? text : NULL);
	}
}

static void add_drop(struct doc *d, cJSON *root)
{
	const struct drop *dr = &d->v->drop;
	const struct symbol *where = &dr->hop.where;
	cJSON *drop;

	if (!dr->found) {
		put_null(d, root, "drop");
		return;
	}
	drop = put_object(d, root, "drop");
	put_number(d, drop, "count", dr->count);
	put_text(d, drop, "function", where->function);
	if (where->function[0])
		put_number(d, drop, "offset", where->offset);
	else
		put_null(d, drop, "offset");
	put_text(d, drop, "module", where->module);
	put_text(d, drop, "reason", dr->hop.reason_name);
	put_text(d, drop, "layer", name_layer(dr->hop.layer));
	put_text(d, drop, "netns", name_netns(d->scene, dr->hop.role));
	put_text(d, drop, "device", dr->hop.device);
	add_packet(d, drop);
	add_netfilter(d, drop);
	add_bridge(d, drop);
	add_program(d, drop, &dr->program);
	add_queue(d, drop, &dr->queue);
	add_stack(d, drop, &dr->hop);
}

static void put_cause(struct doc *d, cJSON *to, const char *name, const struct cause *c)
{
	cJSON *cause = put_object(d, to, name), *remedy;

	put_text(d, cause, "id", c->id);
	put_text(d, cause, "confidence", name_confidence(c->confidence));
	put_text(d, cause, "text", c->text);
	remedy = put_array(d, cause, "remedy");
	for (int i = 0; i < c->n_remedies; i++)
		put_text(d, remedy, NULL, c->remedy[i]);
	put_text(d, cause, "check", d->v->check);
}

/* Where the cause is not known, what the checks say. */
static void add_doctor(struct doc *d, cJSON *root)
{
	struct json_doc doc = { 0 };

	if (d->v->doctor)
		doctor_json_findings(&doc, put_object(d, root, "doctor"), d->v->doctor);
	else
		put_null(d, root, "doctor");
	d->failed |= doc.failed;
}

static void add_cause(struct doc *d, cJSON *root)
{
	if (d->v->cause.id[0])
		put_cause(d, root, "cause", &d->v->cause);
	else
		put_null(d, root, "cause");
}

/* Only where there are any. */
static void add_also(struct doc *d, cJSON *root)
{
	cJSON *also = d->v->n_also ? put_array(d, root, "also") : NULL;

	for (int i = 0; i < d->v->n_also; i++)
		put_cause(d, also, NULL, &d->v->also[i]);
}

static void add_advisories(struct doc *d, cJSON *root)
{
	struct json_doc doc = { 0 };

	json_advisories(&doc, root, d->v->advisories, d->v->n_advisories);
	d->failed |= doc.failed;
}

static void add_hop(struct doc *d, cJSON *hops, const struct hop *h, uint64_t sent_ns)
{
	cJSON *hop = put_object(d, hops, NULL);

	if (sent_ns)
		put_number(d, hop, "t_us", (int64_t)(h->ts_ns - sent_ns) / 1000.0);
	else
		put_null(d, hop, "t_us");
	put_text(d, hop, "direction", name_direction(h->direction));
	put_text(d, hop, "netns", name_netns(d->scene, h->role));
	put_text(d, hop, "device", h->device);
	put_text(d, hop, "layer", name_layer(h->layer));
	put_text(d, hop, "event", name_step(h->step));
	put_text(d, hop, "function", h->where.function);
	put_text(d, hop, "hook", h->hook_pf ? name_hook(h->hook_pf, h->hook_num) : NULL);
	put_text(d, hop, "reason", h->reason_name);
	put_text(d, hop, "note", h->note);
}

/* Where one probe was dropped, and by which rule: as nftables told it, else as for the verdict. */
static void add_probe_drop(struct doc *d, cJSON *probe, const struct probe_result *p)
{
	const struct rule *rule = p->alike && d->v->drop.rule_known ? &d->v->drop.rule : NULL;
	const struct hit *hit = p->hit;
	cJSON *to;

	if (!p->drop) {
		put_null(d, probe, "drop");
		return;
	}
	to = put_object(d, probe, "drop");
	put_text(d, to, "function", p->drop->where.function);
	put_text(d, to, "netns", name_netns(d->scene, p->drop->role));
	put_text(d, to, "hook",
		 p->drop->hook_pf ? name_hook(p->drop->hook_pf, p->drop->hook_num) : NULL);
	put_text(d, to, "table", hit ? hit->table : rule ? rule->table : NULL);
	put_text(d, to, "chain", hit ? hit->chain : rule ? rule->chain : NULL);
	put_positive(d, to, "handle", hit ? hit->handle : rule ? rule->handle : 0);
}

static void add_probes(struct doc *d, cJSON *root)
{
	cJSON *probes = put_array(d, root, "probes");

	for (int i = 0; i < d->v->n_probes; i++) {
		const struct probe_result *p = &d->v->probes[i];
		cJSON *probe = put_object(d, probes, NULL);
		cJSON *hops;

		put_number(d, probe, "n", p->n);
		put_text(d, probe, "result", name_verdict(p->result));
		if (p->rtt_us >= 0)
			put_number(d, probe, "rtt_us", p->rtt_us);
		else
			put_null(d, probe, "rtt_us");
		add_probe_drop(d, probe, p);
		hops = put_array(d, probe, "hops");
		for (int h = 0; h < d->v->n_hops; h++) {
			if (d->v->hops[h].probe == p->n)
				add_hop(d, hops, &d->v->hops[h], p->sent_ns);
		}
	}
}

static void add_resets(struct doc *d, cJSON *following)
{
	cJSON *resets = put_array(d, following, "resets");

	for (int i = 0; i < d->v->following.n_resets; i++) {
		const struct reset *r = &d->v->following.resets[i];
		cJSON *to = put_object(d, resets, NULL);

		put_text(d, to, "netns", name_netns(d->scene, r->role));
		put_text(d, to, "by", name_resetter(r->by));
		put_positive(d, to, "port", r->port);
		put_u64(d, to, "count", r->count);
	}
}

static void add_following(struct doc *d, cJSON *root)
{
	const struct following *f = &d->v->following;
	cJSON *to;

	if (!f->on)
		return;
	to = put_object(d, root, "passive");
	put_u64(d, to, "flows", f->flows);
	put_u64(d, to, "answered", f->whole);
	put_u64(d, to, "packets", f->packets);
	put_u64(d, to, "retransmissions", f->again);
	put_u64(d, to, "zero_windows", f->zero_windows);
	put_u64(d, to, "steps_not_recorded", f->thinned);
	put_u64(d, to, "packets_not_watched", f->forgotten);
	add_resets(d, to);
}

static void add_loss(struct doc *d, cJSON *root)
{
	cJSON *loss = put_object(d, root, "loss");

	put_u64(d, loss, "events_lost", d->v->events_lost);
	put_u64(d, loss, "events_missed", d->v->events_missed);
	put_u64(d, loss, "events_malformed", d->v->events_malformed);
	put_u64(d, loss, "hops_left_out", d->v->hops_left_out);
}

static void add_all(struct doc *d, cJSON *root)
{
	put_number(d, root, "schema", SCHEMA);
	add_host(d, root);
	add_engine(d, root);
	add_request(d, root);
	put_text(d, root, "verdict", name_verdict(d->v->kind));
	put_text(d, root, "direction",
		 d->v->kind == VERDICT_DELIVERED ? NULL : name_direction(d->v->direction));
	add_drop(d, root);
	add_cause(d, root);
	add_also(d, root);
	add_advisories(d, root);
	add_doctor(d, root);
	add_probes(d, root);
	add_following(d, root);
	add_loss(d, root);
	put_bool(d, root, "interrupted", d->v->interrupted);
}

int json_verdict(FILE *out, const struct scene *scene, const struct verdict *v)
{
	struct doc d = { .scene = scene, .v = v };
	cJSON *root __cleanup(cleanup_json)
	= cJSON_CreateObject();
	char *text __cleanup(cleanup_printed)
	= NULL;

	if (!root)
		return -ENOMEM;
	add_all(&d, root);
	if (!d.failed)
		text = cJSON_Print(root);
	if (!text)
		return -ENOMEM;
	return fprintf(out, "%s\n", text) < 0 || fflush(out) ? -EIO : 0;
}
