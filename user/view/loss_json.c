/* SPDX-License-Identifier: GPL-2.0 */
#include "view/loss_json.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/addr.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "core/cast.h"
#include "core/rules.h"
#include "view/names.h"

#define EXACT_MAX 9007199254740992.0 /* 2^53: above it a double loses digits */

static void cleanup_json(cJSON **json)
{
	cJSON_Delete(*json);
}

#define __json __cleanup(cleanup_json)

/* ---- fields ---------------------------------------------------------------------- */

enum field_type { FIELD_TEXT, FIELD_NUMBER, FIELD_BOOL, FIELD_IP, FIELD_WORD };

/* A member, and where it stands in the object: "src.name" is the member name of the object src. */
struct field {
	const char *path;
	enum field_type type;
	size_t offset, size;
	const char *(*word)(int value); /* of FIELD_WORD; NULL for a value that has none */
};

#define WORD(fn, type)                              \
	static const char *word_##fn(int value)     \
	{                                           \
		return name_##fn((type)value);      \
	}
WORD(layer, enum layer)
WORD(confidence, enum confidence)
WORD(backend, enum backend)
#undef WORD

static const char *word_owner(int value)
{
	return rules_owner_name((enum owner)value);
}

static const char *word_class(int value)
{
	static const char *const words[] = { "shown", "unwanted", "noise", "elsewhere" };

	return value >= 0 && value < N_LOSS_CLASSES ? words[value] : NULL;
}

static const char *word_kind(int value)
{
	static const char *const words[] = { "container", "host", "address" };

	return value >= 0 && value < (int)ARRAY_SIZE(words) ? words[value] : NULL;
}

#define FIELD(path, type, of, member, word) \
	{ path, type, offsetof(struct of, member), sizeof(((struct of *)0)->member), word }
#define TEXT(path, member)        FIELD(path, FIELD_TEXT, loss, member, NULL)
#define NUMBER(path, member)      FIELD(path, FIELD_NUMBER, loss, member, NULL)
#define BOOL(path, member)        FIELD(path, FIELD_BOOL, loss, member, NULL)
#define IP(path, member)          FIELD(path, FIELD_IP, loss, member, NULL)
#define CHOICE(path, member, fn)  FIELD(path, FIELD_WORD, loss, member, fn)

static const struct field loss_fields[] = {
	NUMBER("kind", n),
	CHOICE("class", class, word_class),
	TEXT("noise", noise),
	TEXT("src.name", src.name),
	TEXT("src.id", src.id),
	IP("src.ip", src.ip),
	CHOICE("src.is", src.kind, word_kind),
	TEXT("dst.name", dst.name),
	TEXT("dst.id", dst.id),
	IP("dst.ip", dst.ip),
	CHOICE("dst.is", dst.kind, word_kind),
	TEXT("network", network),
	TEXT("netns", netns),
	TEXT("device", device),
	TEXT("function", where.function),
	NUMBER("offset", where.offset),
	TEXT("module", where.module),
	NUMBER("location", location),
	TEXT("reason", reason),
	CHOICE("layer", layer, word_layer),
	NUMBER("ethertype", ethertype),
	NUMBER("protocol_number", l4),
	NUMBER("port", port),
	BOOL("port_of_src", port_of_src),
	NUMBER("length", length),
	BOOL("explained", explained),
	TEXT("cause.id", cause.id),
	CHOICE("cause.confidence", cause.confidence, word_confidence),
	TEXT("cause.text", cause.text),
	BOOL("netfilter.in", in_netfilter),
	BOOL("netfilter.hook_known", hook_known),
	NUMBER("netfilter.hook_family", hook_pf),
	NUMBER("netfilter.hook_number", hook_num),
	CHOICE("netfilter.owner", owner, word_owner),
	NUMBER("total", total),
	NUMBER("sampled", sampled),
	NUMBER("first_ns", first_ns),
	NUMBER("last_ns", last_ns),
};

static const struct field rule_fields[] = {
	FIELD("netfilter.rule.family", FIELD_NUMBER, rule, family, NULL),
	FIELD("netfilter.rule.table", FIELD_TEXT, rule, table, NULL),
	FIELD("netfilter.rule.chain", FIELD_TEXT, rule, chain, NULL),
	FIELD("netfilter.rule.handle", FIELD_NUMBER, rule, handle, NULL),
	FIELD("netfilter.rule.index", FIELD_NUMBER, rule, index, NULL),
	FIELD("netfilter.rule.text", FIELD_TEXT, rule, text, NULL),
	FIELD("netfilter.rule.policy", FIELD_BOOL, rule, policy, NULL),
	FIELD("netfilter.rule.ambiguous", FIELD_BOOL, rule, ambiguous, NULL),
	FIELD("netfilter.rule.counted", FIELD_BOOL, rule, counted, NULL),
	FIELD("netfilter.rule.backend", FIELD_WORD, rule, backend, word_backend),
};

static const struct field scene_fields[] = {
	FIELD("tool.version", FIELD_TEXT, scene, tool_version, NULL),
	FIELD("host.kernel", FIELD_TEXT, scene, kernel, NULL),
	FIELD("host.arch", FIELD_TEXT, scene, arch, NULL),
	FIELD("host.attach", FIELD_TEXT, scene, attach, NULL),
	FIELD("engine.name", FIELD_TEXT, scene, engine.name, NULL),
	FIELD("engine.version", FIELD_TEXT, scene, engine.version, NULL),
	FIELD("engine.api_version", FIELD_TEXT, scene, engine.api_version, NULL),
	FIELD("engine.firewall_backend", FIELD_TEXT, scene, engine.firewall_backend, NULL),
	FIELD("engine.rootless", FIELD_BOOL, scene, engine.rootless, NULL),
};

static const struct field totals_fields[] = {
	FIELD("drops", FIELD_NUMBER, loss_totals, by_class[LOSS_SHOWN], NULL),
	FIELD("unwanted", FIELD_NUMBER, loss_totals, by_class[LOSS_UNWANTED], NULL),
	FIELD("noise", FIELD_NUMBER, loss_totals, by_class[LOSS_NOISE], NULL),
	FIELD("elsewhere", FIELD_NUMBER, loss_totals, by_class[LOSS_ELSEWHERE], NULL),
	FIELD("other", FIELD_NUMBER, loss_totals, other, NULL),
	FIELD("missed", FIELD_NUMBER, loss_totals, missed, NULL),
	FIELD("filtered", FIELD_NUMBER, loss_totals, filtered, NULL),
	FIELD("local", FIELD_NUMBER, loss_totals, local, NULL),
	FIELD("samples_lost", FIELD_NUMBER, loss_totals, unsampled, NULL),
	FIELD("samples_malformed", FIELD_NUMBER, loss_totals, malformed, NULL),
	FIELD("folded", FIELD_NUMBER, loss_totals, folded, NULL),
};

static uint64_t number_get(const void *at, size_t size)
{
	uint64_t n = 0;

	memcpy(&n, at, size); /* little-endian, or of eight bytes */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	n >>= 8 * (sizeof(n) - size);
#endif
	return n;
}

static void number_set(void *at, size_t size, uint64_t n)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	n <<= 8 * (sizeof(n) - size);
#endif
	memcpy(at, &n, size);
}

/* ---- to JSON ------------------------------------------------------------------------ */

static cJSON *number_new(uint64_t n)
{
	char text[24];

	if ((double)n <= EXACT_MAX)
		return cJSON_CreateNumber((double)n);
	snprintf(text, sizeof(text), "%" PRIu64, n);
	return cJSON_CreateRaw(text);
}

/* Empty text is what is not known. */
static cJSON *text_new(const char *text)
{
	struct strbuf safe __cleanup(strbuf_free) = { 0 };

	if (!text || !*text)
		return cJSON_CreateNull();
	strbuf_add_safe(&safe, text);
	return safe.failed ? NULL : cJSON_CreateString(strbuf_str(&safe));
}

static cJSON *field_new(const struct field *f, const void *from)
{
	const void *at = (const char *)from + f->offset;
	char ip[ADDR_TEXT_LEN];

	switch (f->type) {
	case FIELD_TEXT:
		return text_new(at);
	case FIELD_NUMBER:
		return number_new(number_get(at, f->size));
	case FIELD_BOOL:
		return cJSON_CreateBool(*(const bool *)at);
	case FIELD_IP:
		return text_new(addr_format(at, ip));
	case FIELD_WORD:
		return text_new(f->word(*(const int *)at));
	}
	return NULL;
}

/* The object that the path's last name is a member of; it is made if need be. */
static cJSON *object_of(cJSON *root, const char **path)
{
	const char *dot;

	while (root && (dot = strchr(*path, '.'))) {
		char name[32];
		cJSON *next;

		snprintf(name, sizeof(name), "%.*s", (int)(dot - *path), *path);
		next = cJSON_GetObjectItemCaseSensitive(root, name);
		root = next ? next : cJSON_AddObjectToObject(root, name);
		*path = dot + 1;
	}
	return root;
}

static bool put(cJSON *root, const char *path, cJSON *item)
{
	cJSON *object = object_of(root, &path);

	if (item && object && cJSON_AddItemToObject(object, path, item))
		return true;
	cJSON_Delete(item);
	return false;
}

static bool put_fields(cJSON *root, const struct field *fields, size_t n, const void *from)
{
	bool whole = true;

	for (size_t i = 0; i < n; i++)
		whole &= put(root, fields[i].path, field_new(&fields[i], from));
	return whole;
}

static cJSON *line_new(const char *type)
{
	cJSON *root = cJSON_CreateObject();

	if (root && put(root, "type", cJSON_CreateString(type)))
		return root;
	cJSON_Delete(root);
	return NULL;
}

static char *line_end(cJSON *root, bool whole)
{
	return whole ? cJSON_PrintUnformatted(root) : NULL;
}

static bool put_remedies(cJSON *root, const struct cause *cause)
{
	cJSON *list = cJSON_CreateArray();
	bool whole = list;

	for (int i = 0; whole && i < cause->n_remedies; i++)
		whole = cJSON_AddItemToArray(list, text_new(cause->remedy[i]));
	return put(root, "cause.remedy", list) && whole;
}

static bool put_loss(cJSON *root, const struct loss *loss)
{
	bool whole = put_fields(root, loss_fields, ARRAY_SIZE(loss_fields), loss);

	whole &= put(root, "protocol", text_new(name_protocol(loss->l4)));
	whole &= put(root, "netfilter.hook", text_new(loss->hook_known ?
				name_hook(loss->hook_pf, loss->hook_num) : NULL));
	whole &= put_remedies(root, &loss->cause);
	whole &= put(root, "stack", text_new(loss->stack));
	if (loss->rule)
		whole &= put_fields(root, rule_fields, ARRAY_SIZE(rule_fields), loss->rule);
	return whole;
}

static cJSON *time_new(uint64_t ns)
{
	time_t s = ns / 1000000000;
	struct tm tm;
	char date[32], text[64];

	if (!gmtime_r(&s, &tm) || !strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm))
		return cJSON_CreateNull();
	snprintf(text, sizeof(text), "%s.%06uZ", date, (unsigned int)(ns % 1000000000 / 1000));
	return cJSON_CreateString(text);
}

char *loss_json_kind(const struct loss *loss)
{
	cJSON *root __json = line_new("kind");

	return line_end(root, root && put_loss(root, loss));
}

char *loss_json_event(const struct loss *loss, const struct loss_event *event)
{
	cJSON *root __json = line_new("drop");
	const struct dd_packet *p = &event->pkt;
	bool whole = root && put(root, "time", time_new(event->time_ns));

	whole = whole && put(root, "not_shown", number_new(event->not_shown)) &&
		put(root, "packet.sport", number_new(p->sport)) &&
		put(root, "packet.dport", number_new(p->dport)) &&
		put(root, "packet.ttl", number_new(p->ttl)) &&
		put(root, "packet.length", number_new(p->len)) && put_loss(root, loss);
	return line_end(root, whole);
}

char *loss_json_note(uint64_t time_ns, const char *text)
{
	cJSON *root __json = line_new("note");

	return line_end(root, root && put(root, "time", time_new(time_ns)) &&
			      put(root, "text", text_new(text)));
}

char *loss_json_tick(const struct loss_tick *tick)
{
	cJSON *root __json = line_new("tick"), *counts;
	bool whole = root && put(root, "time_ns", number_new(tick->time_ns)) &&
		     put_fields(root, totals_fields, ARRAY_SIZE(totals_fields), &tick->totals);

	counts = whole ? cJSON_AddArrayToObject(root, "counts") : NULL;
	whole = counts;
	for (size_t i = 0; whole && i < tick->n; i++)
		whole = cJSON_AddItemToArray(counts, number_new(tick->counts[i].loss)) &&
			cJSON_AddItemToArray(counts, number_new(tick->counts[i].count));
	return line_end(root, whole);
}

static bool put_head(cJSON *root, const struct scene *scene)
{
	return put(root, "schema", cJSON_CreateNumber(1)) &&
	       put(root, "tool.name", cJSON_CreateString("dockdrop")) &&
	       put_fields(root, scene_fields, ARRAY_SIZE(scene_fields), scene);
}

char *loss_json_head(const struct scene *scene, uint64_t time_ns, bool redacted)
{
	cJSON *root __json = line_new("head");

	return line_end(root, root && put_head(root, scene) &&
			      put(root, "time", time_new(time_ns)) &&
			      put(root, "time_ns", number_new(time_ns)) &&
			      put(root, "redacted", cJSON_CreateBool(redacted)));
}

char *loss_json_rules(const char *netns, const char *tool, const char *text)
{
	cJSON *root __json = line_new("rules");

	return line_end(root, root && put(root, "netns", text_new(netns)) &&
			      put(root, "tool", text_new(tool)) && put(root, "text", text_new(text)));
}

static cJSON *member_new(const struct member *m)
{
	cJSON *item = cJSON_CreateObject(), *networks;
	char ip[ADDR_TEXT_LEN];

	if (!item)
		return NULL;
	put(item, "name", text_new(m->name));
	put(item, "id", text_new(m->id));
	put(item, "netns", number_new(m->netns));
	put(item, "gone", cJSON_CreateBool(m->gone_ns != 0));
	networks = cJSON_AddArrayToObject(item, "networks");
	for (int i = 0; networks && i < m->n_networks; i++) {
		cJSON *at = cJSON_CreateObject();

		put(at, "name", text_new(m->networks[i].network));
		put(at, "ip", text_new(addr_format(&m->networks[i].ip, ip)));
		put(at, "ip6", text_new(addr_format(&m->networks[i].ip6, ip)));
		put(at, "mac", text_new(m->networks[i].has_mac ? mac_format(m->networks[i].mac, ip) : NULL));
		cJSON_AddItemToArray(networks, at);
	}
	return item;
}

static cJSON *network_new(const struct cast_network *n)
{
	cJSON *item = cJSON_CreateObject();

	if (!item)
		return NULL;
	put(item, "name", text_new(n->net.name));
	put(item, "id", text_new(n->net.id));
	put(item, "driver", text_new(n->net.driver));
	put(item, "bridge", text_new(n->net.bridge));
	put(item, "internal", cJSON_CreateBool(n->net.internal));
	return item;
}

char *loss_json_cast(const struct cast *cast)
{
	cJSON *root __json = line_new("cast");
	cJSON *members = root ? cJSON_AddArrayToObject(root, "containers") : NULL;
	cJSON *networks = root ? cJSON_AddArrayToObject(root, "networks") : NULL;

	for (size_t i = 0; members && cast_member(cast, i); i++)
		cJSON_AddItemToArray(members, member_new(cast_member(cast, i)));
	for (size_t i = 0; networks && cast_network_at(cast, i); i++)
		cJSON_AddItemToArray(networks, network_new(cast_network_at(cast, i)));
	return line_end(root, members && networks);
}

static bool put_sum(cJSON *root, const struct loss_totals *totals, uint64_t from_ns, uint64_t to_ns,
		    const struct loss *const kinds[], size_t n)
{
	cJSON *list;
	bool whole = put(root, "from", time_new(from_ns)) && put(root, "to", time_new(to_ns)) &&
		     put(root, "seconds", cJSON_CreateNumber((double)(to_ns - from_ns) / 1e9));

	for (size_t i = 0; i < ARRAY_SIZE(totals_fields); i++) {
		char path[64];

		snprintf(path, sizeof(path), "totals.%s", totals_fields[i].path);
		whole = whole && put(root, path, field_new(&totals_fields[i], totals));
	}
	list = whole ? cJSON_AddArrayToObject(root, "kinds") : NULL;
	whole = list;
	for (size_t i = 0; whole && i < n; i++) {
		cJSON *item = cJSON_CreateObject();

		whole = item && put_loss(item, kinds[i]);
		cJSON_AddItemToArray(list, item);
	}
	return whole;
}

char *loss_json_summary(const struct loss_totals *totals, uint64_t from_ns, uint64_t to_ns,
			const struct loss *const kinds[], size_t n)
{
	cJSON *root __json = line_new("summary");

	return line_end(root, root && put_sum(root, totals, from_ns, to_ns, kinds, n));
}

char *loss_json_document(const struct loss_document *d)
{
	cJSON *root __json = line_new("report"), *list;
	bool whole = root && put_head(root, d->scene) &&
		     put_sum(root, d->totals, d->from_ns, d->to_ns, d->kinds, d->n) &&
		     put(root, "damage", text_new(d->damage));

	list = whole ? cJSON_AddArrayToObject(root, "timeline") : NULL;
	whole = list;
	for (size_t i = 0; whole && i < d->seconds; i++)
		whole = cJSON_AddItemToArray(list, number_new(d->timeline[i]));
	return line_end(root, whole);
}

/* ---- and back -------------------------------------------------------------------------- */

static const cJSON *at(const cJSON *root, const char *path)
{
	const char *dot;

	while (root && (dot = strchr(path, '.'))) {
		char name[32];

		snprintf(name, sizeof(name), "%.*s", (int)(dot - path), path);
		root = cJSON_GetObjectItemCaseSensitive(root, name);
		path = dot + 1;
	}
	return cJSON_GetObjectItemCaseSensitive(root, path);
}

static bool number_of(const cJSON *item, uint64_t max, uint64_t *out)
{
	if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0) || item->valuedouble > EXACT_MAX * 2048)
		return false;
	*out = item->valuedouble >= (double)UINT64_MAX ? UINT64_MAX : (uint64_t)item->valuedouble;
	return *out <= max;
}

static void word_read(const struct field *f, const char *text, void *to)
{
	for (int i = 0; i < 32; i++)
		if (f->word(i) && !strcmp(f->word(i), text))
			*(int *)to = i;
}

static void field_read(const struct field *f, const cJSON *item, void *to)
{
	const char *text = cJSON_IsString(item) ? item->valuestring : NULL;
	uint64_t max = f->size >= 8 ? UINT64_MAX : (1ull << 8 * f->size) - 1, n;

	to = (char *)to + f->offset;
	if (f->type == FIELD_NUMBER && number_of(item, max, &n))
		number_set(to, f->size, n);
	else if (f->type == FIELD_BOOL)
		*(bool *)to = cJSON_IsTrue(item);
	else if (f->type == FIELD_TEXT && text)
		text_copy(to, f->size, text);
	else if (f->type == FIELD_IP && text)
		addr_parse(text, to);
	else if (f->type == FIELD_WORD && text)
		word_read(f, text, to);
}

static void fields_read(const cJSON *root, const struct field *fields, size_t n, void *to)
{
	for (size_t i = 0; i < n; i++)
		field_read(&fields[i], at(root, fields[i].path), to);
}

static cJSON *parse(const char *line, const char *type)
{
	cJSON *root = cJSON_ParseWithOpts(line, NULL, true);
	const cJSON *item = at(root, "type");

	if (cJSON_IsString(item) && !strcmp(item->valuestring, type))
		return root;
	cJSON_Delete(root);
	return NULL;
}

const char *loss_json_type(const char *line, char *out, size_t out_len)
{
	cJSON *root __json = cJSON_ParseWithOpts(line, NULL, true);
	const cJSON *item = at(root, "type");

	text_copy(out, out_len, cJSON_IsString(item) ? item->valuestring : "");
	return out;
}

static void remedies_read(const cJSON *list, struct cause *cause)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, list)
		if (cJSON_IsString(item) && cause->n_remedies < REMEDIES_MAX)
			text_copy(cause->remedy[cause->n_remedies++], SENTENCE_LEN, item->valuestring);
}

int loss_json_parse_kind(const char *line, struct loss *out)
{
	cJSON *root __json = parse(line, "kind");
	const cJSON *stack = at(root, "stack");

	if (!root)
		return -EPROTO;
	*out = (struct loss){ 0 };
	fields_read(root, loss_fields, ARRAY_SIZE(loss_fields), out);
	remedies_read(at(root, "cause.remedy"), &out->cause);
	if (!out->n)
		return -EPROTO;
	if (cJSON_IsString(stack))
		out->stack = strdup(stack->valuestring);
	if (cJSON_IsObject(at(root, "netfilter.rule")))
		out->rule = calloc(1, sizeof(*out->rule));
	if (out->rule)
		fields_read(root, rule_fields, ARRAY_SIZE(rule_fields), out->rule);
	return 0;
}

int loss_json_parse_tick(const char *line, struct loss_tick *out)
{
	cJSON *root __json = parse(line, "tick");
	const cJSON *counts = at(root, "counts"), *item;
	struct loss_tick tick = { 0 };
	uint64_t loss = 0, n;
	size_t i = 0;

	if (!root || !cJSON_IsArray(counts) || !number_of(at(root, "time_ns"), UINT64_MAX, &tick.time_ns))
		return -EPROTO;
	fields_read(root, totals_fields, ARRAY_SIZE(totals_fields), &tick.totals);
	tick.counts = calloc(cJSON_GetArraySize(counts) / 2 + 1, sizeof(*tick.counts));
	if (!tick.counts)
		return -ENOMEM;
	cJSON_ArrayForEach(item, counts) {
		if (!number_of(item, i % 2 ? UINT64_MAX : UINT32_MAX, &n))
			break;
		if (i++ % 2) {
			tick.counts[tick.n].loss = loss;
			tick.counts[tick.n++].count = n;
		}
		loss = n;
	}
	*out = tick;
	return 0;
}

int loss_json_parse_head(const char *line, struct scene *scene, uint64_t *time_ns, bool *redacted)
{
	cJSON *root __json = parse(line, "head");

	if (!root || !number_of(at(root, "time_ns"), UINT64_MAX, time_ns))
		return -EPROTO;
	fields_read(root, scene_fields, ARRAY_SIZE(scene_fields), scene);
	*redacted = cJSON_IsTrue(at(root, "redacted"));
	return 0;
}

void loss_clear(struct loss *loss)
{
	free(loss->rule);
	free(loss->stack);
	loss->rule = NULL;
	loss->stack = NULL;
}

void loss_tick_clear(struct loss_tick *tick)
{
	free(tick->counts);
	*tick = (struct loss_tick){ 0 };
}
