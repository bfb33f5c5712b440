/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A JSON document as it grows, for the views that write one. All of json_* add a member to an object,
 * or, where name is NULL, an item to an array. None of them fails: the document remembers it.
 */
#ifndef DD_JSON_DOC_H
#define DD_JSON_DOC_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "address.h"

/* failed: memory ran out, the document is not whole. */
struct json_doc {
	bool failed;
};

/* The document owns item from now on. Returns it, or NULL; where to is NULL, it is let go of. */
cJSON *json_put(struct json_doc *d, cJSON *to, const char *name, cJSON *item);
cJSON *json_object(struct json_doc *d, cJSON *to, const char *name);
cJSON *json_array(struct json_doc *d, cJSON *to, const char *name);

void json_null(struct json_doc *d, cJSON *to, const char *name);
void json_bool(struct json_doc *d, cJSON *to, const char *name, bool value);

/* A double: exact up to 2^53. */
void json_number(struct json_doc *d, cJSON *to, const char *name, double value);

/* All digits: rule handles and times in nanoseconds need 64 bits. */
void json_u64(struct json_doc *d, cJSON *to, const char *name, uint64_t value);

/* What starts at 1, so that 0 is what is not known: null. */
void json_positive(struct json_doc *d, cJSON *to, const char *name, uint64_t value);

/* Made safe, as strbuf_add_safe() does. NULL and "" are what is not known: null. */
void json_text(struct json_doc *d, cJSON *to, const char *name, const char *text);
void json_ip(struct json_doc *d, cJSON *to, const char *name, const struct ip *ip);

/* Writes it with a newline: 0, -ENOMEM, or -EIO if out took less than all of it. */
int json_print(const struct json_doc *d, const cJSON *root, FILE *out);
void json_cleanup(cJSON **json);

#endif
