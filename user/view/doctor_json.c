/* SPDX-License-Identifier: GPL-2.0 */
#include "view/doctor_json.h"

#include <errno.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "core/advisory.h"
#include "view/advisories.h"

static const char *const severities[] = {
	[SEVERITY_NOTE] = "note",
	[SEVERITY_RISK] = "risk",
	[SEVERITY_BROKEN] = "broken",
};
_Static_assert(ARRAY_SIZE(severities) == N_SEVERITIES, "a word for each severity");

static void add_finding(struct json_doc *d, cJSON *to, const struct finding *f)
{
	cJSON *o = json_object(d, to, NULL), *remedy;

	json_text(d, o, "check", f->check);
	json_text(d, o, "severity", severities[f->severity]);
	json_text(d, o, "text", f->text);
	json_text(d, o, "evidence", f->evidence);
	json_text(d, o, "why", f->why);
	remedy = json_array(d, o, "remedy");
	for (int i = 0; i < f->n_remedies; i++)
		json_text(d, remedy, NULL, f->remedy[i]);
	advisories_json_found(d, o, f->advisories, f->n_advisories);
}

void doctor_json_findings(struct json_doc *d, cJSON *to, const struct diagnosis *diagnosis)
{
	cJSON *list = json_array(d, to, "findings");

	for (size_t i = 0; i < diagnosis->n_findings; i++)
		add_finding(d, list, &diagnosis->findings[i]);
	list = json_array(d, to, "not_checked");
	for (size_t i = 0; i < diagnosis->n_unmade; i++) {
		cJSON *o = json_object(d, list, NULL);

		json_text(d, o, "check", diagnosis->unmade[i].check);
		json_text(d, o, "why", diagnosis->unmade[i].why);
	}
	json_number(d, to, "checks_made", diagnosis->n_checks);
}

static void add_request(struct json_doc *d, cJSON *root, const struct checkup *c)
{
	static const char *const ends[] = { "src", "dst" };
	cJSON *o;

	if (!c->scene) {
		json_null(d, root, "request");
		return;
	}
	o = json_object(d, root, "request");
	json_text(d, o, "network", c->scene->network.name);
	json_text(d, o, "bridge", c->scene->network.bridge);
	for (int r = 0; r < 2; r++) {
		cJSON *end = json_object(d, o, ends[r]);

		json_text(d, end, "name", c->scene->ends[r].name);
		json_ip(d, end, "ip", &c->scene->ends[r].ip);
	}
}

static void add_all(struct json_doc *d, cJSON *root, const struct checkup *c,
		    const struct diagnosis *diagnosis)
{
	cJSON *engine;

	json_number(d, root, "schema", 1);
	engine = json_object(d, root, "engine");
	json_text(d, engine, "name", c->engine.name);
	json_text(d, engine, "version", c->engine.version);
	json_text(d, engine, "firewall_backend", c->engine.firewall_backend);
	json_number(d, engine, "known_problems", advisory_count(&c->engine));
	add_request(d, root, c);
	doctor_json_findings(d, root, diagnosis);
}

int doctor_json(FILE *out, const struct checkup *c, const struct diagnosis *diagnosis)
{
	cJSON *root __cleanup(json_cleanup) = cJSON_CreateObject();
	struct json_doc d = { 0 };

	if (!root)
		return -ENOMEM;
	add_all(&d, root, c, diagnosis);
	return json_print(&d, root, out);
}
