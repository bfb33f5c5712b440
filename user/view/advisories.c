/* SPDX-License-Identifier: GPL-2.0 */
#include "view/advisories.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "core/advisory.h"
#include "view/words.h"

#define INDENT 4

static bool is_wanted(const struct advisory_row *row, const char *version)
{
	return !version || advisory_is_about(row, version);
}

/* ---- for people ------------------------------------------------------------------- */

static void add_conditions(const struct advisory_row *row, struct strbuf *out)
{
	const char *word;

	for (size_t i = 0; (word = advisory_condition(row, i)); i++)
		words_add(out, i ? ", " : "; ", "%s", word);
}

static void print_row(FILE *out, const struct advisory_row *row, int width)
{
	struct strbuf sb __cleanup(strbuf_free) = { 0 };
	char text[SENTENCE_LEN];

	advisory_text(row, text, sizeof(text));
	words_add(&sb, "", "%s", text);
	words_add(&sb, "\n", "versions %s", row->versions);
	words_add(&sb, "\n", "%s", row->url);
	if (advisory_is_shown(row)) {
		words_add(&sb, "\n", "told with %s", row->causes);
		add_conditions(row, &sb);
	}
	fprintf(out, "%s, %s\n%*s", row->id, advisory_kind_name(row->kind), INDENT, "");
	words_print(out, width, INDENT, INDENT, strbuf_str(&sb));
}

int advisories_text(FILE *out, const char *version, int width)
{
	const struct advisory_row *row;
	int n = 0;

	for (size_t i = 0; (row = advisory_row(i)); i++) {
		if (!is_wanted(row, version))
			continue;
		if (n++)
			putc('\n', out);
		print_row(out, row, width);
	}
	return n;
}

/* ---- for programs ----------------------------------------------------------------- */

void advisories_json_found(struct json_doc *d, cJSON *to, const struct advisory *found, int n)
{
	cJSON *list = json_array(d, to, "advisories");

	for (int i = 0; i < n; i++) {
		cJSON *o = json_object(d, list, NULL);

		json_text(d, o, "id", found[i].id);
		json_text(d, o, "kind", advisory_kind_name(found[i].kind));
		json_text(d, o, "text", found[i].text);
		json_text(d, o, "fixed_in", found[i].fixed_in);
		json_text(d, o, "url", found[i].url);
	}
}

static void add_causes(struct json_doc *d, cJSON *to, const char *causes)
{
	char word[SHORT_LEN * 2];
	int len;

	for (; sscanf(causes, " %127s%n", word, &len) == 1; causes += len)
		json_text(d, to, NULL, word);
}

static void add_row(struct json_doc *d, cJSON *list, const struct advisory_row *row)
{
	cJSON *to = json_object(d, list, NULL), *conditions;
	char text[SENTENCE_LEN];
	const char *word;

	advisory_text(row, text, sizeof(text));
	json_text(d, to, "id", row->id);
	json_text(d, to, "kind", advisory_kind_name(row->kind));
	json_text(d, to, "text", text);
	json_text(d, to, "versions", row->versions);
	json_text(d, to, "fixed_in", row->fixed);
	json_text(d, to, "url", row->url);
	add_causes(d, json_array(d, to, "causes"), row->causes);
	conditions = json_array(d, to, "conditions");
	for (size_t i = 0; (word = advisory_condition(row, i)); i++)
		json_text(d, conditions, NULL, word);
	json_bool(d, to, "told", advisory_is_shown(row));
}

int advisories_json(FILE *out, const char *version)
{
	cJSON *root __cleanup(json_cleanup) = cJSON_CreateObject(), *list;
	const struct advisory_row *row;
	struct json_doc d = { 0 };

	if (!root)
		return -ENOMEM;
	json_number(&d, root, "schema", 1);
	json_text(&d, root, "engine", version);
	list = json_array(&d, root, "advisories");
	for (size_t i = 0; (row = advisory_row(i)); i++)
		if (is_wanted(row, version))
			add_row(&d, list, row);
	return json_print(&d, root, out);
}
