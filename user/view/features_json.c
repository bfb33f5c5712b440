/* SPDX-License-Identifier: GPL-2.0 */
#include "view/features.h"

#include <cjson/cJSON.h>
#include <errno.h>

#include "base/cleanup.h"
#include "base/strbuf.h"

static void cleanup_json(cJSON **json)
{
	cJSON_Delete(*json);
}

static void cleanup_printed(char **text)
{
	cJSON_free(*text);
}

/* The document as it grows; failed: memory ran out. */
struct doc {
	bool failed;
};

static cJSON *put(struct doc *d, cJSON *to, const char *name, cJSON *item)
{
	if (name ? cJSON_AddItemToObject(to, name, item) : cJSON_AddItemToArray(to, item))
		return item;
	cJSON_Delete(item);
	d->failed = true;
	return NULL;
}

/* NULL and "" are what is not known: null. */
static void put_text(struct doc *d, cJSON *to, const char *name, const char *text)
{
	struct strbuf safe __cleanup(strbuf_free) = { 0 };

	if (text && *text)
		strbuf_add_safe(&safe, text);
	d->failed |= safe.failed;
	put(d, to, name, safe.len ? cJSON_CreateString(strbuf_str(&safe)) : cJSON_CreateNull());
}

static void put_number(struct doc *d, cJSON *to, const char *name, uint64_t value)
{
	put(d, to, name, cJSON_CreateNumber((double)value));
}

static void add_row(struct doc *d, cJSON *to, const struct feature *row)
{
	cJSON *o = put(d, to, NULL, cJSON_CreateObject());

	put_text(d, o, "section", row->section);
	put_text(d, o, "name", row->name);
	put(d, o, "works",
	    row->works == WORKS_UNKNOWN ? cJSON_CreateNull()
					: cJSON_CreateBool(row->works == WORKS_YES));
	put_text(d, o, "detail", row->detail);
	put_text(d, o, "cost", row->cost);
	put_text(d, o, "remedy", row->remedy);
}

static void add_program(struct doc *d, cJSON *to, const struct program_cost *p)
{
	cJSON *o = put(d, to, NULL, cJSON_CreateObject());

	put_text(d, o, "name", p->name);
	put_text(d, o, "target", p->target);
	put_text(d, o, "kind", p->kind);
	if (p->instructions)
		put_number(d, o, "instructions", p->instructions);
	else
		put(d, o, "instructions", cJSON_CreateNull());
	put_number(d, o, "load_us", p->load_us);
}

static void add_engine(struct doc *d, cJSON *root, const struct engine *e)
{
	cJSON *o;

	if (!e->name[0]) {
		put(d, root, "engine", cJSON_CreateNull());
		return;
	}
	o = put(d, root, "engine", cJSON_CreateObject());
	put_text(d, o, "name", e->name);
	put_text(d, o, "version", e->version);
	put_text(d, o, "api_version", e->api_version);
	put_text(d, o, "firewall_backend", e->firewall_backend);
	put(d, o, "rootless", cJSON_CreateBool(e->rootless));
}

static void add_all(struct doc *d, cJSON *root, const struct features *f)
{
	cJSON *o;

	put_number(d, root, "schema", 1);
	o = put(d, root, "tool", cJSON_CreateObject());
	put_text(d, o, "name", "dockdrop");
	put_text(d, o, "version", f->tool_version);
	o = put(d, root, "host", cJSON_CreateObject());
	put_text(d, o, "kernel", f->kernel);
	put_text(d, o, "arch", f->arch);
	put_text(d, o, "attach", f->attach);
	put_text(d, root, "scheme", f->scheme);
	add_engine(d, root, &f->engine);
	put(d, root, "can_trace", cJSON_CreateBool(f->can_trace));
	o = put(d, root, "features", cJSON_CreateArray());
	for (int i = 0; i < f->n_rows; i++)
		add_row(d, o, &f->rows[i]);
	o = put(d, root, "programs", cJSON_CreateArray());
	for (int i = 0; i < f->n_programs; i++)
		add_program(d, o, &f->programs[i]);
	put_number(d, root, "load_us", f->load_us);
	put_number(d, root, "attach_us", f->attach_us);
	put_number(d, root, "detach_us", f->detach_us);
}

int features_json(FILE *out, const struct features *f)
{
	cJSON *root __cleanup(cleanup_json)
	= cJSON_CreateObject();
	char *text __cleanup(cleanup_printed)
	= NULL;
	struct doc d = { 0 };

	if (!root)
		return -ENOMEM;
	add_all(&d, root, f);
	text = d.failed ? NULL : cJSON_Print(root);
	if (!text)
		return -ENOMEM;
	fprintf(out, "%s\n", text);
	return 0;
}
