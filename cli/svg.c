// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/number.h"
#include "svg.h"
#include "text.h"
#include "util/publish.h"
#include "util/user_file.h"
#include "util/utf8.h"
#include "util/util.h"

#define SQUARE	    11 /* px, with 1 px between squares */
#define PITCH	    (SQUARE + 1)
#define PER_LINE    64
#define LEFT	    16
#define LABEL	    14 /* px of a range's text line */
#define TOP	    96
#define MAX_SQUARES 6144 /* more do not fit a screen and make browsers slow */

/* Colour-blind safe, dark with rising leaf size (after Okabe and Ito, Color Universal Design).
 */
static const char *const fill[LEAF_MAX] = {
	[LEAF_PTE] = "#d55e00",	     [LEAF_CONT_PTE] = "#e69f00", [LEAF_PMD] = "#56b4e9",
	[LEAF_CONT_PMD] = "#0072b2", [LEAF_PUD] = "#009e73",	  [LEAF_CONT_PUD] = "#005c43",
	[LEAF_P4D] = "#333333",
};

struct picture {
	FILE *out;
	const struct address_map *m;
	const struct pagewalk *w;
	uint64_t square; /* bytes */
	size_t cell;	 /* next cell not wholly drawn */
	unsigned int y;
};

/* U+FFFE and U+FFFF: UTF-8, but no characters of XML 1.0 (2.2), no more than C0 is. */
static bool in_picture(const char *c, size_t len)
{
	uint32_t code = utf8_code(c, len);

	return code != 0xfffe && code != 0xffff && !utf8_steers(code);
}

static void print_escaped(FILE *out, const char *text)
{
	while (*text) {
		size_t n;
		const char *c = utf8_next(&text, &n);

		if (!in_picture(c, n))
			fputc('?', out);
		else if (*c == '<' || *c == '>' || *c == '&' || *c == '"')
			fprintf(out, "&#%u;", *c);
		else
			fwrite(c, 1, n, out);
	}
}

static uint64_t squares_of(const struct map_range *r, uint64_t square)
{
	return (r->end - 1) / square - r->start / square + 1;
}

static uint64_t lines_of(const struct map_range *r, uint64_t square)
{
	return (squares_of(r, square) + PER_LINE - 1) / PER_LINE;
}

/* The smallest square, from @square up by doubling, that keeps the picture readable. */
static uint64_t choose_square(const struct address_map *m, uint64_t square)
{
	uint64_t total;

	for (;; square *= 2) {
		total = 0;
		for (size_t i = 0; i < m->nranges; i++) {
			if (pagewalk_present(&m->ranges[i].sum))
				total += squares_of(&m->ranges[i], square);
		}
		if (total <= MAX_SQUARES || total <= m->nranges)
			return square;
	}
}

/* Bytes of [start, end) mapped by each kind; a cell is uniform: a part counts in proportion.
 */
static void mapped_in(struct picture *p, uint64_t start, uint64_t end, uint64_t *mapped)
{
	const struct address_map *m = p->m;

	memset(mapped, 0, LEAF_MAX * sizeof(*mapped));
	while (p->cell < m->ncells &&
	       m->cells[p->cell].start + m->cells[p->cell].bytes <= start)
		p->cell++;
	for (size_t i = p->cell; i < m->ncells && m->cells[i].start < end; i++) {
		const struct pagewalk_cell *c = &m->cells[i];
		uint64_t from = MAX(c->start, start), to = MIN(c->start + c->bytes, end);

		for (int k = 0; k < LEAF_MAX; k++)
			mapped[k] += (unsigned __int128)c->mapped[k] * (to - from) / c->bytes;
	}
}

struct square {
	unsigned int x, y;
	uint64_t start, end;
	uint64_t mapped[LEAF_MAX];
};

static void draw_title(struct picture *p, uint64_t start, const uint64_t *mapped)
{
	char b[TEXT_LEN];

	fprintf(p->out, "<title>%#" PRIx64, start);
	for (int k = 0; k < LEAF_MAX; k++) {
		if (mapped[k])
			fprintf(p->out, ", %s %s", text_bytes(mapped[k], b),
				leaf_name(p->w, k));
	}
	fputs("</title>", p->out);
}

static void draw_square(struct picture *p, const struct square *q)
{
	double share = (double)(q->end - q->start) / p->square;
	double bottom = q->y + SQUARE, width = MAX(SQUARE * share, 1.0);
	double x = q->x + SQUARE * ((double)(q->start % p->square) / p->square);

	fputs("<g>", p->out);
	draw_title(p, q->start, q->mapped);
	fprintf(p->out, "<rect x='%.2f' y='%u' width='%.2f' height='%d' class='e'/>", x, q->y,
		width, SQUARE);
	for (int k = LEAF_MAX - 1; k >= 0; k--) {
		double height = (double)q->mapped[k] / (q->end - q->start) * SQUARE;

		if (!q->mapped[k])
			continue;
		bottom -= height;
		fprintf(p->out,
			"<rect x='%.2f' y='%.2f' width='%.2f' height='%.2f' fill='%s'/>", x,
			bottom, width, height, fill[k]);
	}
	fputs("</g>\n", p->out);
}

/* The kind that maps all of a full square, or -1. */
static int square_kind(const struct picture *p, const struct square *q)
{
	for (int k = 0; k < LEAF_MAX; k++) {
		if (q->mapped[k] == p->square)
			return k;
	}
	return -1;
}

/* A run of @n full squares of one kind is one dashed line: large maps stay small files. */
static void draw_run(struct picture *p, const struct square *first, int kind, unsigned int n)
{
	uint64_t mapped[LEAF_MAX] = { 0 };

	if (!n)
		return;
	mapped[kind] = n * p->square;
	fprintf(p->out,
		"<path d='M%u %.1fh%d' stroke='%s' stroke-width='%d' stroke-dasharray='%d 1'>",
		first->x, first->y + SQUARE / 2.0, (int)n * PITCH - 1, fill[kind], SQUARE,
		SQUARE);
	draw_title(p, first->start, mapped);
	fputs("</path>\n", p->out);
}

static void draw_squares(struct picture *p, const struct map_range *r)
{
	uint64_t base = r->start / p->square, n = squares_of(r, p->square);
	struct square q, first = { 0 };
	unsigned int run = 0;
	int kind = -1;

	for (uint64_t i = 0; i < n; i++) {
		int k;

		q.x = LEFT + i % PER_LINE * PITCH;
		q.y = p->y + i / PER_LINE * PITCH;
		q.start = MAX((base + i) * p->square, r->start);
		q.end = MIN((base + i + 1) * p->square, r->end);
		mapped_in(p, q.start, q.end, q.mapped);
		k = square_kind(p, &q);
		if (k != kind || q.y != first.y) {
			draw_run(p, &first, kind, run);
			first = q;
			kind = k;
			run = 0;
		}
		if (k < 0)
			draw_square(p, &q);
		else
			run++;
	}
	draw_run(p, &first, kind, run);
}

static void draw_range(struct picture *p, const struct map_range *r)
{
	char b[TEXT_LEN];

	fprintf(p->out, "<text x='%d' y='%u'>%#" PRIx64 "-%#" PRIx64 " %s %s ", LEFT,
		p->y + 11, r->start, r->end, r->perms,
		text_bytes(pagewalk_present(&r->sum), b));
	print_escaped(p->out, r->name);
	fputs("</text>\n", p->out);
	p->y += LABEL;
	draw_squares(p, r);
	p->y += lines_of(r, p->square) * PITCH + 4;
}

static void draw_legend(const struct picture *p)
{
	unsigned int x = LEFT;
	char b[TEXT_LEN], size[32];

	for (int k = 0; k < LEAF_MAX; k++) {
		if (!p->m->sum.bytes[k])
			continue;
		fprintf(p->out, "<rect x='%u' y='46' width='%d' height='%d' fill='%s'/>", x,
			SQUARE, SQUARE, fill[k]);
		fprintf(p->out, "<text x='%u' y='56'>%s: %s</text>\n", x + 16,
			leaf_name(p->w, k), text_bytes(p->m->sum.bytes[k], b));
		x += 150;
	}
	fprintf(p->out,
		"<text x='%d' y='78'>one square: %s of address space, filled by what maps "
		"it; empty: not mapped</text>\n",
		LEFT, format_size(p->square, size, sizeof(size)));
}

static unsigned int height_of(const struct picture *p)
{
	uint64_t y = TOP;

	for (size_t i = 0; i < p->m->nranges; i++) {
		if (pagewalk_present(&p->m->ranges[i].sum))
			y += LABEL + lines_of(&p->m->ranges[i], p->square) * PITCH + 4;
	}
	return y + 16;
}

void svg_print(FILE *out, const char *title, const struct address_map *m,
	       const struct pagewalk *w)
{
	struct picture p = { .out = out, .m = m, .w = w, .y = TOP };
	unsigned int width = 2 * LEFT + PER_LINE * PITCH;

	p.square = choose_square(m, pagewalk_geometry(w)->leaf_bytes[LEAF_PMD]);
	fprintf(out,
		"<?xml version='1.0' encoding='UTF-8'?>\n"
		"<svg xmlns='http://www.w3.org/2000/svg' width='%u' height='%u' "
		"viewBox='0 0 %u %u'>\n"
		"<style>text{font:11px monospace;fill:#222}.t{font:bold 15px sans-serif}"
		".e{fill:#fff;stroke:#ddd;stroke-width:1}</style>\n"
		"<rect width='100%%' height='100%%' fill='#fff'/>\n<text class='t' x='%d' y='26'>",
		width, height_of(&p), width, height_of(&p), LEFT);
	print_escaped(out, title);
	fputs("</text>\n", out);
	draw_legend(&p);
	for (size_t i = 0; i < m->nranges; i++) {
		if (pagewalk_present(&m->ranges[i].sum))
			draw_range(&p, &m->ranges[i]);
	}
	fputs("</svg>\n", out);
}

int svg_write(const char *path, const char *title, const struct address_map *m,
	      const struct pagewalk *w)
{
	char *data = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&data, &len);
	int r;

	if (!out)
		return -ENOMEM;
	svg_print(out, title, m, w);
	r = fclose(out) ? -ENOMEM : 0;
	if (!r && !strcmp(path, "-"))
		r = write_all(STDOUT_FILENO, data, len);
	else if (!r)
		r = user_file_write(path, data, len);
	free(data);
	return r;
}
