/* SPDX-License-Identifier: GPL-2.0 */
/* Untrusted JSON, for the files that own cJSON on this side: what is of the wrong type is not said. */
#ifndef DD_JSON_READ_H
#define DD_JSON_READ_H

#include <cjson/cJSON.h>
#include <string.h>

#include "base/addr.h"

static inline void free_json(cJSON **json)
{
	cJSON_Delete(*json);
}

#define __json __attribute__((cleanup(free_json)))

/* NULL if the text is not one JSON value and nothing behind it. */
static inline cJSON *parse(const char *json)
{
	return cJSON_ParseWithOpts(json, NULL, true);
}

static inline const cJSON *at(const cJSON *object, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(object, key);
}

static inline const char *string_of(const cJSON *item)
{
	return cJSON_IsString(item) ? item->valuestring : "";
}

static inline const char *text_at(const cJSON *object, const char *key)
{
	return string_of(at(object, key));
}

#endif
