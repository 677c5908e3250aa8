// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "screen/grid.h"
#include "text.h"
#include "util/array.h"
#include "util/util.h"

struct grid_column {
	bool left, gives_way, dropped;
	int width;
};

struct grid {
	char *head;
	struct grid_column *columns;
	size_t ncolumns;
	char **cells;
	size_t ncells;
	int error; /* sticky: a cell was lost */
};

static size_t count_titles(const char *head)
{
	size_t n = 1;

	for (; *head; head++)
		n += *head == '|';
	return n;
}

/* @text is the grid's from now on. */
static void grid_add_cell(struct grid *g, char *text)
{
	struct grid_column *c = &g->columns[g->ncells % g->ncolumns];
	char **cells = reallocarray(g->cells, g->ncells + 1, sizeof(*cells));

	if (cells)
		g->cells = cells;
	if (!cells || !text) {
		free(text);
		g->error = -ENOMEM;
		return;
	}
	g->cells[g->ncells++] = text;
	c->width = MAX(c->width, text_width(text));
}

struct grid *grid_new(const char *head)
{
	struct grid *g = calloc(1, sizeof(*g));
	char *rest, *title;

	if (!g)
		return NULL;
	g->ncolumns = count_titles(head);
	g->columns = calloc(g->ncolumns, sizeof(*g->columns));
	g->head = strdup(head);
	if (!g->columns || !g->head) {
		grid_free(g);
		return NULL;
	}
	rest = g->head;
	for (size_t i = 0; (title = strsep(&rest, "|")); i++) {
		g->columns[i].gives_way = *title == '~';
		g->columns[i].left = *title == '<' || *title == '~';
		grid_add_cell(g, strdup(title + g->columns[i].left));
	}
	return g;
}

void grid_free(struct grid *g)
{
	if (!g)
		return;
	for (size_t i = 0; i < g->ncells; i++)
		free(g->cells[i]);
	free(g->cells);
	free(g->columns);
	free(g->head);
	free(g);
}

void grid_cell(struct grid *g, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int n;

	if (!g)
		return;
	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	grid_add_cell(g, n < 0 ? NULL : text_clean(text));
}

void grid_drop(struct grid *g, size_t i)
{
	if (g && i < g->ncolumns)
		g->columns[i].dropped = true;
}

/* Columns of a line in which those that give way are at most @names wide. */
static int line_width(const struct grid *g, int names)
{
	int width = -2;

	for (size_t i = 0; i < g->ncolumns; i++) {
		const struct grid_column *c = &g->columns[i];

		if (!c->dropped)
			width += 2 + (c->gives_way ? MIN(c->width, names) : c->width);
	}
	return width;
}

int grid_width(const struct grid *g)
{
	return g ? line_width(g, GRID_NAME_WIDTH) : 0;
}

static size_t last_column(const struct grid *g)
{
	size_t last = 0;

	for (size_t i = 0; i < g->ncolumns; i++) {
		if (!g->columns[i].dropped)
			last = i;
	}
	return last;
}

static void print_blanks(FILE *out, int n)
{
	fprintf(out, "%*s", MAX(n, 0), "");
}

/* @names: how wide columns that give way may be */
static void print_cell(const struct grid_column *c, const char *text, FILE *out, int names,
		       bool last)
{
	int width = c->gives_way ? MIN(c->width, names) : c->width;
	char fit[PATH_MAX];

	if (c->gives_way)
		text = text_fit(text, width, fit, sizeof(fit));
	if (!c->left)
		print_blanks(out, width - text_width(text));
	fputs(text, out);
	if (c->left && !last)
		print_blanks(out, width - text_width(text));
	fputs(last ? "\n" : "  ", out);
}

static void print_line(const struct grid *g, char *const *line, FILE *out, int indent,
		       int names)
{
	size_t last = last_column(g);

	print_blanks(out, indent);
	for (size_t i = 0; i <= last; i++) {
		if (!g->columns[i].dropped)
			print_cell(&g->columns[i], line[i], out, names, i == last);
	}
}

/* How wide columns that give way may be, for lines to be at most @width wide. */
static int choose_names(const struct grid *g, int width)
{
	int names = 0;

	for (size_t i = 0; i < g->ncolumns; i++) {
		if (!g->columns[i].dropped && g->columns[i].gives_way)
			names = MAX(names, g->columns[i].width);
	}
	while (names > 1 && line_width(g, names) > width)
		names--;
	return names;
}

int grid_print(const struct grid *g, FILE *out, int indent, int width)
{
	int names;

	if (!g)
		return -ENOMEM;
	if (g->error || g->ncells % g->ncolumns)
		return g->error ? g->error : -EINVAL;
	names = choose_names(g, width - indent);
	for (size_t i = 0; i < g->ncells; i += g->ncolumns)
		print_line(g, &g->cells[i], out, indent, names);
	return 0;
}
