/* SPDX-License-Identifier: GPL-2.0 */
#include "view/drop_json.h"

#include <inttypes.h>
#include <linux/if_ether.h>
#include <string.h>

#include "base/addr.h"
#include "base/kernel_words.h"
#include "core/rules.h"
#include "view/names.h"

static const char *packet_protocol(const struct dd_packet *pkt)
{
	if (pkt->ethertype == ETH_P_ARP)
		return "arp";
	if (pkt->neigh_op)
		return "nd";
	return pkt->ethertype ? kernel_protocol(pkt->l4) : NULL;
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

static void add_packet(struct json_doc *d, cJSON *to, const struct drop *drop)
{
	const struct dd_packet *pkt = &drop->hop.pkt;
	struct ip src = packet_ip(pkt, pkt->src), dst = packet_ip(pkt, pkt->dst);
	cJSON *packet = json_object(d, to, "packet");

	json_text(d, packet, "protocol", packet_protocol(pkt));
	json_ip(d, packet, "src_ip", &src);
	json_ip(d, packet, "dst_ip", &dst);
	json_positive(d, packet, "length", drop->length);
}

static void add_rule(struct json_doc *d, cJSON *to, const struct rule *rule)
{
	if (rule->policy || (!rule->text[0] && !rule->handle && !rule->index)) {
		json_null(d, to, "rule");
		return;
	}
	to = json_object(d, to, "rule");
	json_positive(d, to, "handle", rule->handle);
	json_positive(d, to, "index", rule->index);
	json_text(d, to, "text", rule->text);
	json_bool(d, to, "ambiguous", rule->ambiguous);
}

/* What is no rule: null where none is known. */
static void add_culprit(struct json_doc *d, cJSON *to, const struct culprit *c)
{
	static const char *const kinds[] = {
		[CULPRIT_CONNTRACK] = "conntrack",
		[CULPRIT_CT_FULL] = "conntrack",
		[CULPRIT_PROGRAM] = "bpf",
		[CULPRIT_QUEUE] = "nfqueue",
	};

	if (!c->kind) {
		json_null(d, to, "culprit");
		return;
	}
	to = json_object(d, to, "culprit");
	json_text(d, to, "kind", kinds[c->kind]);
	json_bool(d, to, "certain", c->certain);
	if (c->kind == CULPRIT_CT_FULL) {
		json_u64(d, to, "count", c->count);
		json_u64(d, to, "max", c->max);
	}
	if (c->kind == CULPRIT_PROGRAM) {
		json_text(d, to, "name", c->name);
		json_positive(d, to, "id", c->program);
		json_number(d, to, "priority", c->priority);
	}
	if (c->kind == CULPRIT_QUEUE && c->queue >= 0)
		json_number(d, to, "queue", c->queue);
}

static void add_netfilter(struct json_doc *d, cJSON *to, const struct drop *drop)
{
	static const struct rule unknown;
	const struct rule *rule = drop->rule_known ? &drop->rule : &unknown;

	if (!drop->in_netfilter) {
		json_null(d, to, "netfilter");
		return;
	}
	to = json_object(d, to, "netfilter");
	json_text(d, to, "family", kernel_family(rule->family ? rule->family : drop->hook_pf));
	json_text(d, to, "hook", drop->hook_known ? kernel_hook(drop->hook_pf, drop->hook_num) : NULL);
	json_text(d, to, "table", rule->table);
	json_text(d, to, "chain", rule->chain);
	json_text(d, to, "backend", name_backend(rule->backend));
	add_rule(d, to, rule);
	if (drop->rule_known)
		json_bool(d, to, "policy", rule->policy);
	else
		json_null(d, to, "policy");
	json_text(d, to, "owner", drop->rule_known ? rules_owner_name(drop->owner) : NULL);
	json_text(d, to, "purpose", rules_purpose_name(drop->purpose));
	add_culprit(d, to, &drop->culprit);
}

static void add_bridge(struct json_doc *d, cJSON *to, const struct drop *drop)
{
	if (!drop->in_bridge) {
		json_null(d, to, "bridge");
		return;
	}
	to = json_object(d, to, "bridge");
	json_text(d, to, "name", drop->bridge);
	json_text(d, to, "port", drop->port.name);
	json_text(d, to, "state", drop->port.ifindex ? kernel_port_state(drop->port.port_state) : NULL);
	if (drop->port.ifindex)
		json_bool(d, to, "isolated", drop->port.port_isolated);
	else
		json_null(d, to, "isolated");
	json_positive(d, to, "vlan", drop->vlan);
}

/* Null where none is known. */
static void add_program(struct json_doc *d, cJSON *to, const struct program *p)
{
	if (!p->kind[0]) {
		json_null(d, to, "program");
		return;
	}
	to = json_object(d, to, "program");
	json_text(d, to, "kind", p->kind);
	json_text(d, to, "name", p->name);
	json_positive(d, to, "id", p->id);
	json_text(d, to, "action", p->action);
	json_bool(d, to, "ingress", p->ingress);
}

static void add_queue(struct json_doc *d, cJSON *to, const struct queue *q)
{
	char handle[16];

	if (!q->kind[0]) {
		json_null(d, to, "queue");
		return;
	}
	to = json_object(d, to, "queue");
	json_text(d, to, "kind", q->kind);
	snprintf(handle, sizeof(handle), "%" PRIx32 ":", q->handle >> 16);
	json_text(d, to, "handle", handle);
}

static void add_stack(struct json_doc *d, cJSON *to, const struct hop *hop)
{
	cJSON *stack = json_array(d, to, "stack");

	for (uint32_t i = 0; i < hop->stack_n && i < DD_STACK_MAX; i++) {
		const struct symbol *s = &hop->stack[i];
		char text[SHORT_LEN + 16];

		snprintf(text, sizeof(text), "%s+0x%" PRIx32, s->function, s->offset);
		json_text(d, stack, NULL, s->function[0] ? text : NULL);
	}
}

void drop_json(struct json_doc *d, cJSON *to, const struct scene *scene, const struct drop *drop)
{
	const struct symbol *where = &drop->hop.where;

	if (!drop->found) {
		json_null(d, to, "drop");
		return;
	}
	to = json_object(d, to, "drop");
	json_number(d, to, "count", drop->count);
	json_text(d, to, "function", where->function);
	if (where->function[0])
		json_number(d, to, "offset", where->offset);
	else
		json_null(d, to, "offset");
	json_text(d, to, "module", where->module);
	json_text(d, to, "reason", drop->hop.reason_name);
	json_text(d, to, "layer", name_layer(drop->hop.layer));
	json_text(d, to, "netns", name_netns(scene, drop->hop.role));
	json_text(d, to, "device", drop->hop.device);
	add_packet(d, to, drop);
	add_netfilter(d, to, drop);
	add_bridge(d, to, drop);
	add_program(d, to, &drop->program);
	add_queue(d, to, &drop->queue);
	add_stack(d, to, &drop->hop);
}
