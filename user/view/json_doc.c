/* SPDX-License-Identifier: GPL-2.0 */
#include "view/json_doc.h"

#include <errno.h>
#include <inttypes.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "base/strbuf.h"

void json_cleanup(cJSON **json)
{
	cJSON_Delete(*json);
}

static void cleanup_printed(char **text)
{
	cJSON_free(*text);
}

cJSON *json_put(struct json_doc *d, cJSON *to, const char *name, cJSON *item)
{
	if (name ? cJSON_AddItemToObject(to, name, item) : cJSON_AddItemToArray(to, item))
		return item;
	cJSON_Delete(item);
	d->failed = true;
	return NULL;
}

cJSON *json_object(struct json_doc *d, cJSON *to, const char *name)
{
	return json_put(d, to, name, cJSON_CreateObject());
}

cJSON *json_array(struct json_doc *d, cJSON *to, const char *name)
{
	return json_put(d, to, name, cJSON_CreateArray());
}

void json_null(struct json_doc *d, cJSON *to, const char *name)
{
	json_put(d, to, name, cJSON_CreateNull());
}

void json_bool(struct json_doc *d, cJSON *to, const char *name, bool value)
{
	json_put(d, to, name, cJSON_CreateBool(value));
}

void json_number(struct json_doc *d, cJSON *to, const char *name, double value)
{
	json_put(d, to, name, cJSON_CreateNumber(value));
}

void json_u64(struct json_doc *d, cJSON *to, const char *name, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	json_put(d, to, name, cJSON_CreateRaw(text));
}

void json_positive(struct json_doc *d, cJSON *to, const char *name, uint64_t value)
{
	if (value)
		json_u64(d, to, name, value);
	else
		json_null(d, to, name);
}

void json_text(struct json_doc *d, cJSON *to, const char *name, const char *text)
{
	struct strbuf safe __cleanup(strbuf_free) = { 0 };

	if (text && *text)
		strbuf_add_safe(&safe, text);
	d->failed |= safe.failed;
	json_put(d, to, name, safe.len ? cJSON_CreateString(strbuf_str(&safe)) : cJSON_CreateNull());
}

void json_ip(struct json_doc *d, cJSON *to, const char *name, const struct ip *ip)
{
	char text[ADDR_TEXT_LEN];

	json_text(d, to, name, addr_format(ip, text));
}

int json_print(const struct json_doc *d, const cJSON *root, FILE *out)
{
	char *text __cleanup(cleanup_printed) = d->failed ? NULL : cJSON_Print(root);

	if (!text)
		return -ENOMEM;
	return fprintf(out, "%s\n", text) < 0 || fflush(out) ? -EIO : 0;
}
