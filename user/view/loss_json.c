/* SPDX-License-Identifier: GPL-2.0 */
#include "view/loss_json.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "base/kernel_words.h"
#include "core/cast.h"
#include "view/json_doc.h"
#include "view/loss_fields.h"
#include "view/names.h"

#define __json __cleanup(json_cleanup)

static uint64_t number_get(const void *at, size_t size)
{
	uint64_t n = 0;

	memcpy(&n, at, size); /* little-endian, or of eight bytes */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	n >>= 8 * (sizeof(n) - size);
#endif
	return n;
}

/* The object that the path's last name is a member of; it is made if need be. */
static cJSON *object_of(struct json_doc *d, cJSON *root, const char **path)
{
	const char *dot;

	while (root && (dot = strchr(*path, '.'))) {
		char name[32];
		cJSON *next;

		snprintf(name, sizeof(name), "%.*s", (int)(dot - *path), *path);
		next = cJSON_GetObjectItemCaseSensitive(root, name);
		root = next ? next : json_object(d, root, name);
		*path = dot + 1;
	}
	return root;
}

static void put_field(struct json_doc *d, cJSON *root, const struct loss_field *f, const void *from)
{
	const void *at = (const char *)from + f->offset;
	const char *name = f->path;
	cJSON *to = object_of(d, root, &name);

	switch (f->type) {
	case FIELD_TEXT:
		json_text(d, to, name, at);
		break;
	case FIELD_OWNED:
		json_text(d, to, name, *(char *const *)at);
		break;
	case FIELD_NUMBER:
		json_u64(d, to, name, number_get(at, f->size));
		break;
	case FIELD_BOOL:
		json_bool(d, to, name, *(const bool *)at);
		break;
	case FIELD_IP:
		json_ip(d, to, name, at);
		break;
	case FIELD_WORD:
		json_text(d, to, name, f->word(*(const int *)at));
		break;
	}
}

static void put_fields(struct json_doc *d, cJSON *root, const struct loss_fields *fields,
		       const void *from)
{
	for (size_t i = 0; i < fields->n; i++)
		put_field(d, root, &fields->rows[i], from);
}

static void put_time(struct json_doc *d, cJSON *to, const char *name, uint64_t ns)
{
	time_t s = ns / 1000000000;
	struct tm tm;
	char date[32], text[64] = "";

	if (gmtime_r(&s, &tm) && strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm))
		snprintf(text, sizeof(text), "%s.%06uZ", date, (unsigned int)(ns % 1000000000 / 1000));
	json_text(d, to, name, text);
}

static cJSON *line_new(struct json_doc *d, const char *type)
{
	cJSON *root = cJSON_CreateObject();

	json_text(d, root, "type", type);
	return root;
}

static char *line_end(const struct json_doc *d, const cJSON *root)
{
	return d->failed ? NULL : cJSON_PrintUnformatted(root);
}

/* Of what is not explained nothing is certain. */
static void put_cause(struct json_doc *d, cJSON *root, const struct loss *loss)
{
	const char *name = "cause.remedy";
	cJSON *cause = object_of(d, root, &name), *remedy = json_array(d, cause, name);

	if (!loss->cause.id[0])
		cJSON_ReplaceItemInObjectCaseSensitive(cause, "confidence", cJSON_CreateNull());
	for (int i = 0; i < REMEDIES_MAX && loss->texts[LOSS_REMEDY + i]; i++)
		json_text(d, remedy, NULL, loss->texts[LOSS_REMEDY + i]);
}

static void put_loss(struct json_doc *d, cJSON *root, const struct loss *loss)
{
	const char *hook = loss->hook_known ? kernel_hook(loss->hook_pf, loss->hook_num) : NULL;
	const char *name = "netfilter.hook";
	cJSON *netfilter;

	put_fields(d, root, &loss_fields_kind, loss);
	json_text(d, root, "protocol", kernel_protocol(loss->l4));
	netfilter = object_of(d, root, &name);
	json_text(d, netfilter, name, hook);
	put_cause(d, root, loss);
	if (loss->rule.known)
		put_fields(d, root, &loss_fields_rule, loss);
}

char *loss_json_kind(const struct loss *loss)
{
	struct json_doc d = { 0 };
	cJSON *root __json = line_new(&d, "kind");

	put_loss(&d, root, loss);
	return line_end(&d, root);
}

char *loss_json_event(const struct loss *loss, const struct loss_event *event)
{
	struct json_doc d = { 0 };
	cJSON *root __json = line_new(&d, "drop"), *packet;

	put_time(&d, root, "time", event->time_ns);
	json_u64(&d, root, "not_shown", event->not_shown);
	packet = json_object(&d, root, "packet");
	json_u64(&d, packet, "sport", event->pkt.sport);
	json_u64(&d, packet, "dport", event->pkt.dport);
	json_u64(&d, packet, "ttl", event->pkt.ttl);
	json_u64(&d, packet, "length", event->pkt.len);
	put_loss(&d, root, loss);
	return line_end(&d, root);
}

char *loss_json_note(uint64_t time_ns, const char *text)
{
	struct json_doc d = { 0 };
	cJSON *root __json = line_new(&d, "note");

	put_time(&d, root, "time", time_ns);
	json_text(&d, root, "text", text);
	return line_end(&d, root);
}

char *loss_json_tick(const struct loss_tick *tick)
{
	struct json_doc d = { 0 };
	cJSON *root __json = line_new(&d, "tick"), *counts;

	json_u64(&d, root, "time_ns", tick->time_ns);
	put_fields(&d, root, &loss_fields_totals, &tick->totals);
	counts = json_array(&d, root, "counts");
	for (size_t i = 0; i < tick->n; i++) {
		json_u64(&d, counts, NULL, tick->counts[i].loss);
		json_u64(&d, counts, NULL, tick->counts[i].count);
	}
	return line_end(&d, root);
}

static void put_head(struct json_doc *d, cJSON *root, const struct scene *scene)
{
	json_number(d, root, "schema", 1);
	json_text(d, json_object(d, root, "tool"), "name", "dockdrop");
	put_fields(d, root, &loss_fields_scene, scene);
}

char *loss_json_head(const struct scene *scene, uint64_t time_ns, bool redacted)
{
	struct json_doc d = { 0 };
	cJSON *root __json = line_new(&d, "head");

	put_head(&d, root, scene);
	put_time(&d, root, "time", time_ns);
	json_u64(&d, root, "time_ns", time_ns);
	json_bool(&d, root, "redacted", redacted);
	return line_end(&d, root);
}

char *loss_json_rules(const char *netns, const char *tool, const char *text)
{
	struct json_doc d = { 0 };
	cJSON *root __json = line_new(&d, "rules");

	json_text(&d, root, "netns", netns);
	json_text(&d, root, "tool", tool);
	json_text(&d, root, "text", text);
	return line_end(&d, root);
}

static void put_attachment(struct json_doc *d, cJSON *list, const struct attachment *a)
{
	cJSON *to = json_object(d, list, NULL);
	char mac[ADDR_TEXT_LEN];

	json_text(d, to, "name", a->network);
	json_ip(d, to, "ip", &a->ip);
	json_ip(d, to, "ip6", &a->ip6);
	json_text(d, to, "mac", a->has_mac ? mac_format(a->mac, mac) : NULL);
}

static void put_member(struct json_doc *d, cJSON *list, const struct member *m)
{
	cJSON *to = json_object(d, list, NULL), *networks;

	json_text(d, to, "name", m->name);
	json_text(d, to, "id", m->id);
	json_u64(d, to, "netns", m->netns);
	json_bool(d, to, "gone", m->gone_ns != 0);
	networks = json_array(d, to, "networks");
	for (int i = 0; i < m->n_networks; i++)
		put_attachment(d, networks, &m->networks[i]);
}

static void put_network(struct json_doc *d, cJSON *list, const struct network *n)
{
	cJSON *to = json_object(d, list, NULL);

	json_text(d, to, "name", n->name);
	json_text(d, to, "id", n->id);
	json_text(d, to, "driver", n->driver);
	json_text(d, to, "bridge", n->bridge);
	json_bool(d, to, "internal", n->internal);
}

char *loss_json_cast(const struct cast *cast)
{
	struct json_doc d = { 0 };
	cJSON *root __json = line_new(&d, "cast"), *members, *networks;

	members = json_array(&d, root, "containers");
	networks = json_array(&d, root, "networks");
	for (size_t i = 0; cast_member(cast, i); i++)
		put_member(&d, members, cast_member(cast, i));
	for (size_t i = 0; cast_network_at(cast, i); i++)
		put_network(&d, networks, &cast_network_at(cast, i)->net);
	return line_end(&d, root);
}

static void put_sum(struct json_doc *d, cJSON *root, const struct loss_document *doc)
{
	cJSON *list;

	put_time(d, root, "from", doc->from_ns);
	put_time(d, root, "to", doc->to_ns);
	json_number(d, root, "seconds", (double)(doc->to_ns - doc->from_ns) / 1e9);
	put_fields(d, json_object(d, root, "totals"), &loss_fields_totals, doc->totals);
	list = json_array(d, root, "kinds");
	for (size_t i = 0; i < doc->n; i++)
		put_loss(d, json_object(d, list, NULL), doc->kinds[i]);
}

char *loss_json_summary(const struct loss_totals *totals, uint64_t from_ns, uint64_t to_ns,
			const struct loss *const kinds[], size_t n)
{
	const struct loss_document doc = { .from_ns = from_ns, .to_ns = to_ns, .totals = totals,
					   .kinds = kinds, .n = n };
	struct json_doc d = { 0 };
	cJSON *root __json = line_new(&d, "summary");

	put_sum(&d, root, &doc);
	return line_end(&d, root);
}

char *loss_json_document(const struct loss_document *doc)
{
	struct json_doc d = { 0 };
	cJSON *root __json = line_new(&d, "report"), *timeline, *notes;

	put_head(&d, root, doc->scene);
	put_sum(&d, root, doc);
	json_text(&d, root, "damage", doc->damage);
	timeline = json_array(&d, root, "timeline");
	for (size_t i = 0; i < doc->seconds; i++)
		json_u64(&d, timeline, NULL, doc->timeline[i]);
	notes = json_array(&d, root, "notes");
	for (size_t i = 0; i < doc->n_notes; i++) {
		cJSON *note = json_object(&d, notes, NULL);

		json_text(&d, note, "time", doc->notes[i].time);
		json_text(&d, note, "text", doc->notes[i].text);
	}
	return line_end(&d, root);
}

void loss_tick_clear(struct loss_tick *tick)
{
	free(tick->counts);
	*tick = (struct loss_tick){ 0 };
}
