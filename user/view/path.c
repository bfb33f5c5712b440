/* SPDX-License-Identifier: GPL-2.0 */
#include "view/path.h"

#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "view/names.h"
#include "view/words.h"

#define NAME_COLS 16

struct line {
	const struct hop *hop; /* NULL: the end that nothing was seen of */
	struct strbuf what;
};

/* The cells of a line, safe to print. */
struct cells {
	char who[NAME_COLS * 4 + 1];
	char device[DD_IFNAME_LEN * 4];
};

struct path {
	const struct scene *scene;
	const struct verdict *v;
	bool all; /* nothing is folded */
	uint64_t sent_ns;
	const struct hop *hops[HOPS_MAX + 1];
	int n;
	const struct hop *death; /* which of them is the verdict's drop; NULL: none */
	const char *note;	 /* the last one said */
	struct line lines[HOPS_MAX + 2];
	int n_lines;
	int who_cols, device_cols; /* the widest */
};

static void cleanup_path(struct path *path)
{
	for (int i = 0; i < path->n_lines; i++)
		strbuf_free(&path->lines[i].what);
}

static const struct {
	const char *text;
	bool what; /* say what was sent, if that is news */
} said[] = {
	[STEP_SENT] = { "sent", true },		 [STEP_QUEUED] = { "queued", true },
	[STEP_RECEIVED] = { "received", true },	 [STEP_ENTERED] = { "entered", false },
	[STEP_PASSED] = { "passed", false },	 [STEP_DROPPED] = { "dropped", false },
	[STEP_CONSUMED] = { "taken in", false }, [STEP_ROUTE_FAILED] = { "no route", false },
	[STEP_REACHED] = { "reached", false },	 [STEP_DECIDED] = { "", true },
};
_Static_assert(ARRAY_SIZE(said) == N_STEPS, "a word for each step");

static const char *const past[] = {
	[DD_STAGE_RAW] = "past raw",
	[DD_STAGE_MANGLE] = "past mangle",
	[DD_STAGE_FILTER] = "past filter",
	[DD_STAGE_SECURITY] = "past security",
};
_Static_assert(ARRAY_SIZE(past) == DD_STAGE_LEAVE,
	       "a word for each, but for the ends");

static const struct probe_result *probe_shown(const struct verdict *v)
{
	for (int i = 0; v->drop.found && i < v->n_probes; i++) {
		if (v->probes[i].n == v->drop.hop.probe)
			return &v->probes[i];
	}
	for (int i = 0; i < v->n_probes; i++) {
		if (v->probes[i].result != VERDICT_DELIVERED)
			return &v->probes[i];
	}
	return v->n_probes ? &v->probes[0] : NULL;
}

/*
 * The verdict's drop knows more than the hop that it was made from, and stands in for it. A frame
 * that the bridge gave to no port was never freed: then there is no such hop.
 */
static void add_death(struct path *path)
{
	const struct hop *dead = &path->v->drop.hop;
	int at = path->n;

	path->death = dead;
	for (int i = 0; i < path->n; i++) {
		const struct hop *h = path->hops[i];

		if (h->step == STEP_DROPPED && h->ts_ns == dead->ts_ns && h->role == dead->role) {
			path->hops[i] = dead;
			return;
		}
	}
	for (; dead->ts_ns && at > 0 && path->hops[at - 1]->ts_ns > dead->ts_ns; at--)
		path->hops[at] = path->hops[at - 1];
	path->hops[at] = dead;
	path->n++;
}

/* For those who want to know every function; it must not come between hops that belong together. */
static bool is_detail(const struct hop *h)
{
	return h->step == STEP_REACHED || h->step == STEP_DECIDED;
}

static void collect(struct path *path)
{
	const struct verdict *v = path->v;
	const struct probe_result *probe = probe_shown(v);

	for (int i = 0; probe && i < v->n_hops && path->n < HOPS_MAX; i++) {
		if (v->hops[i].probe == probe->n && (path->all || !is_detail(&v->hops[i])))
			path->hops[path->n++] = &v->hops[i];
	}
	path->sent_ns = probe ? probe->sent_ns : 0;
	if (v->drop.found)
		add_death(path);
}

/* Neighbours that did their work: what waited for the address went on. */
static bool neigh_settled(const struct path *path, int i)
{
	for (int k = i + 1; k < path->n; k++) {
		const struct hop *h = path->hops[k];

		if (!h->neigh && h->direction == path->hops[i]->direction && h->step == STEP_SENT)
			return true;
	}
	return false;
}

/* What a reader can do without, such as the ends of the copies of a question for a neighbour. */
static bool adds_nothing(const struct path *path, int i)
{
	const struct hop *h = path->hops[i], *next = i + 1 < path->n ? path->hops[i + 1] : NULL;

	if (path->all || h == path->death)
		return false;
	if (h->neigh && (h->step == STEP_DROPPED || neigh_settled(path, i)))
		return true;
	if (h->step == STEP_QUEUED)
		return next && next->step == STEP_SENT && next->role == h->role &&
		       next->ifindex == h->ifindex;
	return h->step == STEP_CONSUMED && next;
}

static bool at_hook(const struct hop *h)
{
	return h->hook_pf && (h->step == STEP_ENTERED || h->step == STEP_PASSED);
}

/* How many hops from i on are netfilter's, in one place and direction. */
static int hook_run(const struct path *path, int i)
{
	const struct hop *first = path->hops[i];
	int n = 0;

	for (; i + n < path->n; n++) {
		const struct hop *h = path->hops[i + n];

		if (!at_hook(h) || h->role != first->role || h->direction != first->direction ||
		    h->neigh != first->neigh)
			break;
	}
	return n;
}

static bool same_hook(const struct hop *a, const struct hop *b)
{
	return a->hook_pf == b->hook_pf && a->hook_num == b->hook_num;
}

/* Each hook of the run once. The one that the packet died in is left to the line that says so. */
static void add_hooks(struct path *path, struct strbuf *what, int from, int n)
{
	bool dies = from + n < path->n && path->hops[from + n]->step == STEP_DROPPED;
	struct strbuf passed __cleanup(strbuf_free) = { 0 };
	struct strbuf entered __cleanup(strbuf_free) = { 0 };

	for (int i = from; i < from + n; i++) {
		const struct hop *h = path->hops[i];
		bool again = false, through = false;

		for (int k = from; k < from + n; k++) {
			again |= k < i && same_hook(path->hops[k], h);
			through |=
				path->hops[k]->step == STEP_PASSED && same_hook(path->hops[k], h);
		}
		if (!again && (through || !dies))
			words_add_hook(through ? &passed : &entered, ", ", h->hook_pf, h->hook_num);
	}
	if (passed.len)
		strbuf_addf(what, "passed %s", strbuf_str(&passed));
	if (entered.len)
		strbuf_addf(what, "%sentered %s", what->len ? ", " : "", strbuf_str(&entered));
}

static void add_drop(const struct path *path, struct strbuf *what, const struct hop *h)
{
	const struct drop *drop = &path->v->drop;
	bool death = h == path->death;

	if (death && drop->in_bridge && !drop->in_netfilter && h->role == ROLE_HOST) {
		strbuf_addf(what, "not passed on by the bridge");
		return;
	}
	strbuf_addf(what, "dropped");
	if (death && drop->in_netfilter && drop->hook_known) {
		words_add_hook(what, " in ", drop->hook_pf, drop->hook_num);
		if (h->via_bridge)
			strbuf_addf(what, " (bridged frame)");
	} else if (h->where.function[0] && !path->all) {
		words_add(what, " in ", "%s", h->where.function);
	}
	if (!death && h->reason_name[0])
		words_add(what, ", ", "%s", h->reason_name);
}

static void add_step(struct path *path, struct strbuf *what, const struct hop *h)
{
	bool news = h->note[0] && (!path->note || strcmp(path->note, h->note) != 0);

	strbuf_addf(what, "%s", said[h->step].text);
	if (at_hook(h))
		words_add_hook(what, " ", h->hook_pf, h->hook_num);
	else if (h->step == STEP_DECIDED)
		words_add(what, "", "%s", h->note);
	else if (said[h->step].what && news)
		words_add(what, " ", "%s", path->note = h->note);
}

static void add_hop(struct path *path, struct strbuf *what, const struct hop *h)
{
	if (h->step == STEP_DROPPED)
		add_drop(path, what, h);
	else
		add_step(path, what, h);
	if (!path->all)
		return;
	if (at_hook(h) && h->hook_stage < DD_STAGE_LEAVE && past[h->hook_stage])
		words_add(what, ", ", "%s", past[h->hook_stage]);
	words_add_symbol(what, ", ", &h->where);
}

/* Where the end of a name is cut off, web-frontend-1 and web-frontend-2 are the same. */
static void shorten(char *out, size_t out_len, const char *name)
{
	char safe[NAME_LEN * 4];
	const char *tail = safe_text(safe, sizeof(safe), name);
	int head = (int)words_fit(safe, strlen(safe), (NAME_COLS - 2) / 2);

	if (words_columns(safe, strlen(safe)) <= NAME_COLS) {
		text_copy(out, out_len, safe);
		return;
	}
	while (words_columns(tail, strlen(tail)) > (NAME_COLS - 2) / 2 || (*tail & 0xc0) == 0x80)
		tail++;
	snprintf(out, out_len, "%.*s..%s", head, safe, tail);
}

static void fill_cells(const struct path *path, const struct hop *h, struct cells *out)
{
	*out = (struct cells){ 0 };
	if (!h)
		return;
	shorten(out->who, sizeof(out->who), name_netns(path->scene, h->role) ?: "elsewhere");
	safe_text(out->device, sizeof(out->device), h->device);
}

static int wider(int cols, const char *text)
{
	int mine = words_columns(text, strlen(text));

	return mine > cols ? mine : cols;
}

/* Takes what. */
static void add_line(struct path *path, const struct hop *h, struct strbuf *what)
{
	struct cells cells;

	fill_cells(path, h, &cells);
	path->who_cols = wider(path->who_cols, cells.who);
	path->device_cols = wider(path->device_cols, cells.device);
	path->lines[path->n_lines++] = (struct line){ h, *what };
	*what = (struct strbuf){ 0 };
}

/* Where nothing died that could be shown, the end is where nothing more was seen. */
static void add_end(struct path *path)
{
	static const bool open[N_VERDICTS] = {
		[VERDICT_UNANSWERED] = true,
		[VERDICT_VANISHED] = true,
		[VERDICT_INCONCLUSIVE] = true,
	};
	struct strbuf what = { 0 };

	if (path->death || !path->n_lines || !open[path->v->kind])
		return;
	strbuf_addf(&what, "nothing more was seen");
	add_line(path, NULL, &what);
}

static void make_lines(struct path *path)
{
	for (int i = 0, n; i < path->n; i += n) {
		const struct hop *h = path->hops[i];
		struct strbuf what = { 0 };

		n = path->all || !at_hook(h) ? 1 : hook_run(path, i);
		if (adds_nothing(path, i))
			continue;
		if (at_hook(h) && !path->all)
			add_hooks(path, &what, i, n);
		else
			add_hop(path, &what, h);
		if (what.len)
			add_line(path, h, &what);
		else
			strbuf_free(&what);
	}
	add_end(path);
}

/* A cell and two blanks; a column that is empty everywhere is left out. Returns its columns. */
static int pad(FILE *out, const char *text, int cols)
{
	if (!cols)
		return 0;
	fprintf(out, "%s%*s", text, cols - words_columns(text, strlen(text)) + 2, "");
	return cols + 2;
}

static bool is_end(const struct path *path, const struct hop *h)
{
	return !h || h == path->death || (!path->death && h->step == STEP_ROUTE_FAILED);
}

static void print_line(FILE *out, const struct path *path, const struct text_style *style,
		       const struct line *line)
{
	const struct hop *h = line->hop;
	struct cells cells;
	int at;

	fill_cells(path, h, &cells);
	if (h && h->ts_ns && path->sent_ns)
		at = fprintf(out, "%8.3f ms ", (double)(int64_t)(h->ts_ns - path->sent_ns) / 1e6);
	else
		at = fprintf(out, "%12s", "");
	at += fprintf(out, "%s", !h ? "   " : h->direction == DIR_REPLY ? "<- " : "-> ");
	at += pad(out, cells.who, path->who_cols);
	at += pad(out, cells.device, path->device_cols);
	if (is_end(path, h))
		fputs(style->colour ? TEXT_RED "x" TEXT_PLAIN " " : "x ", out);
	words_print(out, style->width, at + 2 * is_end(path, h), at, strbuf_str(&line->what));
}

int path_print(FILE *out, const struct scene *scene, const struct verdict *v,
	       const struct text_style *style)
{
	struct path path __cleanup(cleanup_path) = {
		.scene = scene,
		.v = v,
		.all = style->verbose,
	};

	collect(&path);
	make_lines(&path);
	for (int i = 0; i < path.n_lines; i++)
		print_line(out, &path, style, &path.lines[i]);
	return path.n_lines;
}

const struct hop *path_last(const struct verdict *v)
{
	const struct probe_result *probe = probe_shown(v);

	for (int i = v->n_hops; probe && i > 0; i--) {
		if (v->hops[i - 1].probe == probe->n)
			return &v->hops[i - 1];
	}
	return NULL;
}
