/* SPDX-License-Identifier: GPL-2.0 */
#include "view/loss_parse.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "core/loss.h"
#include "view/loss_fields.h"

static void cleanup_json(cJSON **json)
{
	cJSON_Delete(*json);
}

#define __json __cleanup(cleanup_json)

static void number_set(void *at, size_t size, uint64_t n)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	n <<= 8 * (sizeof(n) - size);
#endif
	memcpy(at, &n, size);
}

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
	if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0) || item->valuedouble > (double)UINT64_MAX)
		return false;
	*out = item->valuedouble >= (double)UINT64_MAX ? UINT64_MAX : (uint64_t)item->valuedouble;
	return *out <= max;
}

static void word_read(const struct loss_field *f, const char *text, void *to)
{
	for (int i = 0; i < 32; i++)
		if (f->word(i) && !strcmp(f->word(i), text))
			*(int *)to = i;
}

static void field_read(const struct loss_field *f, const cJSON *item, void *to)
{
	const char *text = cJSON_IsString(item) ? item->valuestring : NULL;
	uint64_t max = f->size >= 8 ? UINT64_MAX : (1ull << 8 * f->size) - 1, n;

	to = (char *)to + f->offset;
	if (f->type == FIELD_NUMBER && number_of(item, max, &n))
		number_set(to, f->size, n);
	else if (f->type == FIELD_BOOL)
		*(bool *)to = cJSON_IsTrue(item);
	else if (f->type == FIELD_OWNED && text && *text)
		*(char **)to = strdup(text);
	else if (f->type == FIELD_TEXT && text)
		text_copy(to, f->size, text);
	else if (f->type == FIELD_IP && text)
		addr_parse(text, to);
	else if (f->type == FIELD_WORD && text)
		word_read(f, text, to);
}

static void fields_read(const cJSON *root, const struct loss_fields *fields, void *to)
{
	for (size_t i = 0; i < fields->n; i++)
		field_read(&fields->rows[i], at(root, fields->rows[i].path), to);
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

const char *loss_parse_type(const char *line, char *out, size_t out_len)
{
	cJSON *root __json = cJSON_ParseWithOpts(line, NULL, true);
	const cJSON *item = at(root, "type");

	text_copy(out, out_len, cJSON_IsString(item) ? item->valuestring : "");
	return out;
}

static void remedies_read(const cJSON *list, struct loss *out)
{
	const cJSON *item;
	int n = 0;

	cJSON_ArrayForEach(item, list)
		if (cJSON_IsString(item) && *item->valuestring && n < REMEDIES_MAX)
			loss_say(out, LOSS_REMEDY + n++, item->valuestring);
}

int loss_parse_kind(const char *line, struct loss *out)
{
	cJSON *root __json = parse(line, "kind");

	if (!root)
		return -EPROTO;
	*out = (struct loss){ 0 };
	fields_read(root, &loss_fields_kind, out);
	if (!out->n) {
		loss_clear(out);
		return -EPROTO;
	}
	remedies_read(at(root, "cause.remedy"), out);
	out->rule.known = cJSON_IsObject(at(root, "netfilter.rule"));
	if (out->rule.known)
		fields_read(root, &loss_fields_rule, out);
	return 0;
}

int loss_parse_tick(const char *line, struct loss_tick *out)
{
	cJSON *root __json = parse(line, "tick");
	const cJSON *counts = at(root, "counts"), *item;
	struct loss_tick tick = { 0 };
	uint64_t loss = 0, n;
	size_t i = 0;

	if (!root || !cJSON_IsArray(counts) || !number_of(at(root, "time_ns"), UINT64_MAX, &tick.time_ns))
		return -EPROTO;
	fields_read(root, &loss_fields_totals, &tick.totals);
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

int loss_parse_note(const char *line, struct loss_note *out)
{
	cJSON *root __json = parse(line, "note");
	const char *time = cJSON_GetStringValue(at(root, "time")), *text = cJSON_GetStringValue(at(root, "text"));

	if (!time || !text)
		return -EPROTO;
	text_copy(out->time, sizeof(out->time), time);
	text_copy(out->text, sizeof(out->text), text);
	return 0;
}

int loss_parse_head(const char *line, struct scene *scene, uint64_t *time_ns, bool *redacted)
{
	cJSON *root __json = parse(line, "head");

	if (!root || !number_of(at(root, "time_ns"), UINT64_MAX, time_ns))
		return -EPROTO;
	fields_read(root, &loss_fields_scene, scene);
	*redacted = cJSON_IsTrue(at(root, "redacted"));
	return 0;
}
