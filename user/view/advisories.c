/* SPDX-License-Identifier: GPL-2.0 */
#include "view/advisories.h"

#include <cjson/cJSON.h>
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
		words_add(&sb, "\n", "trace tells it with %s", row->causes);
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

static void cleanup_json(cJSON **json)
{
	cJSON_Delete(*json);
}

static void cleanup_printed(char **text)
{
	cJSON_free(*text);
}

/* Adds text to an object, or to an array (name NULL); empty text is null. False: no memory. */
static bool put(cJSON *to, const char *name, const char *text)
{
	cJSON *item = *text ? cJSON_CreateString(text) : cJSON_CreateNull();

	if (name ? cJSON_AddItemToObject(to, name, item) : cJSON_AddItemToArray(to, item))
		return true;
	cJSON_Delete(item);
	return false;
}

static bool put_causes(cJSON *to, const char *causes)
{
	char word[SHORT_LEN * 2];
	bool whole = to;
	int len;

	for (; whole && sscanf(causes, " %127s%n", word, &len) == 1; causes += len)
		whole = put(to, NULL, word);
	return whole;
}

static bool put_conditions(cJSON *to, const struct advisory_row *row)
{
	bool whole = to;
	const char *word;

	for (size_t i = 0; whole && (word = advisory_condition(row, i)); i++)
		whole = put(to, NULL, word);
	return whole;
}

static bool put_row(cJSON *to, const struct advisory_row *row)
{
	char text[SENTENCE_LEN];

	advisory_text(row, text, sizeof(text));
	return put(to, "id", row->id) && put(to, "kind", advisory_kind_name(row->kind)) &&
	       put(to, "text", text) && put(to, "versions", row->versions) &&
	       put(to, "fixed_in", row->fixed) && put(to, "url", row->url) &&
	       put_causes(cJSON_AddArrayToObject(to, "causes"), row->causes) &&
	       put_conditions(cJSON_AddArrayToObject(to, "conditions"), row) &&
	       cJSON_AddBoolToObject(to, "told", advisory_is_shown(row));
}

static bool put_all(cJSON *root, const char *version)
{
	cJSON *list, *item;
	const struct advisory_row *row;

	if (!cJSON_AddNumberToObject(root, "schema", 1) || !put(root, "engine", version ?: ""))
		return false;
	list = cJSON_AddArrayToObject(root, "advisories");
	for (size_t i = 0; (row = advisory_row(i)); i++) {
		if (!is_wanted(row, version))
			continue;
		item = cJSON_CreateObject();
		if (!cJSON_AddItemToArray(list, item)) {
			cJSON_Delete(item);
			return false;
		}
		if (!put_row(item, row))
			return false;
	}
	return list;
}

int advisories_json(FILE *out, const char *version)
{
	cJSON *root __cleanup(cleanup_json) = cJSON_CreateObject();
	char *text __cleanup(cleanup_printed) = NULL;

	if (root && put_all(root, version))
		text = cJSON_Print(root);
	if (!text)
		return -ENOMEM;
	fprintf(out, "%s\n", text);
	return 0;
}
