/* SPDX-License-Identifier: GPL-2.0 */
#include "view/heading.h"

#include <ctype.h>

#include "base/addr.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/kernel_words.h"
#include "view/names.h"
#include "view/words.h"

void heading_add_engine(struct strbuf *sb, const struct engine *e)
{
	if (!e->name[0]) {
		strbuf_addf(sb, "no engine asked");
		return;
	}
	words_add(sb, "", "%s", e->name);
	words_add(sb, " ", "%s", e->version[0] ? e->version : "of unknown version");
}

static void add_end(struct strbuf *sb, const char *before, const struct endpoint *end)
{
	char ip[ADDR_TEXT_LEN];

	words_add(sb, before, "%s", end->name);
	if (end->ip.family && end->kind != ENDPOINT_ADDRESS)
		words_add(sb, " ", "%s", addr_format(&end->ip, ip));
}

static void add_network(struct strbuf *sb, const char *before, const struct network *n)
{
	if (!n->name[0] && n->bridge[0])
		words_add(sb, ", ", "bridge %s", n->bridge);
	if (!n->name[0])
		return;
	words_add(sb, before, "%s", n->name);
	if (n->bridge[0])
		words_add(sb, " ", "(%s)", n->bridge);
}

static void print_tool(FILE *out, const struct scene *s, const struct text_style *style)
{
	struct strbuf sb __cleanup(strbuf_free) = { 0 };

	heading_add_engine(&sb, &s->engine);
	if (s->engine.rootless)
		words_add(&sb, ", ", "rootless");
	if (s->kernel[0])
		words_add(&sb, ", ", "kernel %s", s->kernel);
	if (s->engine.firewall_backend[0])
		words_add(&sb, ", ", "firewall %s", s->engine.firewall_backend);
	words_print(out, style->width, 0, 2, strbuf_str(&sb));
}

/* A reader who knows of another network has to know why it is not that one. */
static void add_choice(struct strbuf *sb, const struct scene *s)
{
	static const char *const whys[] = {
		[CHOICE_ONLY] = "",
		[CHOICE_ASKED] = "as asked for",
		[CHOICE_SHARED] = "both are on it",
		[CHOICE_ROUTE] = "its routes lead there",
		[CHOICE_FIRST] = "choose with --network",
	};
	_Static_assert(ARRAY_SIZE(whys) == N_CHOICES, "a reason for each");

	if (s->choice != CHOICE_ONLY && s->choice < N_CHOICES)
		words_add(sb, ", ", "one of %d that %s is on: %s", s->n_choices,
			  s->ends[ROLE_SRC].name, whys[s->choice]);
}

static void print_talk(FILE *out, const struct scene *s, const struct text_style *style)
{
	struct strbuf sb __cleanup(strbuf_free) = { 0 };
	const struct endpoint *src = &s->ends[ROLE_SRC], *dst = &s->ends[ROLE_DST];
	const char *protocol = kernel_protocol(s->request.protocol);
	bool apart =
		!s->shared && src->kind == ENDPOINT_CONTAINER && dst->kind == ENDPOINT_CONTAINER;

	add_end(&sb, "", src);
	add_end(&sb, " -> ", dst);
	strbuf_addf(&sb, ", %s", protocol ? "" : "all traffic");
	for (; protocol && *protocol; protocol++)
		strbuf_addf(&sb, "%c", toupper(*protocol));
	if (s->request.port)
		words_add(&sb, " ", "port %u", s->request.port);
	add_network(&sb, apart ? ", no shared network: " : ", network ", &s->network);
	add_choice(&sb, s);
	if (apart)
		add_network(&sb, ", ", &s->dst_network);
	words_print(out, style->width, 0, 2, strbuf_str(&sb));
}

void heading_print(FILE *out, const struct scene *scene, const struct text_style *style)
{
	print_tool(out, scene, style);
	print_talk(out, scene, style);
}
