/* SPDX-License-Identifier: GPL-2.0 */
#include "view/json.h"

#include <errno.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "base/kernel_words.h"
#include "base/strbuf.h"
#include "view/advisories.h"
#include "view/doctor_json.h"
#include "view/drop_json.h"
#include "view/json_doc.h"
#include "view/names.h"

#define SCHEMA 1

static void add_host(struct json_doc *d, cJSON *root, const struct scene *scene)
{
	cJSON *tool = json_object(d, root, "tool");
	cJSON *host;

	json_text(d, tool, "name", "dockdrop");
	json_text(d, tool, "version", scene->tool_version);
	host = json_object(d, root, "host");
	json_text(d, host, "kernel", scene->kernel);
	json_text(d, host, "arch", scene->arch);
	json_text(d, host, "attach", scene->attach);
}

static void add_engine(struct json_doc *d, cJSON *root, const struct engine *e)
{
	cJSON *engine = json_object(d, root, "engine");
	cJSON *components;

	json_text(d, engine, "name", e->name);
	json_text(d, engine, "version", e->version);
	json_text(d, engine, "api_version", e->api_version);
	json_text(d, engine, "min_api_version", e->min_api_version);
	components = json_object(d, engine, "components");
	for (int i = 0; i < e->n_components; i++) {
		char name[SHORT_LEN * 4];

		safe_text(name, sizeof(name), e->components[i].name);
		json_text(d, components, name, e->components[i].version);
	}
	json_text(d, engine, "firewall_backend", e->firewall_backend);
	json_bool(d, engine, "rootless", e->rootless);
}

static void add_end(struct json_doc *d, cJSON *request, const char *name, const struct endpoint *end)
{
	cJSON *to = json_object(d, request, name);
	char mac[ADDR_TEXT_LEN];

	json_text(d, to, "name", end->name);
	json_text(d, to, "id", end->id);
	json_ip(d, to, "ip", &end->ip);
	json_text(d, to, "mac", end->has_mac ? mac_format(end->mac, mac) : NULL);
	json_text(d, to, "device", end->device.ifindex ? end->device.name : NULL);
	json_text(d, to, "host_device", end->host_device.ifindex ? end->host_device.name : NULL);
}

static void add_request(struct json_doc *d, cJSON *root, const struct scene *s)
{
	const struct request *r = &s->request;
	cJSON *request = json_object(d, root, "request");

	json_text(d, request, "protocol", kernel_protocol(r->protocol));
	json_positive(d, request, "port", r->port);
	json_number(d, request, "count", r->count);
	json_text(d, request, "network", s->network.name);
	json_text(d, request, "bridge", s->network.bridge);
	json_text(d, request, "dst_network", s->shared ? s->network.name : s->dst_network.name);
	if (s->choice != CHOICE_ONLY)
		json_text(d, request, "network_choice", name_choice(s->choice));
	add_end(d, request, "src", &s->ends[ROLE_SRC]);
	add_end(d, request, "dst", &s->ends[ROLE_DST]);
}

static void add_cause(struct json_doc *d, cJSON *to, const char *name, const struct cause *c,
		      const char *check)
{
	cJSON *cause = json_object(d, to, name), *remedy;

	json_text(d, cause, "id", c->id);
	json_text(d, cause, "confidence", name_confidence(c->confidence));
	json_text(d, cause, "text", c->text);
	remedy = json_array(d, cause, "remedy");
	for (int i = 0; i < c->n_remedies; i++)
		json_text(d, remedy, NULL, c->remedy[i]);
	json_text(d, cause, "check", check);
}

/* Where the cause is not known, what the checks say. */
static void add_doctor(struct json_doc *d, cJSON *root, const struct diagnosis *doctor)
{
	if (doctor)
		doctor_json_findings(d, json_object(d, root, "doctor"), doctor);
	else
		json_null(d, root, "doctor");
}

/* Only where there are any. */
static void add_also(struct json_doc *d, cJSON *root, const struct verdict *v)
{
	cJSON *also = v->n_also ? json_array(d, root, "also") : NULL;

	for (int i = 0; i < v->n_also; i++)
		add_cause(d, also, NULL, &v->also[i], NULL); /* the doctor was not asked for it */
}

static void add_hop(struct json_doc *d, cJSON *hops, const struct scene *scene, const struct hop *h,
		    uint64_t sent_ns)
{
	cJSON *hop = json_object(d, hops, NULL);

	if (sent_ns)
		json_number(d, hop, "t_us", (int64_t)(h->ts_ns - sent_ns) / 1000.0);
	else
		json_null(d, hop, "t_us");
	json_text(d, hop, "direction", name_direction(h->direction));
	json_text(d, hop, "netns", name_netns(scene, h->role));
	json_text(d, hop, "device", h->device);
	json_text(d, hop, "layer", name_layer(h->layer));
	json_text(d, hop, "event", name_step(h->step));
	json_text(d, hop, "function", h->where.function);
	json_text(d, hop, "hook", h->hook_pf ? kernel_hook(h->hook_pf, h->hook_num) : NULL);
	json_text(d, hop, "reason", h->reason_name);
	json_text(d, hop, "note", h->note);
}

/* Where one probe was dropped, and by which rule: as nftables told it, else as for the verdict. */
static void add_probe_drop(struct json_doc *d, cJSON *probe, const struct scene *scene,
			   const struct probe_result *p, const struct drop *drop)
{
	const struct rule *rule = p->alike && drop->rule_known ? &drop->rule : NULL;
	const struct hit *hit = p->hit;
	cJSON *to;

	if (!p->drop) {
		json_null(d, probe, "drop");
		return;
	}
	to = json_object(d, probe, "drop");
	json_text(d, to, "function", p->drop->where.function);
	json_text(d, to, "netns", name_netns(scene, p->drop->role));
	json_text(d, to, "hook",
		 p->drop->hook_pf ? kernel_hook(p->drop->hook_pf, p->drop->hook_num) : NULL);
	json_text(d, to, "table", hit ? hit->table : rule ? rule->table : NULL);
	json_text(d, to, "chain", hit ? hit->chain : rule ? rule->chain : NULL);
	json_positive(d, to, "handle", hit ? hit->handle : rule ? rule->handle : 0);
}

static void add_probe(struct json_doc *d, cJSON *probes, const struct scene *scene,
		      const struct verdict *v, const struct probe_result *p)
{
	cJSON *probe = json_object(d, probes, NULL), *hops;

	json_number(d, probe, "n", p->n);
	json_text(d, probe, "result", name_verdict(p->result));
	if (p->rtt_us >= 0)
		json_number(d, probe, "rtt_us", p->rtt_us);
	else
		json_null(d, probe, "rtt_us");
	add_probe_drop(d, probe, scene, p, &v->drop);
	hops = json_array(d, probe, "hops");
	for (int i = 0; i < v->n_hops; i++)
		if (v->hops[i].probe == p->n)
			add_hop(d, hops, scene, &v->hops[i], p->sent_ns);
}

static void add_probes(struct json_doc *d, cJSON *root, const struct scene *scene,
		       const struct verdict *v)
{
	cJSON *probes = json_array(d, root, "probes");

	for (int i = 0; i < v->n_probes; i++)
		add_probe(d, probes, scene, v, &v->probes[i]);
}

static void add_reset(struct json_doc *d, cJSON *resets, const struct scene *scene,
		      const struct reset *r)
{
	cJSON *to = json_object(d, resets, NULL);

	json_text(d, to, "netns", name_netns(scene, r->role));
	json_text(d, to, "by", name_resetter(r->by));
	json_positive(d, to, "port", r->port);
	json_u64(d, to, "count", r->count);
}

static void add_following(struct json_doc *d, cJSON *root, const struct scene *scene,
			  const struct following *f)
{
	cJSON *to, *resets;

	if (!f->on)
		return;
	to = json_object(d, root, "passive");
	json_u64(d, to, "flows", f->flows);
	json_u64(d, to, "answered", f->whole);
	json_u64(d, to, "packets", f->packets);
	json_u64(d, to, "retransmissions", f->again);
	json_u64(d, to, "zero_windows", f->zero_windows);
	json_u64(d, to, "steps_not_recorded", f->thinned);
	json_u64(d, to, "packets_not_watched", f->forgotten);
	resets = json_array(d, to, "resets");
	for (int i = 0; i < f->n_resets; i++)
		add_reset(d, resets, scene, &f->resets[i]);
}

static void add_loss(struct json_doc *d, cJSON *root, const struct verdict *v)
{
	cJSON *loss = json_object(d, root, "loss");

	json_u64(d, loss, "events_lost", v->events_lost);
	json_u64(d, loss, "events_missed", v->events_missed);
	json_u64(d, loss, "events_malformed", v->events_malformed);
	json_u64(d, loss, "hops_left_out", v->hops_left_out);
}

static void add_all(struct json_doc *d, cJSON *root, const struct scene *scene, const struct verdict *v)
{
	json_number(d, root, "schema", SCHEMA);
	add_host(d, root, scene);
	add_engine(d, root, &scene->engine);
	add_request(d, root, scene);
	json_text(d, root, "verdict", name_verdict(v->kind));
	json_text(d, root, "direction",
		  v->kind == VERDICT_DELIVERED ? NULL : name_direction(v->direction));
	drop_json(d, root, scene, &v->drop);
	if (v->cause.id[0])
		add_cause(d, root, "cause", &v->cause, v->check);
	else
		json_null(d, root, "cause");
	add_also(d, root, v);
	advisories_json_found(d, root, v->advisories, v->n_advisories);
	add_doctor(d, root, v->doctor);
	add_probes(d, root, scene, v);
	add_following(d, root, scene, &v->following);
	add_loss(d, root, v);
	json_bool(d, root, "interrupted", v->interrupted);
}

int json_verdict(FILE *out, const struct scene *scene, const struct verdict *v)
{
	cJSON *root __cleanup(json_cleanup) = cJSON_CreateObject();
	struct json_doc d = { 0 };

	if (!root)
		return -ENOMEM;
	add_all(&d, root, scene, v);
	return json_print(&d, root, out);
}
