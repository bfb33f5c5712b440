/* SPDX-License-Identifier: GPL-2.0 */
#include "view/compare.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "view/json_doc.h"
#include "view/words.h"

#define LABEL_COLS 11

/* What could not be read could not be compared either. */
static const enum need wanted[] = { NEED_RULES, NEED_LEGACY, NEED_LINKS, NEED_NEIGHS,
				    NEED_CONTAINERS };
#define N_WANTED (sizeof(wanted) / sizeof(wanted[0]))

static void print_pair(FILE *out, const struct net_view *const nets[2], const struct difference *d,
		       int width)
{
	size_t len = strlen(nets[0]->network.name), other = strlen(nets[1]->network.name);
	int cols = LABEL_COLS + (int)(len > other ? len : other) + 2;

	cols = cols > width / 2 ? width / 2 : cols;
	for (int r = 0; r < 2; r++) {
		struct strbuf name __cleanup(strbuf_free) = { 0 };
		struct strbuf value __cleanup(strbuf_free) = { 0 };

		words_add(&name, "", "%s", nets[r]->network.name);
		words_add(&value, "", "%s", d->values[r][0] ? d->values[r] : "-");
		fprintf(out, "%*s%-*s", LABEL_COLS, "", cols - LABEL_COLS, strbuf_str(&name));
		words_print(out, width, cols, cols, strbuf_str(&value));
	}
}

static bool same_place(const struct difference *a, const struct difference *b)
{
	return !strcmp(a->kind, b->kind) && !strcmp(a->name, b->name);
}

void compare_text(FILE *out, const struct checkup *c, const struct net_view *const nets[2],
		  const struct difference *d, size_t n, const struct text_style *style)
{
	for (size_t i = 0; i < n; i++) {
		struct strbuf name __cleanup(strbuf_free) = { 0 };

		if (!i || !same_place(&d[i], &d[i - 1])) {
			words_add(&name, "", "%s", d[i].name);
			fprintf(out, "%-*s", LABEL_COLS, d[i].kind);
			words_print(out, style->width, LABEL_COLS, LABEL_COLS, strbuf_str(&name));
		}
		print_pair(out, nets, &d[i], style->width);
	}
	for (size_t i = 0; i < N_WANTED; i++)
		if (c->unread[wanted[i]][0])
			fprintf(out, "%-*s%s\n", LABEL_COLS, "unknown", c->unread[wanted[i]]);
	if (n)
		fprintf(out, "%zu difference%s\n", n, n == 1 ? "" : "s");
	else
		fputs("no difference that matters to a packet\n", out);
}

static void add_difference(struct json_doc *doc, cJSON *list, const struct difference *d)
{
	cJSON *o = json_object(doc, list, NULL), *values;

	json_text(doc, o, "kind", d->kind);
	json_text(doc, o, "name", d->name);
	values = json_array(doc, o, "values");
	json_text(doc, values, NULL, d->values[0]);
	json_text(doc, values, NULL, d->values[1]);
}

int compare_json(FILE *out, const struct checkup *c, const struct net_view *const nets[2],
		 const struct difference *d, size_t n)
{
	cJSON *root __cleanup(json_cleanup) = cJSON_CreateObject();
	struct json_doc doc = { 0 };
	cJSON *list;

	if (!root)
		return -ENOMEM;
	json_number(&doc, root, "schema", 1);
	list = json_array(&doc, root, "networks");
	for (int r = 0; r < 2; r++)
		json_text(&doc, list, NULL, nets[r]->network.name);
	list = json_array(&doc, root, "differences");
	for (size_t i = 0; i < n; i++)
		add_difference(&doc, list, &d[i]);
	list = json_array(&doc, root, "not_compared");
	for (size_t i = 0; i < N_WANTED; i++)
		if (c->unread[wanted[i]][0])
			json_text(&doc, list, NULL, c->unread[wanted[i]]);
	return json_print(&doc, root, out);
}
