/* SPDX-License-Identifier: GPL-2.0 */
#include "view/top.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <ncurses.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "view/losses.h"
#include "view/words.h"

#define CELL_LEN    96
#define TREND_S     10   /* seconds that make a trend, against those before */
#define DETAIL_ROWS 9
#define NS_PER_S    1000000000ull
#define KEY_ESCAPE  27

/* Losses that share source, destination, place and cause. */
struct line {
	char src[CELL_LEN], dst[CELL_LEN], place[CELL_LEN], cause[CELL_LEN];
	uint64_t total, rate;
	uint64_t lately, before; /* in TREND_S seconds each */
	char *detail; /* owned */
};

struct top {
	SCREEN *screen;
	struct line *lines;
	size_t n;
	struct loss_totals totals;
	size_t selected, first; /* of those that pass the filter */
	int sort;
	char filter[CELL_LEN];
	bool typing; /* the filter */
	char note[256];
};

/* ---- from losses to lines ------------------------------------------------------------- */

static void cell(char out[CELL_LEN], const char *text)
{
	safe_text(out, CELL_LEN, text);
}

static void line_name(struct line *l, const struct loss *loss)
{
	struct strbuf place __cleanup(strbuf_free) = { 0 };

	losses_add_place(&place, loss);
	cell(l->src, loss->src.name[0] ? loss->src.name : "others");
	cell(l->dst, loss->dst.name[0] ? loss->dst.name : "others");
	text_copy(l->place, sizeof(l->place), strbuf_str(&place));
	cell(l->cause, losses_cause(loss));
}

static bool is_same(const struct line *a, const struct line *b)
{
	return !strcmp(a->src, b->src) && !strcmp(a->dst, b->dst) && !strcmp(a->place, b->place) &&
	       !strcmp(a->cause, b->cause);
}

/* What happened in [from, from + n) seconds ago; the second that is under way is 0. */
static uint64_t history_sum(const struct loss *loss, uint64_t now_s, unsigned int from, unsigned int n)
{
	uint64_t last_s = loss->last_ns / NS_PER_S, sum = 0;

	for (unsigned int i = from; i < from + n && i < HISTORY_LEN; i++) {
		uint64_t s = now_s - i;

		if (s <= last_s && s + HISTORY_LEN > last_s)
			sum += loss->history[s % HISTORY_LEN];
	}
	return sum;
}

/* What a person wants to know of it, for the pane below. */
static char *detail_of(const struct loss *loss)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	struct strbuf sb __cleanup(strbuf_free) = { 0 };

	if (!out)
		return NULL;
	losses_add_parties(&sb, loss);
	if (loss->network[0])
		words_add(&sb, ", network ", "%s", loss->network);
	fprintf(out, "%s\n", strbuf_str(&sb));
	losses_explain(out, loss, COLS > 40 ? COLS - 2 : 80);
	fclose(out);
	return text;
}

static void line_add(struct top *t, const struct loss *loss, uint64_t now_s)
{
	struct line new = { 0 }, *l;
	size_t i = 0;

	line_name(&new, loss);
	while (i < t->n && !is_same(&t->lines[i], &new))
		i++;
	l = &t->lines[i];
	if (i == t->n) {
		*l = new;
		l->detail = detail_of(loss); /* the largest one's, since they come in this order */
		t->n++;
	}
	l->total += loss->total;
	l->rate += history_sum(loss, now_s, 0, 1);
	l->lately += history_sum(loss, now_s, 0, TREND_S);
	l->before += history_sum(loss, now_s, TREND_S, TREND_S);
}

static void lines_free(struct top *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->lines[i].detail);
	free(t->lines);
	t->lines = NULL;
	t->n = 0;
}

/* ---- order ---------------------------------------------------------------------------- */

static int by_rate(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	if (x->rate == y->rate)
		return x->total < y->total ? 1 : x->total > y->total ? -1 : 0;
	return x->rate < y->rate ? 1 : -1;
}

static int by_total(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	return x->total < y->total ? 1 : x->total > y->total ? -1 : 0;
}

#define BY_TEXT(member)                                                             \
	static int by_##member(const void *a, const void *b)                        \
	{                                                                           \
		return strcmp(((const struct line *)a)->member, ((const struct line *)b)->member); \
	}
BY_TEXT(src)
BY_TEXT(dst)
BY_TEXT(place)
BY_TEXT(cause)
#undef BY_TEXT

static const struct column {
	const char *title;
	int width; /* 0: what is left */
	int (*compare)(const void *a, const void *b);
} columns[] = {
	{ "RATE/S", 9, by_rate },     { "TOTAL", 11, by_total }, { "SOURCE", 18, by_src },
	{ "DESTINATION", 18, by_dst }, { "CAUSE", 22, by_cause }, { "PLACE", 0, by_place },
};

static bool passes(const struct top *t, const struct line *l)
{
	return !t->filter[0] || strcasestr(l->src, t->filter) || strcasestr(l->dst, t->filter) ||
	       strcasestr(l->place, t->filter) || strcasestr(l->cause, t->filter);
}

static const struct line *line_at(const struct top *t, size_t n)
{
	for (size_t i = 0; i < t->n; i++)
		if (passes(t, &t->lines[i]) && !n--)
			return &t->lines[i];
	return NULL;
}

/* ---- on the screen ----------------------------------------------------------------------- */

static void put_cell(int y, int x, int width, const char *text)
{
	if (x < COLS)
		mvaddnstr(y, x, text, width && x + width < COLS ? width - 1 : COLS - x);
}

static void draw_head(const struct top *t)
{
	int x = 0;

	mvprintw(0, 0, "dockdrop watch  %" PRIu64 " drops  hidden: %" PRIu64 " noise, %" PRIu64
		 " elsewhere  not told apart: %" PRIu64,
		 t->totals.by_class[LOSS_SHOWN], t->totals.by_class[LOSS_NOISE],
		 t->totals.by_class[LOSS_ELSEWHERE], t->totals.other + t->totals.missed);
	clrtoeol();
	attron(A_REVERSE);
	mvhline(1, 0, ' ', COLS);
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		char title[32];

		snprintf(title, sizeof(title), "%s%s", columns[i].title, (int)i == t->sort ? "*" : "");
		put_cell(1, x, columns[i].width, title);
		x += columns[i].width;
	}
	attroff(A_REVERSE);
}

/* More than a tenth up or down against the seconds before. */
static char trend(const struct line *l)
{
	if (l->lately * 10 > l->before * 11)
		return '+';
	return l->lately * 11 < l->before * 10 ? '-' : '=';
}

static void draw_line(int y, const struct line *l, bool selected)
{
	char rate[32], total[32];
	const char *const cells[] = { rate, total, l->src, l->dst, l->cause, l->place };
	int x = 0;

	snprintf(rate, sizeof(rate), "%" PRIu64 " %c", l->rate, trend(l));
	snprintf(total, sizeof(total), "%" PRIu64, l->total);
	if (selected)
		attron(A_REVERSE);
	mvhline(y, 0, ' ', COLS);
	for (size_t i = 0; i < ARRAY_SIZE(cells); i++) {
		put_cell(y, x, columns[i].width, cells[i]);
		x += columns[i].width;
	}
	attroff(A_REVERSE);
}

static void draw_detail(const struct top *t, int y)
{
	const struct line *l = line_at(t, t->selected);
	const char *text = l && l->detail ? l->detail : "";

	mvhline(y++, 0, ACS_HLINE, COLS);
	for (; y < LINES - 1; y++) {
		size_t len = strcspn(text, "\n");

		move(y, 0);
		clrtoeol();
		mvaddnstr(y, 0, text, len < (size_t)COLS ? (int)len : COLS);
		text += len + (text[len] == '\n');
	}
}

static void draw_foot(const struct top *t)
{
	move(LINES - 1, 0);
	clrtoeol();
	if (t->typing || t->filter[0])
		printw("/%s%s  ", t->filter, t->typing ? "_" : "");
	else
		printw("q end  j k move  s sort  / filter  ");
	addnstr(t->note, COLS - getcurx(stdscr) - 1);
}

static void draw(struct top *t)
{
	int room = LINES - 3 - DETAIL_ROWS, y = 2;

	room = room < 1 ? 1 : room;
	while (t->selected && !line_at(t, t->selected))
		t->selected--;
	if (t->selected < t->first)
		t->first = t->selected;
	if (t->selected >= t->first + room)
		t->first = t->selected - room + 1;
	draw_head(t);
	for (int i = 0; i < room; i++, y++) {
		const struct line *l = line_at(t, t->first + i);

		move(y, 0);
		clrtoeol();
		if (l)
			draw_line(y, l, t->first + i == t->selected);
	}
	draw_detail(t, y);
	draw_foot(t);
	refresh();
}

static void sort(struct top *t)
{
	if (t->n)
		qsort(t->lines, t->n, sizeof(*t->lines), columns[t->sort].compare);
}

/* ---- from outside --------------------------------------------------------------------------- */

int top_open(struct top **out)
{
	struct top *t;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return -ENOTTY;
	t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	t->screen = newterm(NULL, stdout, stdin);
	if (!t->screen) {
		free(t);
		return -ENOTTY;
	}
	cbreak();
	noecho();
	curs_set(0);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(25);
	draw(t);
	*out = t;
	return 0;
}

void top_close(struct top *t)
{
	if (!t)
		return;
	endwin();
	delscreen(t->screen);
	lines_free(t);
	free(t);
}

void top_update(struct top *t, const struct loss *const kinds[], size_t n,
		const struct loss_totals *totals, uint64_t now_ns)
{
	struct line *lines = calloc(n + 1, sizeof(*lines));

	if (!lines)
		return;
	lines_free(t);
	t->lines = lines;
	t->totals = *totals;
	for (size_t i = 0; i < n; i++)
		line_add(t, kinds[i], now_ns / NS_PER_S);
	sort(t);
	draw(t);
}

void top_note(struct top *t, const char *text)
{
	safe_text(t->note, sizeof(t->note), text);
	draw(t);
}

/* Ends with Enter, or with Escape and then filters nothing. */
static void type_filter(struct top *t, int key)
{
	size_t len = strlen(t->filter);

	if (key == KEY_ESCAPE)
		t->filter[0] = '\0';
	if (key == KEY_ESCAPE || key == '\n' || key == KEY_ENTER)
		t->typing = false;
	else if ((key == KEY_BACKSPACE || key == 127 || key == 8) && len)
		t->filter[len - 1] = '\0';
	else if (key < 128 && isprint(key) && len + 1 < sizeof(t->filter)) {
		t->filter[len] = (char)key;
		t->filter[len + 1] = '\0';
	}
}

static bool key_take(struct top *t, int key)
{
	if (t->typing) {
		type_filter(t, key);
		return false;
	}
	if (key == 'q')
		return true;
	if (key == '/')
		t->typing = true;
	if (key == 's') {
		t->sort = (t->sort + 1) % ARRAY_SIZE(columns);
		sort(t);
	}
	if (key == KEY_DOWN || key == 'j')
		t->selected++;
	if ((key == KEY_UP || key == 'k') && t->selected)
		t->selected--;
	return false;
}

bool top_keys(struct top *t)
{
	bool quit = false, any = false;
	int key;

	while (!quit && (key = getch()) != ERR) {
		quit = key_take(t, key);
		any = true;
	}
	if (any && !quit)
		draw(t);
	return quit;
}
