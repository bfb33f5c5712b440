/* SPDX-License-Identifier: GPL-2.0 */
#include "view/features.h"

#include <errno.h>

#include "base/cleanup.h"
#include "view/json_doc.h"

static void add_row(struct json_doc *d, cJSON *to, const struct feature *row)
{
	cJSON *o = json_object(d, to, NULL);

	json_text(d, o, "section", row->section);
	json_text(d, o, "name", row->name);
	if (row->works == WORKS_UNKNOWN)
		json_null(d, o, "works");
	else
		json_bool(d, o, "works", row->works == WORKS_YES);
	json_text(d, o, "detail", row->detail);
	json_text(d, o, "cost", row->cost);
	json_text(d, o, "remedy", row->remedy);
}

static void add_program(struct json_doc *d, cJSON *to, const struct program_cost *p)
{
	cJSON *o = json_object(d, to, NULL);

	json_text(d, o, "name", p->name);
	json_text(d, o, "target", p->target);
	json_text(d, o, "kind", p->kind);
	json_positive(d, o, "instructions", p->instructions);
	json_u64(d, o, "load_us", p->load_us);
}

static void add_engine(struct json_doc *d, cJSON *root, const struct engine *e)
{
	cJSON *o;

	if (!e->name[0]) {
		json_null(d, root, "engine");
		return;
	}
	o = json_object(d, root, "engine");
	json_text(d, o, "name", e->name);
	json_text(d, o, "version", e->version);
	json_text(d, o, "api_version", e->api_version);
	json_text(d, o, "firewall_backend", e->firewall_backend);
	json_bool(d, o, "rootless", e->rootless);
}

static void add_all(struct json_doc *d, cJSON *root, const struct features *f)
{
	cJSON *o;

	json_number(d, root, "schema", 1);
	o = json_object(d, root, "tool");
	json_text(d, o, "name", "dockdrop");
	json_text(d, o, "version", f->tool_version);
	o = json_object(d, root, "host");
	json_text(d, o, "kernel", f->kernel);
	json_text(d, o, "arch", f->arch);
	json_text(d, o, "attach", f->attach);
	json_text(d, root, "scheme", f->scheme);
	add_engine(d, root, &f->engine);
	json_bool(d, root, "can_trace", f->can_trace);
	o = json_array(d, root, "features");
	for (int i = 0; i < f->n_rows; i++)
		add_row(d, o, &f->rows[i]);
	o = json_array(d, root, "programs");
	for (int i = 0; i < f->n_programs; i++)
		add_program(d, o, &f->programs[i]);
	json_u64(d, root, "load_us", f->load_us);
	json_u64(d, root, "attach_us", f->attach_us);
	json_u64(d, root, "detach_us", f->detach_us);
}

int features_json(FILE *out, const struct features *f)
{
	cJSON *root __cleanup(json_cleanup) = cJSON_CreateObject();
	struct json_doc d = { 0 };

	if (!root)
		return -ENOMEM;
	add_all(&d, root, f);
	return json_print(&d, root, out);
}
