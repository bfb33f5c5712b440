/* SPDX-License-Identifier: GPL-2.0 */
/* A JSON document as it grows. Includes cJSON for the views that write one. */
#ifndef DD_JSON_DOC_H
#define DD_JSON_DOC_H

#include <cjson/cJSON.h>
#include <stdio.h>

#include "checkup.h"

/* failed: memory ran out, the document is not whole. */
struct json_doc {
	bool failed;
};

/* Adds item to an object, or to an array (name NULL), which then owns it. Returns it, or NULL. */
cJSON *json_put(struct json_doc *d, cJSON *to, const char *name, cJSON *item);
cJSON *json_object(struct json_doc *d, cJSON *to, const char *name);
cJSON *json_array(struct json_doc *d, cJSON *to, const char *name);

/* Made safe, as strbuf_add_safe() does. NULL and "" are what is not known: null. */
void json_text(struct json_doc *d, cJSON *to, const char *name, const char *text);
void json_ip(struct json_doc *d, cJSON *to, const char *name, const struct ip *ip);

/* Writes it with a newline: 0, -ENOMEM, or -EIO if out took less than all of it. */
int json_print(const struct json_doc *d, const cJSON *root, FILE *out);
void json_cleanup(cJSON **json);

/* The member "advisories": what is known of the engine's version and fits. */
void json_advisories(struct json_doc *d, cJSON *to, const struct advisory *all, int n);

/* The members "findings", "not_checked" and "checks_made". */
void doctor_json_findings(struct json_doc *d, cJSON *to, const struct diagnosis *diagnosis);

#endif
