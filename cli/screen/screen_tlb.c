// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "screen/grid.h"
#include "screen/screen_part.h"
#include "util/util.h"

/* Misses per thousand instructions over the interval; told when it is of one side only. */
static const char *screen_tlb_mpki(const struct screen *s, enum snapshot_field_id data,
				   enum snapshot_field_id code,
				   enum snapshot_field_id instructions, char *buf)
{
	const struct value *d = field(s->delta, data), *c = field(s->delta, code);
	const struct value *n = field(s->delta, instructions);

	if (!d->known || !n->known || !n->n)
		return strcpy(buf, TEXT_UNKNOWN);
	snprintf(buf, TEXT_LEN, "%.3f%s", 1000.0 * (d->n + (c->known ? c->n : 0)) / n->n,
		 c->known ? "" : " (data only)");
	return buf;
}

static const char *screen_tlb_share(const struct screen *s, enum snapshot_field_id part,
				    enum snapshot_field_id whole, char *buf)
{
	const struct value *p = field(s->delta, part), *w = field(s->delta, whole);

	if (!p->known || !w->known)
		return strcpy(buf, TEXT_UNKNOWN);
	return text_percent(p->n, w->n, buf);
}

static void print_flush_scopes(const struct screen *s)
{
	const struct table *t = &s->total->table[TABLE_TLB_FLUSH];
	bool escalated = field(s->total, F_TLB_ESCALATED)->known;
	struct grid *g = grid_new("<scope|flushes/s|pages/s|escalated/s");
	struct texts b;

	for (size_t i = 0; i < t->nrows; i++) {
		const struct row *r = t->rows[i];

		grid_cell(g, "%s", r->label[0] ? r->label[0] : "?");
		grid_cell(g, "%s", row_rate(s, TABLE_TLB_FLUSH, r, "flushes", b.b[0]));
		grid_cell(g, "%s", row_rate(s, TABLE_TLB_FLUSH, r, "pages", b.b[1]));
		grid_cell(g, "%s", row_rate(s, TABLE_TLB_FLUSH, r, "escalated", b.b[2]));
	}
	if (!escalated)
		grid_drop(g, 3);
	if (t->nrows)
		screen_grid(s, g, 4);
	else
		grid_free(g);
}

static void print_flushes(const struct screen *s)
{
	const struct value *flushes = field(s->delta, F_TLB_FLUSHES);
	struct texts b;

	if (!flushes->known && !s->total->table[TABLE_TLB_FLUSH].nrows)
		return;
	text_line(s->out,
		  "flushes %s/s, of whole address spaces %s/s, pages %s/s, escalated %s/s",
		  field_rate(s, F_TLB_FLUSHES, b.b[0]),
		  field_rate(s, F_TLB_FLUSHES_FULL, b.b[1]),
		  field_rate(s, F_TLB_FLUSH_PAGES, b.b[2]),
		  field_rate(s, F_TLB_ESCALATED, b.b[3]));
	if (!flushes->known && flushes->why)
		text_line(s->out, "not all are known: %s", flushes->why);
	print_flush_scopes(s);
	screen_most(s, TABLE_TLB_CALLER, "flushes", "  by caller   ");
}

/* Cycles of walks, or, where no core counts those, cycles in which nothing went on for the
 * TLB. */
static void print_cycles(const struct screen *s)
{
	bool walks = field(s->delta, F_WALK_CYCLES_USER)->known ||
		     field(s->delta, F_WALK_CYCLES_KERNEL)->known;
	bool stalls = !walks && (field(s->delta, F_STALL_TLB_USER)->known ||
				 field(s->delta, F_STALL_TLB_KERNEL)->known);
	struct texts b;

	fprintf(s->out, "  %-29s user %s, kernel %s\n",
		stalls ? "cycles stalled on the TLB" : "cycles spent walking",
		screen_tlb_share(s, stalls ? F_STALL_TLB_USER : F_WALK_CYCLES_USER,
				 F_CYCLES_USER, b.b[0]),
		screen_tlb_share(s, stalls ? F_STALL_TLB_KERNEL : F_WALK_CYCLES_KERNEL,
				 F_CYCLES_KERNEL, b.b[1]));
}

void screen_tlb(const struct screen *s)
{
	struct texts b;

	if (!s->delta)
		return;
	text_heading(s->out, s->color, "TLB");
	fprintf(s->out, "  misses per 1000 instructions  user %s, kernel %s\n",
		screen_tlb_mpki(s, F_DTLB_WALK_USER, F_ITLB_WALK_USER, F_INSTRUCTIONS_USER,
				b.b[0]),
		screen_tlb_mpki(s, F_DTLB_WALK_KERNEL, F_ITLB_WALK_KERNEL,
				F_INSTRUCTIONS_KERNEL, b.b[1]));
	print_cycles(s);
	print_flushes(s);
}
