// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "pmu/pmu_event.h"
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

/* The events by which @v is counted, if a software event is among them; else NULL. */
static const char *stand_in(const struct value *v)
{
	if (!v->known || !v->via || !pmu_via_has_software(v->via))
		return NULL;
	return strncmp(v->via, "perf ", 5) ? v->via : v->via + 5;
}

/* By what a value is counted: what stands in for it, or @name. */
static const char *counted_by(const struct value *v, const char *name)
{
	const char *event = stand_in(v);

	return event ? event : name;
}

bool screen_mpki(const struct screen *s, double *ret)
{
	static const enum snapshot_field_id misses[] = { F_DTLB_WALK_USER, F_DTLB_WALK_KERNEL,
							 F_ITLB_WALK_USER,
							 F_ITLB_WALK_KERNEL };
	const struct value *user = field(s->delta, F_INSTRUCTIONS_USER);
	const struct value *kernel = field(s->delta, F_INSTRUCTIONS_KERNEL);
	uint64_t sum = 0;

	if (!user->known || !kernel->known || !(user->n + kernel->n) || stand_in(user) ||
	    stand_in(field(s->delta, F_DTLB_WALK_USER)))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(misses); i++) {
		const struct value *v = field(s->delta, misses[i]);

		if (!v->known && i < 2)
			return false;
		sum += v->known ? v->n : 0;
	}
	*ret = 1000.0 * sum / (user->n + kernel->n);
	return true;
}

bool screen_misses(const struct screen *s, char *buf, size_t len)
{
	const struct value *data = field(s->delta, F_DTLB_WALK_USER);
	const struct value *kernel = field(s->delta, F_DTLB_WALK_KERNEL);
	bool told = stand_in(data) || stand_in(field(s->delta, F_INSTRUCTIONS_USER));
	struct texts b;

	if ((!data->known && !kernel->known) || told)
		return false;
	snprintf(buf, len, "misses per 1000 instructions: user %s, kernel %s; walking %s, %s",
		 screen_tlb_mpki(s, F_DTLB_WALK_USER, F_ITLB_WALK_USER, F_INSTRUCTIONS_USER,
				 b.b[0]),
		 screen_tlb_mpki(s, F_DTLB_WALK_KERNEL, F_ITLB_WALK_KERNEL,
				 F_INSTRUCTIONS_KERNEL, b.b[1]),
		 screen_tlb_share(s, F_WALK_CYCLES_USER, F_CYCLES_USER, b.b[2]),
		 screen_tlb_share(s, F_WALK_CYCLES_KERNEL, F_CYCLES_KERNEL, b.b[3]));
	return true;
}

static void print_misses(const struct screen *s)
{
	const struct value *data = field(s->delta, F_DTLB_WALK_USER);
	const struct value *code = field(s->delta, F_ITLB_WALK_USER);
	const struct value *n = field(s->delta, F_INSTRUCTIONS_USER);
	struct texts b;
	char line[160];

	snprintf(line, sizeof(line), "user %s, kernel %s",
		 screen_tlb_mpki(s, F_DTLB_WALK_USER, F_ITLB_WALK_USER, F_INSTRUCTIONS_USER,
				 b.b[0]),
		 screen_tlb_mpki(s, F_DTLB_WALK_KERNEL, F_ITLB_WALK_KERNEL,
				 F_INSTRUCTIONS_KERNEL, b.b[1]));
	if (stand_in(data) || stand_in(code) || stand_in(n))
		text_line(s->out, "no TLB misses, but %s%s%s per 1000 %s: %s",
			  counted_by(data, "data walks"), code->known ? " + " : "",
			  code->known ? counted_by(code, "code walks") : "",
			  counted_by(n, "instructions"), line);
	else
		fprintf(s->out, "  misses per 1000 instructions  %s\n", line);
}

static void print_flush_scopes(const struct screen *s)
{
	const struct table *t = &s->total->table[TABLE_TLB_FLUSH];
	bool escalated = field(s->total, F_TLB_ESCALATED)->known;
	bool local = field(s->total, F_TLB_FLUSHES_LOCAL)->known;
	struct grid *g = grid_new("<scope|flushes/s|pages/s|one CPU/s|escalated/s");
	struct texts b;

	for (size_t i = 0; i < t->nrows; i++) {
		const struct row *r = t->rows[i];

		grid_cell(g, "%s", r->label[0] ? r->label[0] : "?");
		grid_cell(g, "%s", row_rate(s, TABLE_TLB_FLUSH, r, "flushes", b.b[0]));
		grid_cell(g, "%s", row_rate(s, TABLE_TLB_FLUSH, r, "pages", b.b[1]));
		grid_cell(g, "%s", row_rate(s, TABLE_TLB_FLUSH, r, "local", b.b[2]));
		grid_cell(g, "%s", row_rate(s, TABLE_TLB_FLUSH, r, "escalated", b.b[3]));
	}
	if (!escalated)
		grid_drop(g, 4);
	if (!local)
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
	if (field(s->delta, F_TLB_FLUSHES_LOCAL)->known)
		text_line(s->out, "of one CPU alone, not broadcast: %s/s",
			  field_rate(s, F_TLB_FLUSHES_LOCAL, b.b[0]));
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
	const struct value *part =
		field(s->delta, stalls ? F_STALL_TLB_USER : F_WALK_CYCLES_USER);
	const struct value *all = field(s->delta, F_CYCLES_USER);
	char line[96];
	struct texts b;

	snprintf(line, sizeof(line), "user %s, kernel %s",
		 screen_tlb_share(s, stalls ? F_STALL_TLB_USER : F_WALK_CYCLES_USER,
				  F_CYCLES_USER, b.b[0]),
		 screen_tlb_share(s, stalls ? F_STALL_TLB_KERNEL : F_WALK_CYCLES_KERNEL,
				  F_CYCLES_KERNEL, b.b[1]));
	if (stand_in(part) || stand_in(all))
		text_line(s->out, "no share of cycles, but %s of %s: %s",
			  counted_by(part, stalls ? "stalls" : "walk cycles"),
			  counted_by(all, "cycles"), line);
	else
		fprintf(s->out, "  %-29s %s\n",
			stalls ? "cycles stalled on the TLB" : "cycles spent walking", line);
}

void screen_tlb(const struct screen *s)
{
	if (!s->delta)
		return;
	text_heading(s->out, s->color, "TLB");
	print_misses(s);
	print_cycles(s);
	print_flushes(s);
}
