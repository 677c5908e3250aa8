// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "screen/grid.h"
#include "text.h"
#include "util/array.h"
#include "util/util.h"

struct grid_column {
	bool left, dropped;
	int width;
};

struct grid {
	char *head;
	struct grid_column *columns;
	size_t ncolumns;
	char **cells;
	size_t ncells;
};

static size_t count_titles(const char *head)
{
	size_t n = 1;

	for (; *head; head++)
		n += *head == '|';
	return n;
}

static void grid_add_cell(struct grid *g, char *text)
{
	struct grid_column *c = &g->columns[g->ncells % g->ncolumns];

	if (!text || array_reserve_one(&g->cells, g->ncells, sizeof(*g->cells))) {
		free(text);
		return;
	}
	g->cells[g->ncells++] = text;
	c->width = MAX(c->width, (int)strlen(text));
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
		g->columns[i].left = *title == '<';
		grid_add_cell(g, strdup(title + (*title == '<')));
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

int grid_width(const struct grid *g)
{
	int width = -2;

	for (size_t i = 0; g && i < g->ncolumns; i++) {
		if (!g->columns[i].dropped)
			width += g->columns[i].width + 2;
	}
	return width;
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

static void print_line(const struct grid *g, char *const *line, FILE *out, int indent,
		       int width)
{
	size_t last = last_column(g);
	int used = indent;

	fprintf(out, "%*s", indent, "");
	for (size_t i = 0; i <= last; i++) {
		const struct grid_column *c = &g->columns[i];

		if (c->dropped)
			continue;
		if (i == last) {
			int room = MAX(width - used, 0);

			fprintf(out, "%*.*s", c->left ? 0 : MIN(c->width, room), room,
				line[i]);
			break;
		}
		fprintf(out, c->left ? "%-*s  " : "%*s  ", c->width, line[i]);
		used += c->width + 2;
	}
	fputc('\n', out);
}

void grid_print(const struct grid *g, FILE *out, int indent, int width)
{
	for (size_t i = 0; g && i + g->ncolumns <= g->ncells; i += g->ncolumns)
		print_line(g, &g->cells[i], out, indent, width);
}
