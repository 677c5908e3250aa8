// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reasons/reasons.h"
#include "screen/grid.h"
#include "text.h"
#include "util/number.h"
#include "util/util.h"

static int grid_end(FILE *out, struct grid *g)
{
	int r = grid_print(g, out, 2, text_columns());

	grid_free(g);
	return r;
}

static void reasons_print_title(FILE *out, const struct reasons *r)
{
	char b[2][TEXT_LEN], size[24], who[256], fit[512];
	const struct reasons_process *p = r->processes;
	uint64_t all = r->sum.reached + r->sum.small.bytes;

	if (r->nprocesses == 1)
		snprintf(who, sizeof(who), "process %d%s%s%s", p->pid, p->comm ? " (" : "",
			 p->comm ? p->comm : "", p->comm ? ")" : "");
	else
		snprintf(who, sizeof(who), "%zu processes", r->nprocesses);
	fprintf(out, "%s, %s mapped, %s of it by leaves smaller than %s\n",
		text_fit(who, text_columns(), fit, sizeof(fit)), text_bytes(all, b[0]),
		text_percent(r->sum.small.bytes, all, b[1]),
		format_size(r->facts.wanted_bytes, size, sizeof(size)));
	if (r->ended)
		text_line(out, "%zu processes ended before they were looked at", r->ended);
	if (r->unread)
		text_line(out, "folios cannot be read: %s", r->unread);
}

static int by_bytes(const struct reasons *r, int order[WHY_MAX])
{
	int n = 0;

	for (int k = 0; k < WHY_MAX; k++) {
		int at = n;

		if (!r->sum.reason[k].bytes)
			continue;
		for (; at && r->sum.reason[order[at - 1]].bytes < r->sum.reason[k].bytes; at--)
			order[at] = order[at - 1];
		order[at] = k;
		n++;
	}
	return n;
}

static void row_cells(struct grid *g, const char *name, const struct why_row *row,
		      uint64_t all)
{
	char b[TEXT_LEN];

	grid_cell(g, "%s", name);
	grid_cell(g, "%s", text_bytes(row->bytes, b));
	grid_cell(g, "%s", text_percent(row->bytes, all, b));
	grid_cell(g, "%s", text_si(row->entries, b));
	grid_cell(g, "%s", row->blocks ? text_si(row->blocks, b) : TEXT_UNKNOWN);
}

static int print_reasons(FILE *out, const struct cli_options *o, const struct reasons *r)
{
	struct grid *g = grid_new("<reason|bytes|share|entries|could be");
	uint64_t all = r->sum.reached + r->sum.small.bytes;
	int order[WHY_MAX], n = by_bytes(r, order);

	text_heading(out, o->color, "reasons");
	for (int i = 0; i < n; i++)
		row_cells(g, why_name(order[i]), &r->sum.reason[order[i]], all);
	row_cells(g, "total", &r->sum.small, all);
	return grid_end(out, g);
}

static void print_remedies(FILE *out, const struct reasons *r)
{
	char size[24], text[256], first[64];
	int order[WHY_MAX], n = by_bytes(r, order);

	format_size(r->facts.wanted_bytes, size, sizeof(size));
	for (int i = 0; i < n; i++) {
		snprintf(first, sizeof(first), "  %s: ", why_name(order[i]));
		text_item(out, first, 4, reason_text(order[i], size, text, sizeof(text)));
		reason_remedy(order[i], r->facts.wanted_bytes, text, sizeof(text));
		if (*text)
			text_item(out, "    -> ", 7, text);
	}
}

/* Evidence for small-folios, of the whole machine: no proof of anything here. */
static void print_faults(FILE *out, const struct reasons *r)
{
	char size[24], a[TEXT_LEN], b[TEXT_LEN];

	if (!r->faults.known || !r->sum.reason[WHY_SMALL].bytes)
		return;
	text_line(
		out,
		"since boot, on this machine: %s faults got a folio of %s, %s that asked for "
		"one got a smaller one",
		text_si(r->faults.got, a),
		format_size(r->facts.wanted_bytes, size, sizeof(size)),
		text_si(r->faults.fell_back, b));
}

static void what_if_cells(struct grid *g, const char *name, const struct why_what_if *s)
{
	char b[TEXT_LEN];

	grid_cell(g, "%s", name);
	grid_cell(g, "%s", format_size(s->leaf, b, sizeof(b)));
	grid_cell(g, "%s", text_bytes(s->bytes, b));
	grid_cell(g, "%s", text_si(s->entries_before, b));
	grid_cell(g, "%s", text_si(s->entries_after, b));
	grid_cell(g, "%s", text_bytes(s->added, b));
}

static int print_what_if(FILE *out, const struct cli_options *o, const struct reasons *r)
{
	const struct why_row *whole = &r->sum.reason[WHY_UNFOLDED];
	struct grid *g = grid_new("<folios|leaf|bytes|entries|then|memory added");
	struct why_what_if refold = { .leaf = r->facts.wanted_bytes,
				      .bytes = whole->bytes,
				      .entries_before = whole->entries,
				      .entries_after = whole->blocks };
	char size[24];

	text_heading(out, o->color,
		     "if each touched block of anonymous memory had one folio of");
	for (size_t i = 0; i < r->sum.nsizes; i++) {
		const struct why_what_if *s = &r->sum.size[i];

		if (s->offered && s->leaf > r->facts.page_size)
			what_if_cells(g, format_size(s->size, size, sizeof(size)), s);
	}
	if (whole->bytes)
		what_if_cells(g, "(unfolded now)", &refold);
	return grid_end(out, g);
}

static int print_vmas(FILE *out, const struct cli_options *o, const struct reasons *r)
{
	struct grid *g = grid_new("pid|start|small|<reason|~mapping");
	size_t rows = MIN(r->nvmas, o->rows);
	char title[80], b[TEXT_LEN];

	if (rows < r->nvmas)
		snprintf(title, sizeof(title), "the %zu worst of %zu mappings", rows,
			 r->nvmas);
	text_heading(out, o->color, rows < r->nvmas ? title : "mappings");
	for (size_t i = 0; i < rows; i++) {
		const struct reasons_vma *v = &r->vmas[i];

		grid_cell(g, "%d", v->pid);
		grid_cell(g, "%" PRIx64, v->start);
		grid_cell(g, "%s", text_bytes(v->small, b));
		grid_cell(g, "%s%s", why_name(v->reason),
			  v->reason_bytes < v->small ? ", ..." : "");
		grid_cell(g, "%s", v->name);
	}
	if (r->nprocesses == 1)
		grid_drop(g, 0);
	return grid_end(out, g);
}

int reasons_print_text(FILE *out, const struct cli_options *o, const struct reasons *r)
{
	int e;

	reasons_print_title(out, r);
	e = print_reasons(out, o, r);
	print_remedies(out, r);
	print_faults(out, r);
	if (!e)
		e = print_what_if(out, o, r);
	if (!e && o->rows && r->nvmas)
		e = print_vmas(out, o, r);
	return e;
}
