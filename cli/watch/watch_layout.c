// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "util/array.h"
#include "util/clock.h"
#include "util/util.h"
#include "watch/watch_layout.h"

#define ROWS_LEAST 3
/* From here on the machine has a line, and blank lines part the rest. */
#define LINES_ROOMY  20
#define SUBJECTS_MAX 16

struct layout {
	struct watch_view *v;
	const struct watch_shown *shown;
	struct screen s; /* as @v wants it, with an output of its own */
	struct watch_lines *lines;
	int error;
};

void watch_lines_done(struct watch_lines *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->lines[i]);
	free(l->lines);
	*l = (struct watch_lines){ 0 };
}

/* @line is the layout's from now on. */
static void layout_take(struct layout *y, char *line)
{
	if (!line || array_reserve_one(&y->lines->lines, y->lines->n, sizeof(char *))) {
		free(line);
		y->error = -ENOMEM;
		return;
	}
	y->lines->lines[y->lines->n++] = line;
}

static void layout_put(struct layout *y, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void layout_put(struct layout *y, const char *fmt, ...)
{
	char *line = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&line, fmt, ap);
	va_end(ap);
	layout_take(y, n < 0 ? NULL : line);
}

static bool is_roomy(const struct layout *y)
{
	return !y->v->lines || y->v->lines >= LINES_ROOMY;
}

/* Lines that are left above the last one, which tells keys. */
static size_t layout_room(const struct layout *y)
{
	size_t last = y->v->lines - 1u;

	if (!y->v->lines)
		return SIZE_MAX;
	return y->lines->n < last ? last - y->lines->n : 0;
}

/* What @part prints, owned by the caller; NULL without memory. */
static char *layout_text(struct layout *y, void (*part)(const struct screen *))
{
	char *text = NULL;
	size_t len = 0;

	y->s.out = open_memstream(&text, &len);
	if (y->s.out)
		part(&y->s);
	if (!y->s.out || fclose(y->s.out))
		y->error = -ENOMEM;
	y->s.out = NULL;
	return text;
}

/* Its first line, which begins as the head does. */
static void put_machine(struct layout *y)
{
	_cleanup_free_ char *text = layout_text(y, screen_machine);

	if (text)
		layout_put(y, "       %.*s", (int)strcspn(text + 7, "\n"), text + 7);
}

/* "14:05:03 +0100", of a record behind the date */
static const char *layout_time(const struct layout *y, char *buf, size_t len)
{
	time_t t = y->shown->s->total->real_ns / NS_PER_S;
	struct tm tm;
	size_t at = 0;

	if (!localtime_r(&t, &tm)) {
		snprintf(buf, len, "%s", TEXT_UNKNOWN);
		return buf;
	}
	if (y->v->record)
		at = strftime(buf, len, "%F ", &tm);
	strftime(buf + at, len - at, "%T %z", &tm);
	return buf;
}

static void put_head(struct layout *y)
{
	char time[48], line[640], fit[640];

	snprintf(line, sizeof(line), "%s  %s, %s", y->v->paused ? "paused" : "pgtop",
		 layout_time(y, time, sizeof(time)), y->shown->told);
	layout_put(y, "%s", text_cut(text_clean(line), text_columns(), fit, sizeof(fit)));
	if (is_roomy(y))
		put_machine(y);
}

struct layout_subjects {
	struct screen_line line[SUBJECTS_MAX];
	size_t n;
};

static void subjects_add(void *arg, const struct screen_line *l)
{
	struct layout_subjects *u = arg;

	if (u->n < SUBJECTS_MAX)
		u->line[u->n++] = *l;
}

/* Where there is little room: what has no graph goes first, then what goes on with a subject,
 * then the last. */
static size_t subjects_least(const struct layout_subjects *u)
{
	for (size_t i = u->n; i--;) {
		if (u->line[i].graph == GRAPH_NONE)
			return i;
	}
	for (size_t i = u->n; i--;) {
		if (!*u->line[i].label)
			return i;
	}
	return u->n - 1;
}

static void put_subject(struct layout *y, const struct screen_line *l, int width)
{
	char graph[3 * WATCH_SAMPLES + 1], text[sizeof(l->text)];
	int room = text_columns() - SCREEN_LABEL_WIDTH;

	if (l->graph == GRAPH_NONE)
		width = 0;
	else
		room -= width + 1;
	watch_series_line(y->shown->series, l->graph, y->shown->number, width, y->v->utf8,
			  graph, sizeof(graph));
	if (l->words)
		text_cut(l->text, room, text, sizeof(text));
	else
		text_cut_list(l->text, room, text, sizeof(text));
	layout_put(y, "%-*s%s%s%s", SCREEN_LABEL_WIDTH, l->label, graph, width ? " " : "",
		   text);
}

/* A title, the titles of columns, and so many rows at least stay free. */
static void put_subjects(struct layout *y)
{
	struct layout_subjects *u = calloc(1, sizeof(*u));
	int width = text_columns() < 70 ? 8 : text_columns() < 110 ? 12 : 32;
	size_t keep = 2 + ROWS_LEAST + is_roomy(y);

	if (!u) {
		y->error = -ENOMEM;
		return;
	}
	screen_subjects(&y->s, subjects_add, u);
	while (u->n && layout_room(y) < u->n + keep) {
		size_t least = subjects_least(u);

		u->n--;
		memmove(u->line + least, u->line + least + 1,
			(u->n - least) * sizeof(*u->line));
	}
	for (size_t i = 0; i < u->n; i++)
		put_subject(y, &u->line[i], width);
	free(u);
}

static void put_title(struct layout *y, const char *title)
{
	char clean[640], fit[640];

	snprintf(clean, sizeof(clean), "%s", title);
	text_cut(text_clean(clean), text_columns(), fit, sizeof(fit));
	layout_put(y, y->v->color ? "\033[1m%s\033[0m" : "%s", fit);
}

/* The lines of @text from @first on, @n of them at most; returns how many there are in all. */
static size_t put_lines(struct layout *y, const char *text, size_t first, size_t n)
{
	size_t i;

	for (i = 0; *text; i++) {
		size_t len = strcspn(text, "\n");

		if (i >= first && i - first < n)
			layout_put(y, "%.*s", (int)len, text);
		text += len + (text[len] == '\n');
	}
	return i;
}

/* The row with the mark, of those below the line of titles. */
static void mark_row(struct layout *y, size_t titles)
{
	size_t i = titles + 1 + y->v->at - y->v->first;
	char *line;

	if (!y->v->lines || !y->v->any || i >= y->lines->n)
		return;
	line = y->lines->lines[i];
	if (asprintf(&y->lines->lines[i], "\033[7m>%s\033[0m", *line ? line + 1 : "") < 0) {
		y->lines->lines[i] = line;
		y->error = -ENOMEM;
		return;
	}
	free(line);
}

static void put_rows(struct layout *y, const struct screen_rows *r)
{
	struct watch_view *v = y->v;
	size_t titles = y->lines->n, len = 0;
	char *text = NULL;

	y->s.out = open_memstream(&text, &len);
	if (!y->s.out) {
		y->error = -ENOMEM;
		return;
	}
	screen_rows_print(&y->s, r, v->first, v->room);
	if (fclose(y->s.out))
		y->error = -ENOMEM;
	else
		put_lines(y, text, 0, SIZE_MAX);
	free(text);
	mark_row(y, titles);
}

/* "processes of /a by unfolds, 4 of 8, with 'x' in the name" */
static void put_list_title(struct layout *y, const struct screen_rows *r, size_t shown)
{
	char head[128], title[640];

	screen_rows_head(&y->s, r, shown, head, sizeof(head));
	snprintf(title, sizeof(title), "%s%s%s%s%s%s%s%s", head,
		 y->v->reverse ? ", the least first" : "",
		 y->s.cgroup && r->id == TABLE_PROCESS ? ", of " : "",
		 y->s.cgroup && r->id == TABLE_PROCESS ? y->s.cgroup : "",
		 y->s.filter ? ", with '" : "", y->s.filter ?: "", y->s.filter ? "'" : "",
		 y->s.filter && !r->n ? ": none" : "");
	put_title(y, title);
}

static void put_list(struct layout *y)
{
	struct watch_view *v = y->v;
	struct screen_rows r;
	size_t room;

	if (screen_rows_find(&y->s, watch_view_list(v), &r))
		y->error = -ENOMEM;
	put_subjects(y);
	if (is_roomy(y))
		layout_put(y, "%s", "");
	room = v->lines ? layout_room(y) : y->s.rows + 2;
	v->room = room > 2 ? room - 2 : 0;
	watch_view_follow(v, &r);
	put_list_title(y, &r, MIN(v->room, r.n));
	if (r.n && v->room)
		put_rows(y, &r);
	screen_rows_done(&r);
}

static void put_page_text(struct layout *y, const char *text)
{
	struct watch_view *v = y->v;
	size_t at = y->lines->n, all;

	text += *text == '\n';
	v->room = layout_room(y);
	all = put_lines(y, text, v->scroll, v->room);
	if (v->scroll + v->room <= all || !v->scroll || y->error)
		return;
	while (y->lines->n > at)
		free(y->lines->lines[--y->lines->n]);
	v->scroll = all > v->room ? all - v->room : 0;
	put_lines(y, text, v->scroll, v->room);
}

static const char help_text[] =
	"Up, Down, PgUp, PgDn, Home, End   move the mark, or through a page\n"
	"Enter  look into the process: its leaves, its mappings, why they are small;\n"
	"       of a cgroup: its processes\n"
	"Esc    back, and without a filter\n"
	"c      cgroups, or processes again\n"
	"k      the kernel's linear map\n"
	"!      what is not measured here, by cause\n"
	"/      show only names with these letters, or PIDs that begin so; empty: all\n"
	"< >    sort by the column to the left, to the right (it has a *)\n"
	"R      the other way round\n"
	"Space  pause, go on\n"
	"w      write a record of what is shown (pgtop replay shows it), or, of a\n"
	"       process and the kernel, a picture of its memory\n"
	"t T    in a record: to the next snapshot, to the one before\n"
	"j      in a record: to a time, as 14:05 or 2026-11-30 14:05:30\n"
	"? h    this help\n"
	"q      quit\n"
	"\n"
	"Page tables are walked with every tenth reading, all else with each.\n";

static void put_lacks(struct layout *y)
{
	_cleanup_free_ char *text = layout_text(y, screen_lacks);

	if (text)
		put_page_text(y, *text ? text : "everything is measured here\n");
}

static void put_kernel(struct layout *y)
{
	_cleanup_free_ char *text = layout_text(y, screen_linear_map);

	if (text)
		put_page_text(y, text);
}

static void put_page(struct layout *y)
{
	switch (y->v->page) {
	case WATCH_PROCESS:
		put_page_text(y, y->shown->text ?: "");
		break;
	case WATCH_KERNEL:
		put_kernel(y);
		break;
	case WATCH_LACKS:
		put_lacks(y);
		break;
	case WATCH_HELP:
		put_page_text(y, help_text);
		break;
	default:
		put_list(y);
	}
}

/* What is typed, what happened, or the keys. */
static void put_status(struct layout *y)
{
	const struct watch_view *v = y->v;
	char line[640], fit[640];

	if (v->entry)
		snprintf(line, sizeof(line), "%s: %s_",
			 v->entry == WATCH_TIME ? "time" : "filter", v->typed);
	else if (*v->message)
		snprintf(line, sizeof(line), "%s", v->message);
	else
		snprintf(
			line, sizeof(line),
			"q quit, ? help, Enter look, Esc back, %s, c cgroups, k kernel, ! lacks",
			v->record ? "t T j time" : "/ filter");
	while (layout_room(y))
		layout_put(y, "%s", "");
	text_cut_list(text_clean(line), text_columns(), fit, sizeof(fit));
	layout_put(y, "%s", fit);
}

int watch_layout(struct watch_view *v, const struct watch_shown *shown,
		 struct watch_lines *ret)
{
	struct layout y = { .v = v, .shown = shown, .s = *shown->s, .lines = ret };

	*ret = (struct watch_lines){ 0 };
	y.s.error = &y.error;
	y.s.color = v->color;
	watch_view_apply(v, &y.s);
	put_head(&y);
	put_page(&y);
	if (v->lines)
		put_status(&y);
	while (v->lines && ret->n > (size_t)v->lines)
		free(ret->lines[--ret->n]);
	return y.error;
}
