// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "screen/grid.h"
#include "screen/leaf_bar.h"
#include "util/file.h"
#include "map.h"
#include "text.h"
#include "util/util.h"

static size_t leaf_segments(const struct pagewalk *w, const struct pagewalk_sum *s,
			    struct text_segment *seg)
{
	const struct pagewalk_geometry *g = pagewalk_geometry(w);
	size_t n = 0;

	for (int k = 0; k < LEAF_MAX; k++) {
		if (!g->leaf_bytes[k])
			continue;
		seg[n] = leaf_bar_segment(leaf_name(w, k), s->bytes[k], n);
		n++;
	}
	return n;
}

static int print_grid(FILE *out, struct grid *g)
{
	int r = grid_print(g, out, 2, text_columns());

	grid_free(g);
	return r;
}

static int print_leaf_table(FILE *out, const struct pagewalk *w, const struct pagewalk_sum *s)
{
	const struct pagewalk_geometry *geometry = pagewalk_geometry(w);
	struct grid *g = grid_new("<leaf|bytes|share|writable|executable|entries");
	uint64_t total = pagewalk_present(s);
	char b[TEXT_LEN];

	for (int k = 0; k < LEAF_MAX; k++) {
		if (!geometry->leaf_bytes[k])
			continue;
		grid_cell(g, "%s", leaf_name(w, k));
		grid_cell(g, "%s", text_bytes(s->bytes[k], b));
		grid_cell(g, "%s", text_percent(s->bytes[k], total, b));
		grid_cell(g, "%s", text_bytes(s->writable[k], b));
		grid_cell(g, "%s", text_bytes(s->executable[k], b));
		grid_cell(g, "%s", text_si(s->bytes[k] / geometry->leaf_bytes[k], b));
	}
	return print_grid(out, g);
}

static void print_estimate(FILE *out, const struct pagewalk_sum *s)
{
	uint64_t exact = s->bytes[LEAF_CONT_PTE], all = pagewalk_present(s);
	char b[4][TEXT_LEN];

	fprintf(out, "  contpte %s (%s); an alignment estimate would say %s (%s)\n",
		text_bytes(exact, b[0]), text_percent(exact, all, b[1]),
		text_bytes(s->aligned_bytes, b[2]), text_percent(s->aligned_bytes, all, b[3]));
}

static void print_others(FILE *out, const struct pagewalk_sum *s)
{
	const struct {
		const char *name;
		uint64_t bytes;
	} other[] = {
		{ "zero page", s->zero_bytes },
		{ "special", s->special_bytes },
		{ "PROT_NONE", s->prot_none_bytes },
		{ "swapped", s->swap_bytes },
		{ "migrating", s->migration_bytes },
		{ "other entries", s->other_bytes },
		{ "page tables", s->table_bytes },
		{ "page tables kept to split huge pages", s->deposited_bytes },
	};
	char line[512] = "", b[TEXT_LEN];

	for (size_t i = 0; i < ARRAY_SIZE(other); i++) {
		size_t at = strlen(line);

		if (other[i].bytes)
			snprintf(line + at, sizeof(line) - at, "%s%s %s", at ? ", " : "",
				 other[i].name, text_bytes(other[i].bytes, b));
	}
	text_item(out, "  ", 2, line);
	if (s->read_errors || s->bad_frames)
		fprintf(out,
			"  %" PRIu64 " entries could not be read, %" PRIu64
			" named no memory\n",
			s->read_errors, s->bad_frames);
}

static int by_present(const void *pa, const void *pb)
{
	const struct map_range *a = *(const struct map_range *const *)pa;
	const struct map_range *b = *(const struct map_range *const *)pb;
	uint64_t na = pagewalk_present(&a->sum), nb = pagewalk_present(&b->sum);

	if (na != nb)
		return na > nb ? -1 : 1;
	return a->start < b->start ? -1 : a->start > b->start;
}

/* "start|perms|present|4K|64K contpte|...|name" */
static struct grid *range_grid(const struct pagewalk *w)
{
	const struct pagewalk_geometry *g = pagewalk_geometry(w);
	char head[256] = "start|<perm|present";

	for (int k = 0; k < LEAF_MAX; k++) {
		size_t at = strlen(head);

		if (g->leaf_bytes[k])
			snprintf(head + at, sizeof(head) - at, "|%s", leaf_name(w, k));
	}
	strncat(head, "|~name", sizeof(head) - strlen(head) - 1);
	return grid_new(head);
}

static void range_cells(const struct pagewalk *w, const struct map_range *r, struct grid *g)
{
	const struct pagewalk_geometry *geometry = pagewalk_geometry(w);
	char b[TEXT_LEN];

	grid_cell(g, "%" PRIx64, r->start);
	grid_cell(g, "%s", r->perms);
	grid_cell(g, "%s", text_bytes(pagewalk_present(&r->sum), b));
	for (int k = 0; k < LEAF_MAX; k++) {
		if (geometry->leaf_bytes[k])
			grid_cell(g, "%s",
				  r->sum.bytes[k] ? text_bytes(r->sum.bytes[k], b) : ".");
	}
	grid_cell(g, "%s", r->name);
}

static void drop_unused(const struct pagewalk *w, const struct pagewalk_sum *sum,
			struct grid *g)
{
	const struct pagewalk_geometry *geometry = pagewalk_geometry(w);
	size_t column = 3;

	for (int k = 0; k < LEAF_MAX; k++) {
		if (!geometry->leaf_bytes[k])
			continue;
		if (!sum->bytes[k])
			grid_drop(g, column);
		column++;
	}
}

static int print_ranges(FILE *out, const struct pagewalk *w, const struct address_map *m,
			size_t rows)
{
	const struct map_range **by_size = calloc(m->nranges + 1, sizeof(*by_size));
	struct grid *g;
	char title[80];

	if (!by_size)
		return -ENOMEM;
	for (size_t i = 0; i < m->nranges; i++)
		by_size[i] = &m->ranges[i];
	qsort(by_size, m->nranges, sizeof(*by_size), by_present);
	rows = MIN(rows, m->nranges);
	snprintf(title, sizeof(title), "the %zu largest of %zu ranges", rows, m->nranges);
	text_heading(out, false, rows < m->nranges ? title : "ranges");
	g = range_grid(w);
	for (size_t i = 0; i < rows; i++)
		range_cells(w, by_size[i], g);
	drop_unused(w, &m->sum, g);
	free(by_size);
	return print_grid(out, g);
}

int map_print_text(FILE *out, const struct cli_options *o, const char *title,
		   const struct pagewalk *w, const struct address_map *m)
{
	struct text_segment seg[LEAF_MAX];
	size_t n = leaf_segments(w, &m->sum, seg);
	char b[TEXT_LEN], clean[256], why[128];
	int r;

	fprintf(out, "%s, %s mapped\n  ",
		text_fit(title, text_columns(), clean, sizeof(clean)),
		text_bytes(pagewalk_present(&m->sum), b));
	text_bar(out, o->color, seg, n, text_columns() - 4);
	fputc('\n', out);
	leaf_bar_legend(out, seg, n);
	fputc('\n', out);
	r = print_leaf_table(out, w, &m->sum);
	print_others(out, &m->sum);
	if (pagewalk_geometry(w)->leaf_bytes[LEAF_CONT_PTE] && m->user)
		print_estimate(out, &m->sum);
	if (m->names_error)
		fprintf(out, "\nranges have no names: %s\n",
			file_why(m->names_error, "/proc/PID/maps", why, sizeof(why)));
	if (!r)
		r = print_ranges(out, w, m, o->rows);
	return r;
}

void map_title(const struct cli_options *o, pid_t pid, char *buf, size_t len)
{
	_cleanup_free_ char *comm = NULL;
	char path[64];

	if (!pid) {
		snprintf(buf, len, "linear map of Linux %s %s", o->host->release,
			 o->host->arch_name);
		return;
	}
	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	if (file_read_line(o->host->root, path, &comm))
		comm = NULL;
	snprintf(buf, len, "process %d%s%s%s", pid, comm ? " (" : "", comm ? comm : "",
		 comm ? ")" : "");
}
